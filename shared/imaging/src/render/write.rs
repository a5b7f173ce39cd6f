//! From the pixels of an answer to its bytes: quality, the most bytes, and what stands beside the pixels.

use super::{Rendered, draw::chroma};
use crate::{
    Allowance, ImagingError, OutputFormat, Quality, RenderOptions,
    encode::{
        avif::{self, Beside},
        gif,
        jpeg::{self, Coding},
        metadata::{self, Tags},
        png,
        webp::{self, Effort},
    },
    pixels::Pixels,
    planar::Chroma,
    resize::SourceBox,
};

/// Below it a smaller picture looks better than a worse one.
const LEAST_QUALITY: u8 = 20;
/// Times that a picture is made smaller to keep to a number of bytes; each time by what is too much, so that one or two do.
const MAX_SHRINKS: u32 = 8;

/// The bytes of the answer, within the number that is asked for.
pub(super) fn write(
    pixels: Pixels,
    options: &RenderOptions,
    tags: &Tags,
    allowance: &Allowance<'_>,
) -> Result<Rendered, ImagingError> {
    let mut pixels = pixels.without_needless_alpha();
    let quality = still_quality(options);
    let mut bytes = encode(&pixels, options, quality, tags)?;
    let fits = |bytes: &[u8]| options.max_bytes.is_none_or(|most| bytes.len() as u64 <= most);
    if !fits(&bytes) && options.format.is_lossy() {
        // The highest quality that fits, or the least one.
        let (mut least, mut most) = (LEAST_QUALITY.min(quality), quality);
        bytes = encode(&pixels, options, least, tags)?;
        while fits(&bytes) && most - least > 1 {
            allowance.time()?;
            let middle = least.midpoint(most);
            let tried = encode(&pixels, options, middle, tags)?;
            if fits(&tried) {
                (least, bytes) = (middle, tried);
            } else {
                most = middle;
            }
        }
    }
    let quality = LEAST_QUALITY.min(quality);
    for _ in 0..MAX_SHRINKS {
        let (false, Some(most), (2.., _) | (_, 2..)) = (fits(&bytes), options.max_bytes, pixels.sides())
        else {
            break;
        };
        allowance.time()?;
        // Bytes go with the area, a little slower.
        let scale = (most as f64 / bytes.len() as f64).sqrt() * 0.95;
        pixels = shrunk(&pixels, scale, chroma(options))?;
        bytes = encode(&pixels, options, quality, tags)?;
    }
    let (width, height) = pixels.sides();
    Ok(Rendered {
        bytes,
        format: options.format.format(),
        width,
        height,
    })
}

fn shrunk(pixels: &Pixels, scale: f64, chroma: Option<Chroma>) -> Result<Pixels, ImagingError> {
    let (width, height) = pixels.sides();
    let side = |length: u32| (f64::from(length) * scale).floor().max(1.0) as u32;
    let whole = SourceBox::whole((f64::from(width), f64::from(height)));
    pixels.resized(whole, side(width), side(height), chroma.unwrap_or(Chroma::Full))
}

/// What `auto` means on the encoder's own scale.
fn still_quality(options: &RenderOptions) -> u8 {
    match options.quality {
        Quality::Fixed(quality) => quality.clamp(1, 100),
        Quality::Auto => 80,
    }
}

/// Of every frame of an animation.
pub(super) fn animation_quality(quality: Quality) -> u8 {
    match quality {
        Quality::Fixed(quality) => quality.clamp(1, 100),
        Quality::Auto => 75,
    }
}

fn encode(
    pixels: &Pixels,
    options: &RenderOptions,
    quality: u8,
    tags: &Tags,
) -> Result<Vec<u8>, ImagingError> {
    let chroma = chroma(options).unwrap_or(Chroma::Quarter);
    let bytes = match options.format {
        OutputFormat::Jpeg => jpeg::encode(pixels, quality, chroma, Coding::Progressive)?,
        OutputFormat::Webp => webp::encode(pixels, Effort::Lossy(quality))?,
        OutputFormat::Avif => {
            let beside = Beside {
                icc: tags.icc.as_deref(),
                exif: tags.exif.as_deref(),
                xmp: tags.xmp.as_deref(),
            };
            avif::encode(pixels, quality, chroma, beside)?
        }
        OutputFormat::Gif => gif::encode(&pixels.clone().into_raster()?)?,
        OutputFormat::Png => png::encode(&pixels.clone().into_raster()?, tags.icc.is_some())?,
    };
    metadata::attach(options.format, bytes, tags, pixels.sides(), pixels.has_alpha())
}
