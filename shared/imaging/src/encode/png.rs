//! PNG, by the `png` crate: the fewest bits a pixel that keep every one of them.

use domain::ImageFormat;
use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter, SrgbRenderingIntent};

use crate::{ImagingError, raster::Raster};

/// More colours than this have no palette (W3C PNG, third edition, section 11.2.2).
const MAX_COLOURS: usize = 256;
/// Slots of the table that finds a colour's index: a power of two, and never more than a quarter full.
const SLOTS: usize = 1_024;

/// How hard zlib tries, 1 to 9. Measured on two generated photographs and a flat graphic of 800 × 600, on a busy machine: 3
/// takes 66 to 71 ms and 10 ms, for 5 % more bytes than the crate's balanced 6 (220 to 350 ms and 20 to 30). 2 takes 35 to
/// 41 ms for 12 % more than 6; the crate's fast mode 8 to 14 ms for 24 to 42 %, and 80 % of the graphic. Adaptive filters are
/// within 4 % of the best one for photographs, and the best for graphics.
const LEVEL: u8 = 3;

/// A picture as its pixels lie in the file.
struct Layout {
    colour: ColorType,
    depth: BitDepth,
    samples: Vec<u8>,
    palette: Option<Vec<[u8; 4]>>,
}

/// Writes a picture, with its alpha where it has one. No colour is changed: a palette or gray is taken where it holds all of
/// them.
///
/// `has_profile` keeps gray pictures RGB: a profile of RGB may not stand beside gray (W3C PNG, section 11.3.2.3).
pub(crate) fn encode(raster: &Raster, has_profile: bool) -> Result<Vec<u8>, ImagingError> {
    write(raster.width, raster.height, &layout(raster, has_profile))
}

fn write(width: u32, height: u32, layout: &Layout) -> Result<Vec<u8>, ImagingError> {
    let failed = |error: png::EncodingError| ImagingError::encode(ImageFormat::Png, error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(layout.colour);
    encoder.set_depth(layout.depth);
    encoder.set_deflate_compression(DeflateCompression::Level(LEVEL));
    encoder.set_filter(Filter::Adaptive);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    if let Some(palette) = &layout.palette {
        encoder.set_palette(
            palette
                .iter()
                .flat_map(|c| [c[0], c[1], c[2]])
                .collect::<Vec<_>>(),
        );
        // The opaque entries stand last, and need no alpha of their own.
        let alphas: Vec<u8> = palette
            .iter()
            .map(|c| c[3])
            .take_while(|alpha| *alpha < 255)
            .collect();
        if !alphas.is_empty() {
            encoder.set_trns(alphas);
        }
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&layout.samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn layout(raster: &Raster, has_profile: bool) -> Layout {
    let is_translucent = raster.is_translucent();
    let is_gray = !has_profile
        && raster
            .pixels
            .chunks_exact(raster.channels())
            .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    match (Colours::of(raster), is_gray, is_translucent) {
        // Of gray a palette saves something only where it saves bits.
        (Some(colours), gray, translucent) if !gray || translucent || colours.palette.len() <= 16 => {
            colours.layout(raster)
        }
        (_, gray, translucent) => {
            let colour = match (gray, translucent) {
                (true, false) => ColorType::Grayscale,
                (true, true) => ColorType::GrayscaleAlpha,
                (false, false) => ColorType::Rgb,
                (false, true) => ColorType::Rgba,
            };
            let pixels = raster.pixels.chunks_exact(raster.channels());
            let samples = match colour {
                ColorType::Grayscale => pixels.map(|pixel| pixel[0]).collect(),
                ColorType::GrayscaleAlpha => pixels.flat_map(|pixel| [pixel[0], pixel[3]]).collect(),
                ColorType::Rgb if raster.alpha => {
                    pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
                }
                _ => raster.pixels.clone(),
            };
            Layout {
                colour,
                depth: BitDepth::Eight,
                samples,
                palette: None,
            }
        }
    }
}

/// The colours of a picture that has few.
struct Colours {
    /// RGBA, the least opaque first.
    palette: Vec<[u8; 4]>,
    /// A colour and its index, at the slot that its bits name or the next free one.
    slots: Vec<Option<([u8; 4], u8)>>,
}

fn rgba(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        // Of what is transparent nobody sees the colour, and many would fill the palette.
        [_, _, _, 0] => [0; 4],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [pixel[0], pixel[1], pixel[2], 255],
    }
}

fn slot(slots: &[Option<([u8; 4], u8)>], colour: [u8; 4]) -> usize {
    // Knuth's multiplicative hash; open addressing, and the table is never full.
    let mut at = (u32::from_le_bytes(colour).wrapping_mul(2_654_435_761) >> 22) as usize;
    while slots[at].is_some_and(|(other, _)| other != colour) {
        at = (at + 1) % SLOTS;
    }
    at
}

impl Colours {
    /// None where there are too many for a palette; a photograph shows that within its first rows.
    fn of(raster: &Raster) -> Option<Self> {
        let mut slots = vec![None; SLOTS];
        let mut palette: Vec<[u8; 4]> = Vec::new();
        let mut before = None;
        for pixel in raster.pixels.chunks_exact(raster.channels()) {
            let colour = rgba(pixel);
            if before == Some(colour) {
                continue;
            }
            before = Some(colour);
            let at = slot(&slots, colour);
            if slots[at].is_none() {
                if palette.len() == MAX_COLOURS {
                    return None;
                }
                slots[at] = Some((colour, 0));
                palette.push(colour);
            }
        }
        palette.sort_unstable_by_key(|colour| [colour[3], colour[0], colour[1], colour[2]]);
        for (colour, index) in palette.iter().zip(0..=255) {
            let at = slot(&slots, *colour);
            slots[at] = Some((*colour, index));
        }
        Some(Self { palette, slots })
    }

    fn layout(self, raster: &Raster) -> Layout {
        let (depth, bits) = match self.palette.len() {
            0..=2 => (BitDepth::One, 1),
            3..=4 => (BitDepth::Two, 2),
            5..=16 => (BitDepth::Four, 4),
            _ => (BitDepth::Eight, 8),
        };
        let mut samples = Vec::new();
        for row in raster
            .pixels
            .chunks_exact(raster.channels() * raster.width as usize)
        {
            let indices = row.chunks_exact(raster.channels()).map(|pixel| {
                let colour = rgba(pixel);
                self.slots[slot(&self.slots, colour)].map_or(0, |(_, index)| index)
            });
            // The leftmost pixel in the highest bits; each row begins with a byte of its own.
            let mut free = 0;
            for index in indices {
                if free == 0 {
                    samples.push(0);
                    free = 8;
                }
                free -= bits;
                if let Some(last) = samples.last_mut() {
                    *last |= index << free;
                }
            }
        }
        Layout {
            colour: ColorType::Indexed,
            depth,
            samples,
            palette: Some(self.palette),
        }
    }
}

#[cfg(test)]
mod tests;
