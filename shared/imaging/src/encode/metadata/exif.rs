//! EXIF for an answer: written anew of the entries that may stay (TIFF 6.0, section 2; CIPA DC-008).
//!
//! Values are carried over as bytes in the order that the block has, and never interpreted, so that nothing is lost and a
//! broken one harms nobody. Three directories are read: the picture's, EXIF's and GPS's. Never carried over:
//!
//! - the second picture (IFD1) and whatever else may hold a preview: it shows what was cropped away;
//! - makers' notes: their offsets count from where they stood, and they hold previews and serial numbers;
//! - what describes the stored pixels, and the profile, which are no longer those;
//! - the directory of interoperability, which would say Adobe RGB of an sRGB picture.

/// Of all values together: what a JPEG's segment holds, less the directories.
const MAX_VALUE_BYTES: usize = 60_000;
/// Of each directory: cameras write about fifty. Together they leave room in the segment.
const MAX_ENTRIES: usize = 120;

const ORIENTATION: u16 = 0x0112;
const ARTIST: u16 = 0x013b;
const COPYRIGHT: u16 = 0x8298;
const EXIF_DIRECTORY: u16 = 0x8769;
const GPS_DIRECTORY: u16 = 0x8825;
const COLOUR_SPACE: u16 = 0xa001;
const WIDTH: u16 = 0xa002;
const HEIGHT: u16 = 0xa003;
/// Of TIFF's types.
const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// Whether an entry is of the picture as it was stored, or may hold another picture.
const fn is_dropped(tag: u16) -> bool {
    matches!(
        tag,
        // Size, depth, compression, layout of the stored pixels; strips, tiles, previews; pages below.
        0x00fe..=0x0107 | 0x0111 | 0x0115..=0x0117 | 0x011c | 0x0142..=0x0145 | 0x014a | 0x015b | 0x0200..=0x0214
            // Photoshop's resources and layers, profile, interoperability, makers' notes, and those of DNG.
            | 0x8649 | 0x8773 | 0xa005 | 0x927c | 0x935c | 0xc4a5 | 0xc612..=0xcfff
    )
}

#[derive(Clone, Copy)]
struct Order {
    little: bool,
}

impl Order {
    fn of(tiff: &[u8]) -> Option<Self> {
        match tiff.first_chunk::<4>()? {
            b"II*\0" => Some(Self { little: true }),
            b"MM\0*" => Some(Self { little: false }),
            _ => None,
        }
    }

    fn short(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    }

    fn long(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    }

    fn put_short(self, out: &mut Vec<u8>, value: u16) {
        out.extend(if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        });
    }

    fn put_long(self, out: &mut Vec<u8>, value: u32) {
        out.extend(if self.little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        });
    }
}

struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    value: Vec<u8>,
}

impl Entry {
    fn short(order: Order, tag: u16, value: u16) -> Self {
        let mut bytes = Vec::new();
        order.put_short(&mut bytes, value);
        Self {
            tag,
            kind: SHORT,
            count: 1,
            value: bytes,
        }
    }

    fn long(order: Order, tag: u16, value: u32) -> Self {
        let mut bytes = Vec::new();
        order.put_long(&mut bytes, value);
        Self {
            tag,
            kind: LONG,
            count: 1,
            value: bytes,
        }
    }
}

struct Block<'a> {
    tiff: &'a [u8],
    order: Order,
    /// How many bytes of values may still be read.
    left: usize,
}

impl<'a> Block<'a> {
    fn new(tiff: &'a [u8]) -> Option<Self> {
        Some(Self {
            tiff,
            order: Order::of(tiff)?,
            left: MAX_VALUE_BYTES,
        })
    }

    /// The entries of a directory; broken ones and those that are too long are left out.
    fn directory(&mut self, at: u32, keeps: impl Fn(u16) -> bool) -> Vec<Entry> {
        let Ok(at) = usize::try_from(at) else {
            return Vec::new();
        };
        let count = self.order.short(self.tiff, at).unwrap_or(0);
        let mut entries: Vec<Entry> = Vec::new();
        for i in 0..usize::from(count).min(MAX_ENTRIES) {
            // Beyond the end there is nothing to read.
            let Some(at) = at.checked_add(2 + 12 * i) else {
                break;
            };
            if let Some(entry) = self.entry(at, &keeps)
                && entries.iter().all(|other| other.tag != entry.tag)
            {
                self.left -= entry.value.len();
                entries.push(entry);
            }
        }
        entries
    }

    fn entry(&self, at: usize, keeps: &impl Fn(u16) -> bool) -> Option<Entry> {
        let tag = self.order.short(self.tiff, at)?;
        let kind = self.order.short(self.tiff, at + 2)?;
        let count = self.order.long(self.tiff, at + 4)?;
        // TIFF 6.0, section 2, "Types".
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = usize::try_from(count).ok()?.checked_mul(size)?;
        if !keeps(tag) || length == 0 || length > self.left {
            return None;
        }
        let start = if length <= 4 {
            at + 8
        } else {
            usize::try_from(self.order.long(self.tiff, at + 8)?).ok()?
        };
        let value = self.tiff.get(start..start.checked_add(length)?)?.to_vec();
        Some(Entry {
            tag,
            kind,
            count,
            value,
        })
    }

    /// Where a directory below this one stands.
    fn below(&self, entries: &[Entry], tag: u16) -> Option<u32> {
        let entry = entries
            .iter()
            .find(|entry| entry.tag == tag && entry.kind == LONG)?;
        self.order.long(&entry.value, 0)
    }
}

/// Only whose picture it is.
pub(super) fn copyright(tiff: &[u8]) -> Option<Vec<u8>> {
    let mut block = Block::new(tiff)?;
    let first = block.order.long(tiff, 4)?;
    let mut picture = block.directory(first, |tag| matches!(tag, ARTIST | COPYRIGHT));
    picture.retain(|entry| entry.kind == ASCII);
    (!picture.is_empty()).then(|| written(block.order, [picture, Vec::new(), Vec::new()]))
}

/// All that may stay, for an upright picture of this size. None if nothing can be read.
pub(super) fn rewritten(tiff: &[u8], width: u32, height: u32, is_srgb: bool) -> Option<Vec<u8>> {
    let mut block = Block::new(tiff)?;
    let order = block.order;
    let first = order.long(tiff, 4)?;
    let keeps = |tag| !is_dropped(tag);
    let mut picture = block.directory(first, keeps);
    let (exif_at, gps_at) = (
        block.below(&picture, EXIF_DIRECTORY),
        block.below(&picture, GPS_DIRECTORY),
    );
    picture.retain(|entry| !matches!(entry.tag, EXIF_DIRECTORY | GPS_DIRECTORY | ORIENTATION));
    let mut exif = exif_at.map_or_else(Vec::new, |at| block.directory(at, keeps));
    let gps = gps_at.map_or_else(Vec::new, |at| block.directory(at, |_| true));
    if picture.is_empty() && exif.is_empty() && gps.is_empty() {
        return None;
    }
    picture.push(Entry::short(order, ORIENTATION, 1));
    // 1 is sRGB, 0xffff anything else.
    let had_colours = exif.iter().any(|entry| entry.tag == COLOUR_SPACE);
    exif.retain(|entry| !matches!(entry.tag, COLOUR_SPACE | WIDTH | HEIGHT));
    if had_colours {
        exif.push(Entry::short(
            order,
            COLOUR_SPACE,
            if is_srgb { 1 } else { u16::MAX },
        ));
    }
    exif.push(Entry::long(order, WIDTH, width));
    exif.push(Entry::long(order, HEIGHT, height));
    Some(written(order, [picture, exif, gps]))
}

/// The block: the directories, one behind the other, and then the values that do not fit into their entries.
fn written(order: Order, [mut picture, exif, gps]: [Vec<Entry>; 3]) -> Vec<u8> {
    let size = |entries: usize| 2 + 12 * entries + 4;
    let links = usize::from(!exif.is_empty()) + usize::from(!gps.is_empty());
    let exif_at = 8 + size(picture.len() + links);
    let gps_at = exif_at + if exif.is_empty() { 0 } else { size(exif.len()) };
    let mut data_at = gps_at + if gps.is_empty() { 0 } else { size(gps.len()) };
    for (tag, at, directory) in [(EXIF_DIRECTORY, exif_at, &exif), (GPS_DIRECTORY, gps_at, &gps)] {
        if !directory.is_empty() {
            picture.push(Entry::long(order, tag, at as u32));
        }
    }
    let mut out = if order.little { b"II*\0" } else { b"MM\0*" }.to_vec();
    order.put_long(&mut out, 8);
    let mut data = Vec::new();
    for mut directory in [picture, exif, gps] {
        if directory.is_empty() {
            continue;
        }
        directory.sort_by_key(|entry| entry.tag);
        order.put_short(&mut out, directory.len() as u16);
        for Entry {
            tag,
            kind,
            count,
            mut value,
        } in directory
        {
            order.put_short(&mut out, tag);
            order.put_short(&mut out, kind);
            order.put_long(&mut out, count);
            if value.len() <= 4 {
                value.resize(4, 0);
                out.extend(value);
            } else {
                order.put_long(&mut out, data_at as u32);
                // Values begin at even places.
                value.resize(value.len().next_multiple_of(2), 0);
                data_at += value.len();
                data.extend(value);
            }
        }
        // No further picture.
        order.put_long(&mut out, 0);
    }
    out.extend(data);
    out
}
