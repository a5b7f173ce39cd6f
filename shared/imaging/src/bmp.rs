//! The headers of a BMP (Microsoft's documentation of BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER to V5).

/// Of the file header, and of the largest header behind it with the masks of the smaller one.
pub(crate) const MAX_HEAD: usize = FILE_HEAD + 124;
/// Bytes of BITMAPFILEHEADER.
pub(crate) const FILE_HEAD: usize = 14;

/// How the pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    /// Runs of 8-bit indices.
    Rle8,
    /// Runs of 4-bit indices.
    Rle4,
}

/// What the headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Rows lie from the top down; otherwise from the bottom up, as is usual.
    pub(crate) top_down: bool,
    /// Bits of a pixel: 1, 4, 8, 16, 24 or 32.
    pub(crate) bits: u16,
    pub(crate) compression: Compression,
    /// Which bits of a pixel are red, green, blue and alpha; of 16 and 32 bits alone.
    pub(crate) masks: [u32; 4],
    /// Where the palette is, how many colours it has, and how many bytes each one takes.
    pub(crate) palette: (usize, usize, usize),
    /// Where the pixels are.
    pub(crate) pixels_at: u32,
}

impl Header {
    /// Bytes of a row as stored: whole groups of four.
    pub(crate) const fn row_bytes(&self) -> u64 {
        (self.width as u64 * self.bits as u64).div_ceil(32) * 4
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn double(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Whether this is the size of a header that there is.
pub(crate) const fn is_head_size(size: u32) -> bool {
    // Core; Info; with masks; with alpha's; OS/2's second; V4; V5.
    matches!(size, 12 | 40 | 52 | 56 | 64 | 108 | 124)
}

/// Reads the headers. None while bytes are missing.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Header>, &'static str> {
    let Some(size) = double(bytes, FILE_HEAD) else {
        return Ok(None);
    };
    if !is_head_size(size) {
        return Err("its header has a size that makes no sense");
    }
    let head_end = FILE_HEAD + size as usize;
    if bytes.len() < head_end {
        return Ok(None);
    }
    if size == 12 {
        let fields = (
            word(bytes, 18),
            word(bytes, 20),
            word(bytes, 24),
            double(bytes, 10),
        );
        let (Some(width), Some(height), Some(bits), Some(pixels_at)) = fields else {
            return Ok(None);
        };
        let (width, height) = (u32::from(width), u32::from(height));
        return finish(Header {
            width,
            height,
            top_down: false,
            bits,
            compression: Compression::None,
            masks: [0; 4],
            palette: (head_end, 256, 3),
            pixels_at,
        })
        .map(Some);
    }
    let fields = (
        double(bytes, 18),
        double(bytes, 22),
        word(bytes, 28),
        double(bytes, 30),
    );
    let more = (double(bytes, 46), double(bytes, 10));
    let ((Some(width), Some(height), Some(bits), Some(kind)), (Some(colours), Some(pixels_at))) =
        (fields, more)
    else {
        return Ok(None);
    };
    let (width, height) = (width as i32, height as i32);
    let masks_at = FILE_HEAD + 40;
    let mut palette_at = head_end;
    let compression = match (kind, bits) {
        (0, _) => Compression::None,
        (1, 8) => Compression::Rle8,
        (2, 4) => Compression::Rle4,
        (3 | 6, 16 | 32) if size != 64 => Compression::None,
        (4 | 5, _) => return Err("it holds a JPEG or a PNG; take that out"),
        _ => return Err("its compression is unknown"),
    };
    let masks = match (kind, bits) {
        (3 | 6, 16 | 32) => {
            let count = if size >= 56 || kind == 6 { 4 } else { 3 };
            if size == 40 {
                palette_at += 4 * count;
            }
            let mut masks = [0; 4];
            for (i, mask) in masks.iter_mut().take(count).enumerate() {
                let Some(value) = double(bytes, masks_at + 4 * i) else {
                    return Ok(None);
                };
                *mask = value;
            }
            masks
        }
        (_, 16) => [0x7c00, 0x03e0, 0x001f, 0],
        _ => [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0],
    };
    let colours = match colours {
        0 => 256,
        colours => colours.min(256),
    };
    finish(Header {
        width: u32::try_from(width).map_err(|_| "its width makes no sense")?,
        height: height.unsigned_abs(),
        top_down: height < 0,
        bits,
        compression,
        masks,
        palette: (palette_at, colours as usize, 4),
        pixels_at,
    })
    .map(Some)
}

/// Checks what was read.
fn finish(mut header: Header) -> Result<Header, &'static str> {
    if !matches!(header.bits, 1 | 4 | 8 | 16 | 24 | 32) {
        return Err("the number of its bits a pixel makes no sense");
    }
    if header.top_down && header.compression != Compression::None {
        return Err("it is compressed and upside down at once");
    }
    let (at, colours, size) = &mut header.palette;
    *colours = if header.bits <= 8 {
        (*colours).min(1 << header.bits)
    } else {
        0
    };
    // The palette ends where the pixels begin, whatever the header says of its length.
    let room = (header.pixels_at as usize).saturating_sub(*at) / *size;
    *colours = (*colours).min(room);
    if header.bits <= 8 && *colours == 0 {
        return Err("its palette is missing");
    }
    if (header.pixels_at as usize) < *at {
        return Err("its picture comes before its header");
    }
    Ok(header)
}
