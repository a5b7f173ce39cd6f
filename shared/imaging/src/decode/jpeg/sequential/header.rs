//! The segments before the scan: only such as an ordinary baseline file has, and everything else is refused.

use super::{Expected, huffman::Specification};

/// A channel of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Component {
    id: u8,
    /// Blocks in an MCU, across and down.
    pub(super) blocks: (u32, u32),
    quantisation: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// What a scan is read with, as the file says it.
pub(super) struct Header<'a> {
    width: u32,
    height: u32,
    /// One or three.
    pub(super) components: Vec<Component>,
    quantisation: [Option<[u8; 64]>; 4],
    dc: [Option<Specification<'a>>; 4],
    ac: [Option<Specification<'a>>; 4],
    /// MCUs between two restart markers; 0 for none.
    pub(super) restart_interval: u32,
    /// All that follows the scan's header.
    pub(super) scan: &'a [u8],
}

impl<'a> Header<'a> {
    /// None where the file is not sequential, not of eight bits, of several scans, or unusual in any other way.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut header = Self {
            width: 0,
            height: 0,
            components: Vec::new(),
            quantisation: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart_interval: 0,
            scan: &[],
        };
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        loop {
            let [0xff, code, after @ ..] = rest else {
                return None;
            };
            // ITU-T T.81, B.1.1.2: any number of fill bytes may stand before a marker.
            if *code == 0xff {
                rest = &rest[1..];
                continue;
            }
            let (length, after) = after.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
            let (body, after) = after.split_at_checked(length)?;
            match code {
                0xc0 | 0xc1 => header.frame(body)?,
                0xc4 => header.huffman(body)?,
                0xdb => header.quantisation(body)?,
                0xdd => header.restart_interval = u32::from(u16::from_be_bytes(body.try_into().ok()?)),
                0xda => {
                    header.scan(body)?;
                    header.scan = after;
                    return Some(header);
                }
                0xe0..=0xef | 0xfe => {}
                _ => return None,
            }
            rest = after;
        }
    }

    /// ITU-T T.81, B.2.2.
    fn frame(&mut self, body: &[u8]) -> Option<()> {
        let ([8, h1, h2, w1, w2, count], components) = body.split_first_chunk::<6>()? else {
            return None;
        };
        (self.height, self.width) = (
            u32::from(u16::from_be_bytes([*h1, *h2])),
            u32::from(u16::from_be_bytes([*w1, *w2])),
        );
        let (components, []) = components.as_chunks::<3>() else {
            return None;
        };
        let is_usual = matches!(count, 1 | 3) && components.len() == usize::from(*count);
        if !is_usual || !self.components.is_empty() || self.width == 0 || self.height == 0 {
            return None;
        }
        for [id, blocks, quantisation] in components {
            let blocks = (u32::from(blocks >> 4), u32::from(blocks & 0xf));
            let chroma_is_one = self.components.is_empty() || blocks == (1, 1);
            if !matches!(blocks, (1 | 2, 1 | 2) | (4, 1) | (1, 4)) || !chroma_is_one || *quantisation > 3 {
                return None;
            }
            self.components.push(Component {
                id: *id,
                blocks,
                quantisation: usize::from(*quantisation),
                dc: 0,
                ac: 0,
            });
        }
        // Blocks of a lone component do not come in MCUs (A.2.2), whatever it says of itself.
        (*count == 3 || self.components[0].blocks == (1, 1)).then_some(())
    }

    /// ITU-T T.81, B.2.4.2.
    fn huffman(&mut self, mut body: &'a [u8]) -> Option<()> {
        while let Some((kind, rest)) = body.split_first() {
            let (specification, rest) = Specification::read(rest)?;
            let tables = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *tables.get_mut(usize::from(kind & 0xf))? = Some(specification);
            body = rest;
        }
        Some(())
    }

    /// ITU-T T.81, B.2.4.1.
    fn quantisation(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((place, rest)) = body.split_first() {
            let (steps, rest) = rest.split_first_chunk::<64>()?;
            // The upper half says that steps have two bytes, which is for pictures of twelve bits.
            *self.quantisation.get_mut(usize::from(*place))? = Some(*steps);
            body = rest;
        }
        Some(())
    }

    /// ITU-T T.81, B.2.3.
    fn scan(&mut self, body: &[u8]) -> Option<()> {
        let (count, rest) = body.split_first()?;
        let count = usize::from(*count);
        // All coefficients, in full precision.
        let (selectors, [0, 63, 0]) = rest.split_at_checked(2 * count)? else {
            return None;
        };
        if self.components.is_empty() || count != self.components.len() {
            return None;
        }
        for (component, selector) in self.components.iter_mut().zip(selectors.as_chunks::<2>().0) {
            let [id, tables] = *selector;
            if id != component.id {
                return None;
            }
            (component.dc, component.ac) = (usize::from(tables >> 4), usize::from(tables & 0xf));
        }
        Some(())
    }

    /// Whether this is what libjpeg-turbo sees.
    pub(super) fn is(&self, expected: &Expected) -> bool {
        (self.width, self.height) == expected.stored
            && match self.components.as_slice() {
                [_] => expected.step.is_none(),
                [luma, ..] => expected.step == Some(luma.blocks),
                [] => false,
            }
    }

    /// The steps of a component, in the order of the scan. None where one is missing or zero.
    pub(super) fn steps(&self, component: &Component) -> Option<&[u8; 64]> {
        let steps = self.quantisation.get(component.quantisation)?.as_ref()?;
        (!steps.contains(&0)).then_some(steps)
    }

    pub(super) fn dc(&self, number: usize) -> Option<&Specification<'a>> {
        self.dc.get(number)?.as_ref()
    }

    pub(super) fn ac(&self, number: usize) -> Option<&Specification<'a>> {
        self.ac.get(number)?.as_ref()
    }
}
