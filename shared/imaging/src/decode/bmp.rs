//! BMP: palettes of 1, 4 and 8 bits, plain or in runs; 16, 24 and 32 bits in any arrangement of their channels.
//!
//! The `image` crate is not used: it would come with its own pixels, colours and traits for this one format. Embedded
//! profiles of V4 and V5 headers are not read: no program is known to write other ones than sRGB.

use super::{Decoded, DecodedPixels};
use crate::{
    Allowance, ImagingError,
    bmp::{Compression, Header, head},
    raster::{Channels, Samples},
};

fn damaged(why: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the BMP cannot be read ({why}); send the file again, or save it anew"
    ))
}

/// One channel of a pixel with masks, spread over 8 bits.
struct Channel {
    mask: u32,
    shift: u32,
    max: u32,
}

impl Channel {
    fn new(mask: u32) -> Self {
        let shift = if mask == 0 { 0 } else { mask.trailing_zeros() };
        Self {
            mask,
            shift,
            max: mask >> shift,
        }
    }

    fn of(&self, pixel: u32) -> u8 {
        if self.max == 0 {
            return 0;
        }
        let value = u64::from((pixel & self.mask) >> self.shift);
        ((value * 255 + u64::from(self.max) / 2) / u64::from(self.max)).min(255) as u8
    }
}

pub(super) fn decode(bytes: &[u8], allowance: &Allowance<'_>) -> Result<Decoded, ImagingError> {
    let header = head(bytes)
        .map_err(damaged)?
        .ok_or_else(|| damaged("its header is cut off"))?;
    let pixels = u64::from(header.width) * u64::from(header.height);
    let channels = if header.masks[3] != 0 && header.bits >= 16 {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    let indices = if header.bits <= 8 { pixels } else { 0 };
    allowance.memory(pixels * channels.count() as u64 + indices)?;
    let data = bytes
        .get(header.pixels_at as usize..)
        .ok_or_else(|| damaged("its picture is missing"))?;
    let samples = if header.bits <= 8 {
        let indices = match header.compression {
            Compression::None => plain_indices(&header, data)?,
            Compression::Rle8 | Compression::Rle4 => runs(&header, data)?,
        };
        coloured(&header, bytes, &indices)?
    } else {
        direct(&header, data, channels.count())?
    };
    Ok(Decoded {
        width: header.width,
        height: header.height,
        extent: (f64::from(header.width), f64::from(header.height)),
        pixels: DecodedPixels::Interleaved(channels, Samples::Eight(samples)),
        profile: None,
        orientation: None,
        exif: None,
    })
}

/// The rows from the top down.
fn rows<'a>(
    header: &Header,
    data: &'a [u8],
) -> Result<Box<dyn Iterator<Item = &'a [u8]> + 'a>, ImagingError> {
    let row_bytes = header.row_bytes() as usize;
    let data = data
        .get(..row_bytes * header.height as usize)
        .ok_or_else(|| damaged("part of its picture is missing"))?;
    let rows = data.chunks_exact(row_bytes);
    Ok(if header.top_down {
        Box::new(rows)
    } else {
        Box::new(rows.rev())
    })
}

fn plain_indices(header: &Header, data: &[u8]) -> Result<Vec<u8>, ImagingError> {
    let (width, bits) = (header.width as usize, usize::from(header.bits));
    let mut indices = Vec::with_capacity(width * header.height as usize);
    for row in rows(header, data)? {
        match bits {
            8 => indices.extend_from_slice(&row[..width]),
            4 => indices.extend((0..width).map(|x| {
                if x % 2 == 0 {
                    row[x / 2] >> 4
                } else {
                    row[x / 2] & 15
                }
            })),
            _ => indices.extend((0..width).map(|x| row[x / 8] >> (7 - x % 8) & 1)),
        }
    }
    Ok(indices)
}

/// Runs of indices, from the bottom up; what they leave out is the first colour.
fn runs(header: &Header, mut data: &[u8]) -> Result<Vec<u8>, ImagingError> {
    let cut = || damaged("part of its picture is missing");
    let (width, height) = (header.width as usize, header.height as usize);
    let four = header.compression == Compression::Rle4;
    let mut indices = vec![0; width * height];
    let (mut x, mut y) = (0, 0);
    let mut take = |n: usize| {
        let (taken, rest) = data.split_at_checked(n).ok_or_else(cut)?;
        data = rest;
        Ok::<_, ImagingError>(taken)
    };
    // What a run says beyond the edge of the picture is passed over, as Windows does.
    let mut set = |x: usize, y: usize, index: u8| {
        if x < width && y < height {
            indices[(height - 1 - y) * width + x] = index;
        }
    };
    let nibble = |byte: u8, i: usize| if i.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
    loop {
        // Some writers leave the end mark out.
        if y >= height {
            break;
        }
        match *take(2)? {
            [0, 0] => (x, y) = (0, y + 1),
            [0, 1] => break,
            [0, 2] => {
                let step = take(2)?;
                (x, y) = (x + usize::from(step[0]), y + usize::from(step[1]));
            }
            [0, n] => {
                let n = usize::from(n);
                // Stretches are padded to whole words.
                let stored = if four { n.div_ceil(2) } else { n };
                let stretch = take(stored.next_multiple_of(2))?;
                for i in 0..n {
                    let index = if four {
                        nibble(stretch[i / 2], i)
                    } else {
                        stretch[i]
                    };
                    set(x + i, y, index);
                }
                x += n;
            }
            [n, byte] => {
                for i in 0..usize::from(n) {
                    set(x + i, y, if four { nibble(byte, i) } else { byte });
                }
                x += usize::from(n);
            }
            _ => return Err(cut()),
        }
    }
    Ok(indices)
}

fn coloured(header: &Header, bytes: &[u8], indices: &[u8]) -> Result<Vec<u8>, ImagingError> {
    let (at, colours, size) = header.palette;
    let stored = bytes
        .get(at..at + colours * size)
        .ok_or_else(|| damaged("its palette is missing"))?;
    // An index beyond the palette is black, as browsers have it.
    let mut palette = [[0_u8; 3]; 256];
    for (colour, bgr) in palette.iter_mut().zip(stored.chunks_exact(size)) {
        *colour = [bgr[2], bgr[1], bgr[0]];
    }
    Ok(indices
        .iter()
        .flat_map(|index| palette[usize::from(*index)])
        .collect())
}

/// Pixels that are colours themselves.
fn direct(header: &Header, data: &[u8], channels: usize) -> Result<Vec<u8>, ImagingError> {
    let width = header.width as usize;
    let mut samples = Vec::with_capacity(width * header.height as usize * channels);
    let masks = header.masks.map(Channel::new);
    for row in rows(header, data)? {
        match header.bits {
            24 => samples.extend(
                row[..3 * width]
                    .as_chunks::<3>()
                    .0
                    .iter()
                    .flat_map(|[b, g, r]| [*r, *g, *b]),
            ),
            16 => {
                for pixel in row[..2 * width].as_chunks::<2>().0 {
                    let pixel = u32::from(u16::from_le_bytes(*pixel));
                    samples.extend(masks[..channels].iter().map(|channel| channel.of(pixel)));
                }
            }
            _ => {
                for pixel in row[..4 * width].as_chunks::<4>().0 {
                    let pixel = u32::from_le_bytes(*pixel);
                    samples.extend(masks[..channels].iter().map(|channel| channel.of(pixel)));
                }
            }
        }
    }
    // Many writers declare alpha and leave it 0 everywhere: shown as it was meant, opaque.
    if channels == 4 && samples.chunks_exact(4).all(|pixel| pixel[3] == 0) {
        samples.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    }
    Ok(samples)
}
