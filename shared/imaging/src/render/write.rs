//! From the pixels of an answer to its bytes: quality, the most bytes, and what stands beside the pixels.

use super::{Rendered, draw::chroma};
use crate::{
    Allowance, Effort, ImagingError, OutputFormat, Quality, RenderOptions,
    encode::{
        avif::{self, Beside},
        gif, jpeg,
        metadata::{self, Tags},
        png, webp,
    },
    pixels::Pixels,
    planar::Chroma,
    resize::SourceBox,
};

/// Below it a smaller picture looks better than a worse one.
const LEAST_QUALITY: u8 = 20;
/// From so many pixels on a JPEG comes from coarse to fine.
const PROGRESSIVE_FROM_PIXELS: u64 = 1_000_000;
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

fn effort(options: &RenderOptions) -> Effort {
    options
        .effort
        .unwrap_or(Effort::usual(options.quality, options.max_bytes.is_some()))
}

/// The quality of a still picture on the encoder's own scale.
///
/// `auto` means about the same look in every format: 75 SSIMULACRA2 in the mean of eighteen photographs at 800 px, rendered
/// from the original (`bench-imaging auto`, which also says how many bytes it saves). It is a number and
/// not a search for each picture, because that was measured to be worse: over JPEG 60 to 80, WebP and
/// AVIF alike, the same score for every picture instead of the same number costs 8 to 12 % more bytes at an equal mean
/// score, since what is won on smooth pictures is lost on detailed ones twice over. The best split of a mean lies
/// within 1 % of the one number.
fn still_quality(options: &RenderOptions) -> u8 {
    match (options.quality, options.format, effort(options)) {
        (Quality::Fixed(quality), _, _) => quality.clamp(1, 100),
        (Quality::Auto, OutputFormat::Avif, Effort::High) => 70,
        (Quality::Auto, OutputFormat::Avif, Effort::Normal) => 75,
        (Quality::Auto, OutputFormat::Webp, _) => 80,
        (Quality::Auto, _, Effort::High) => 76,
        (Quality::Auto, _, Effort::Normal) => 72,
    }
}

/// Of every frame of an animation, which is seen for a moment.
pub(super) fn animation_quality(quality: Quality) -> u8 {
    match quality {
        Quality::Fixed(quality) => quality.clamp(1, 100),
        Quality::Auto => 75,
    }
}

/// Progressive coding takes about a quarter of the time of a small render (10.0 ms against 7.7 at 800 px, on a busy machine),
/// and a picture that fits into a window shows at once anyway.
fn jpeg_coding(pixels: &Pixels, effort: Effort) -> jpeg::Coding {
    if effort == Effort::High {
        return jpeg::Coding::Thrifty;
    }
    let (width, height) = pixels.sides();
    if width as u64 * height as u64 >= PROGRESSIVE_FROM_PIXELS {
        jpeg::Coding::Progressive
    } else {
        jpeg::Coding::Optimised
    }
}

fn encode(
    pixels: &Pixels,
    options: &RenderOptions,
    quality: u8,
    tags: &Tags,
) -> Result<Vec<u8>, ImagingError> {
    let chroma = chroma(options).unwrap_or(Chroma::Quarter);
    let effort = effort(options);
    let bytes = match (options.format, effort) {
        (OutputFormat::Jpeg, _) => jpeg::encode(pixels, quality, chroma, jpeg_coding(pixels, effort))?,
        (OutputFormat::Webp, Effort::Normal) => webp::encode(pixels, webp::Coding::Lossy(quality))?,
        (OutputFormat::Webp, Effort::High) => thrifty_webp(pixels, quality)?,
        (OutputFormat::Avif, _) => {
            let beside = Beside {
                icc: tags.icc.as_deref(),
                exif: tags.exif.as_deref(),
                xmp: tags.xmp.as_deref(),
            };
            avif::encode(pixels, quality, chroma, effort, beside)?
        }
        (OutputFormat::Gif, _) => gif::encode(&pixels.clone().into_raster()?)?,
        (OutputFormat::Png, _) => png::encode(&pixels.clone().into_raster()?, tags.icc.is_some())?,
    };
    metadata::attach(options.format, bytes, tags, pixels.sides(), pixels.has_alpha())
}

/// Lossy, or every pixel as it is where that is smaller: of drawings, text and screenshots it often is.
fn thrifty_webp(pixels: &Pixels, quality: u8) -> Result<Vec<u8>, ImagingError> {
    let lossy = webp::encode(pixels, webp::Coding::Thrifty(quality))?;
    if !is_flat(pixels) {
        return Ok(lossy);
    }
    let lossless = webp::encode(pixels, webp::Coding::Lossless)?;
    Ok(if lossless.len() <= lossy.len() {
        lossless
    } else {
        lossy
    })
}

/// Whether at least half of the pixels are as the one to their left. Planes come from lossy files: never.
fn is_flat(pixels: &Pixels) -> bool {
    let Pixels::Raster(raster) = pixels else {
        return false;
    };
    let channels = raster.channels();
    let all = raster.pixels.chunks_exact(channels);
    let same = all.clone().zip(all.skip(1)).filter(|(a, b)| a == b).count();
    2 * same >= raster.width as usize * raster.height as usize
}
