//! What TIFF files are made of: the header and the directories of entries (TIFF 6.0; BigTIFF by its 2011 draft).
//!
//! Used by the probe, which sees a file stream by, and by the decoder, which has it whole. Nothing is trusted: every read is
//! checked, and counts are capped.

/// The first entries of a real directory are some twenty; cameras write up to a hundred.
pub(crate) const MAX_ENTRIES: u64 = 4_096;

/// Tags by their numbers in the standard.
pub(crate) mod tag {
    pub(crate) const SUBFILE: u16 = 254;
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const MAKE: u16 = 271;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_COUNTS: u16 = 279;
    pub(crate) const PLANAR: u16 = 284;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOUR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_COUNTS: u16 = 325;
    pub(crate) const SUB_IFDS: u16 = 330;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;
    pub(crate) const ICC: u16 = 34_675;
    pub(crate) const EXIF: u16 = 34_665;
    pub(crate) const GPS: u16 = 34_853;
    pub(crate) const MAKER_NOTE: u16 = 37_500;
    pub(crate) const DNG_VERSION: u16 = 50_706;
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) little: bool,
    /// BigTIFF: 64-bit offsets.
    pub(crate) big: bool,
}

impl Shape {
    /// A number of up to eight bytes.
    pub(crate) fn number(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        if self.little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        }
    }

    /// Bytes of the header.
    pub(crate) const fn head_bytes(self) -> usize {
        if self.big { 16 } else { 8 }
    }

    /// Bytes of the number of entries.
    pub(crate) const fn count_bytes(self) -> usize {
        if self.big { 8 } else { 2 }
    }

    /// Bytes of one entry.
    pub(crate) const fn entry_bytes(self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// Bytes of an offset; values that are no longer stand in the entry itself.
    pub(crate) const fn offset_bytes(self) -> usize {
        if self.big { 8 } else { 4 }
    }
}

/// The header: how numbers are written, and where the first directory is. None while bytes are missing; an error if it is
/// none.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<(Shape, u64)>, &'static str> {
    let Some(magic) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    let (little, big) = match magic {
        b"II*\0" => (true, false),
        b"MM\0*" => (false, false),
        b"II+\0" => (true, true),
        b"MM\0+" => (false, true),
        _ => return Err("its header makes no sense"),
    };
    let shape = Shape { little, big };
    let Some(head) = bytes.get(..shape.head_bytes()) else {
        return Ok(None);
    };
    if big && (shape.number(&head[4..6]), shape.number(&head[6..8])) != (8, 0) {
        return Err("its header makes no sense");
    }
    let first = shape.number(&head[shape.head_bytes() - shape.offset_bytes()..]);
    if first < shape.head_bytes() as u64 {
        return Err("it has no picture");
    }
    Ok(Some((shape, first)))
}

/// One entry: a tag and where its numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) count: u64,
    /// The value itself if it is short enough, otherwise its offset.
    raw: [u8; 8],
    shape: Shape,
}

impl Entry {
    /// Bytes of one of its numbers; none of an unknown kind.
    pub(crate) const fn item_bytes(&self) -> Option<u64> {
        Some(match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        })
    }

    /// Bytes of its value.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.item_bytes()?.checked_mul(self.count)
    }

    /// Where its value lies in the file; none if it stands in the entry.
    pub(crate) fn offset(&self) -> Option<u64> {
        let length = self.shape.offset_bytes();
        (self.bytes()? > length as u64).then(|| self.shape.number(&self.raw[..length]))
    }

    /// The value that stands in the entry.
    pub(crate) fn inline(&self) -> Option<&[u8]> {
        let length = usize::try_from(self.bytes()?).ok()?;
        (length <= self.shape.offset_bytes()).then(|| &self.raw[..length])
    }

    /// Its value, out of the whole file.
    pub(crate) fn value<'a>(&'a self, file: &'a [u8]) -> Option<&'a [u8]> {
        match self.offset() {
            None => self.inline(),
            Some(at) => {
                let at = usize::try_from(at).ok()?;
                let end = at.checked_add(usize::try_from(self.bytes()?).ok()?)?;
                file.get(at..end)
            }
        }
    }

    /// Its whole numbers, up to `max` of them, out of the bytes of its value.
    pub(crate) fn numbers(&self, value: &[u8], max: usize) -> Option<Vec<u64>> {
        if !matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18) || self.count > max as u64 {
            return None;
        }
        let items = value.chunks_exact(usize::try_from(self.item_bytes()?).ok()?);
        Some(items.map(|item| self.shape.number(item)).collect())
    }

    /// Its first number, if that stands in the entry.
    pub(crate) fn first(&self) -> Option<u64> {
        let inline = self.inline()?;
        let item = usize::try_from(self.item_bytes()?).ok()?;
        matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18)
            .then(|| inline.get(..item).map(|item| self.shape.number(item)))
            .flatten()
    }
}

/// The entries of a directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
}

impl Directory {
    /// Of the bytes behind the number of entries.
    pub(crate) fn parse(shape: Shape, bytes: &[u8]) -> Self {
        let entries = bytes.chunks_exact(shape.entry_bytes()).map(|entry| {
            let (head, value) = entry.split_at(shape.entry_bytes() - shape.offset_bytes());
            let mut raw = [0; 8];
            raw[..value.len()].copy_from_slice(value);
            Entry {
                tag: shape.number(&head[..2]) as u16,
                kind: shape.number(&head[2..4]) as u16,
                count: shape.number(&head[4..]),
                raw,
                shape,
            }
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// The directory at this place of a whole file, and where the next one is.
    pub(crate) fn of_file(file: &[u8], shape: Shape, at: u64) -> Option<(Self, u64)> {
        let rest = file.get(usize::try_from(at).ok()?..)?;
        let (count, rest) = rest.split_at_checked(shape.count_bytes())?;
        let count = shape.number(count);
        if count > MAX_ENTRIES {
            return None;
        }
        let (entries, rest) = rest.split_at_checked(count as usize * shape.entry_bytes())?;
        let next = rest
            .get(..shape.offset_bytes())
            .map_or(0, |next| shape.number(next));
        Some((Self::parse(shape, entries), next))
    }

    pub(crate) fn get(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The first number of a short entry.
    pub(crate) fn first(&self, tag: u16) -> Option<u64> {
        self.get(tag)?.first()
    }

    /// Pixels across and down.
    pub(crate) fn dimensions(&self) -> Result<(u32, u32), &'static str> {
        let side = |tag| {
            let side = self
                .first(tag)
                .ok_or("it does not say how large its picture is")?;
            u32::try_from(side).map_err(|_| "its header makes no sense")
        };
        Ok((side(tag::WIDTH)?, side(tag::HEIGHT)?))
    }

    /// Whether these are the entries of a camera's raw file: its first picture is a thumbnail, and the real one is not a
    /// picture yet.
    pub(crate) fn is_camera_raw(&self) -> bool {
        let reduced = self.first(tag::SUBFILE).is_some_and(|kind| kind & 1 == 1);
        self.get(tag::DNG_VERSION).is_some()
            || self.get(tag::SUB_IFDS).is_some() && (reduced || self.get(tag::MAKE).is_some())
    }
}

/// What the file says of itself besides its pixels, as an EXIF block of its own: texts, dates, exposure, place. Maker's
/// notes are left out, since their offsets would be wrong. None for a BigTIFF, whose offsets EXIF does not know.
pub(crate) fn exif_block(file: &[u8], shape: Shape, directory: &Directory) -> Option<Vec<u8>> {
    /// Of one value.
    const MAX_VALUE: usize = 16 * 1_024;
    /// Of the whole block.
    const MAX_BLOCK: usize = 256 * 1_024;
    // Description, maker, model, software, date, artist, copyright.
    const KEPT: [u16; 7] = [270, 271, 272, 305, 306, 315, 33_432];
    if shape.big {
        return None;
    }
    let number = |value: u64, length: usize| {
        if shape.little {
            value.to_le_bytes()[..length].to_vec()
        } else {
            value.to_be_bytes()[8 - length..].to_vec()
        }
    };
    let linked = |tag| {
        let at = directory.first(tag)?;
        Some((tag, Directory::of_file(file, shape, at)?.0))
    };
    let links: Vec<(u16, Directory)> = [linked(tag::EXIF), linked(tag::GPS)]
        .into_iter()
        .flatten()
        .collect();
    let values = |directory: &Directory, keep: &dyn Fn(u16) -> bool| -> Vec<(Entry, Vec<u8>)> {
        let entries = directory.entries.iter().filter(|entry| keep(entry.tag));
        entries
            .filter_map(|entry| Some((*entry, entry.value(file)?.to_vec())))
            .filter(|(_, value)| value.len() <= MAX_VALUE)
            .collect()
    };
    let main = values(directory, &|tag| KEPT.contains(&tag));
    // 40965 is a directory of its own, of no use to people.
    let linked: Vec<(u16, Vec<_>)> = links
        .iter()
        .map(|(link, directory)| {
            let keep = |tag: u16| tag != tag::MAKER_NOTE && tag != 40_965;
            (*link, values(directory, &keep))
        })
        .collect();
    let size = |entries: usize| 2 + 12 * entries + 4;
    let mut linked_at = 8 + size(main.len() + linked.len());
    let mut data_at = linked_at
        + linked
            .iter()
            .map(|(_, entries)| size(entries.len()))
            .sum::<usize>();
    let mut block = if shape.little {
        b"II*\0".to_vec()
    } else {
        b"MM\0*".to_vec()
    };
    block.extend(number(8, 4));
    let mut data = Vec::new();
    let mut write = |entries: &[(Entry, Vec<u8>)], links: &[(u16, usize)]| {
        block.extend(number((entries.len() + links.len()) as u64, 2));
        for (entry, value) in entries {
            block.extend(number(entry.tag.into(), 2));
            block.extend(number(entry.kind.into(), 2));
            block.extend(number(entry.count, 4));
            if value.len() <= 4 {
                let mut inline = value.clone();
                inline.resize(4, 0);
                block.extend(inline);
            } else {
                block.extend(number(data_at as u64, 4));
                data_at += value.len();
                data.extend_from_slice(value);
            }
        }
        for (tag, at) in links {
            block.extend(number((*tag).into(), 2));
            block.extend([number(4, 2), number(1, 4), number(*at as u64, 4)].concat());
        }
        block.extend([0; 4]);
    };
    let mut links = Vec::new();
    for (tag, entries) in &linked {
        links.push((*tag, linked_at));
        linked_at += size(entries.len());
    }
    write(&main, &links);
    for (_, entries) in &linked {
        write(entries, &[]);
    }
    block.extend(data);
    (block.len() <= MAX_BLOCK).then_some(block)
}
