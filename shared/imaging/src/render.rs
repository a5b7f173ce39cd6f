//! Delivery's step: a source and options to the bytes of an answer.

use domain::ImageFormat;

use crate::{
    Allowance, Geometry, ImagingError, OutputFormat, Quality, RenderOptions, Size,
    adjust::{adjust, content_box, is_idle},
    caught::caught,
    colour,
    decode::{self, Animation, Demand, Picture},
    encode::{
        avif::{self, Beside},
        jpeg::{self, Coding},
        png,
        webp::{self, Effort},
        webp_animation::WebpAnimation,
    },
    geometry,
    geometry::{trimmed, within},
    gravity,
    options::Gravity,
    orient::Orientation,
    pixels::Pixels,
    planar::Chroma,
    raster::Raster,
    resize::SourceBox,
};

/// One render.
#[derive(Debug, Clone, Copy)]
pub struct RenderRequest<'a> {
    /// What is rendered from.
    pub source: Source<'a>,
    /// The original's size after its orientation, whatever the source is: the answer's size follows from it.
    pub original: Size,
    /// What is asked for.
    pub options: &'a RenderOptions,
    /// What is laid on the finished picture.
    pub watermark: Option<Watermark<'a>>,
}

/// A picture that is laid on another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watermark<'a> {
    /// The whole file, in any format that can be read; its transparency is kept.
    pub bytes: &'a [u8],
    /// Where it stands.
    pub gravity: Gravity,
    /// Its longer side as a part of the picture's shorter one, 0 to 1.
    pub scale: f32,
    /// From the edges, as a part of the picture's shorter side, 0 to 0.5.
    pub margin: f32,
    /// 0 is unseen, 1 as in its file.
    pub opacity: f32,
}

/// What is rendered from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The bytes as they came; the file's orientation and profile are applied.
    Original(&'a [u8]),
    /// One of the bytes that [`ingest`](crate::ingest) made: upright and sRGB already.
    Mezzanine {
        /// The whole file.
        bytes: &'a [u8],
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub format: ImageFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// From this quality on JPEG keeps a colour for each pixel: who asks for so much can see the difference.
const FULL_CHROMA_FROM: u8 = 90;

/// Renders the picture.
///
/// # Errors
///
/// As [`ImagingError`] says; every one but `Encode` and `Panicked` is the source's fault.
pub fn render(request: &RenderRequest<'_>, allowance: &Allowance<'_>) -> Result<Rendered, ImagingError> {
    let RenderRequest {
        source,
        original,
        options,
        watermark,
    } = *request;
    caught(|| {
        let bytes = match source {
            Source::Original(bytes) | Source::Mezzanine { bytes } => bytes,
        };
        if options.animate
            && options.format.can_animate()
            && let Some(animation) = decode::animation(bytes, allowance)?
        {
            return animated(animation, &plan, options, allowance);
        }
        let demand = Demand {
            page: options.page,
            ..Demand::of_edge(geometry(original, options).min_source_edge())
        };
        let picture = decode::decode(bytes, demand, allowance)?;
        allowance.time()?;
        let (pixels, plan) = draw(&picture, original, options, watermark.is_some(), allowance)?;
        drop(picture);
        allowance.time()?;
        let pixels = match pixels {
            // Nothing is to be done to it.
            planar @ Pixels::Planar(_) => planar,
            Pixels::Raster(raster) => {
                let mark = watermark
                    .map(|placed| upright(placed.bytes, &plan, allowance))
                    .transpose()?;
                let mark = mark.as_ref().zip(watermark.as_ref());
                Pixels::Raster(adjust(raster, options, &plan, mark, allowance)?)
            }
        };
        allowance.time()?;
        let (width, height) = pixels.sides();
        let bytes = write(pixels, options)?;
        Ok(Rendered {
            bytes,
            format: options.format.format(),
            width,
            height,
        })
    })
}

/// Trim, crop, resize, colour, orientation: in that order. With the plan of what was left by the trim. In planes only where
/// nothing is left to be done.
fn draw(
    picture: &Picture,
    original: Size,
    options: &RenderOptions,
    has_watermark: bool,
    allowance: &Allowance<'_>,
) -> Result<(Pixels, Geometry), ImagingError> {
    let orientation = picture
        .orientation
        .then(Orientation::of(options.rotate, options.flip));
    let content = match options.trim {
        Some(tolerance) => content(picture, tolerance, allowance)?,
        None => [0.0, 0.0, 1.0, 1.0],
    };
    let plan = geometry(
        trimmed(original, picture.orientation.upright_box(content)),
        options,
    );
    let source = |part: [f64; 4]| {
        let [left, top, width, height] = within(content, part);
        SourceBox {
            left: left * picture.extent.0,
            top: top * picture.extent.1,
            width: width * picture.extent.0,
            height: height * picture.extent.1,
        }
    };
    let detail = match options.gravity {
        Gravity::Auto if plan.is_cut() => {
            let small = small(picture, source([0.0, 0.0, 1.0, 1.0]))?;
            Some(orientation.apply(small))
        }
        _ => None,
    };
    let (left, top) = gravity::corner(options.gravity, plan.shown, detail.as_ref());
    let shown = source(orientation.stored_box([left, top, plan.shown.0, plan.shown.1]));
    let (width, height) = orientation.sides(plan.picture.width, plan.picture.height);
    let planes = (picture.profile.is_none() && is_idle(options, has_watermark))
        .then(|| chroma(options))
        .flatten()
        .filter(|chroma| *chroma == Chroma::Full || orientation.keeps_quarters(width, height));
    if let Some(chroma) = planes {
        let pixels = picture.pixels.resized(shown, width, height, chroma)?;
        if let Pixels::Planar(_) = pixels {
            return Ok((pixels.oriented(orientation), plan));
        }
    }
    let mut raster = picture.pixels.resized_raster(shown, width, height)?;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    Ok((Pixels::Raster(orientation.apply(raster)), plan))
}

/// The chroma of an opaque answer in planes; none where the format stores RGB.
const fn chroma(options: &RenderOptions) -> Option<Chroma> {
    match (options.format, options.quality) {
        (OutputFormat::Jpeg | OutputFormat::Avif, Quality::Fixed(FULL_CHROMA_FROM..)) => Some(Chroma::Full),
        (OutputFormat::Jpeg | OutputFormat::Avif | OutputFormat::Webp, _) => Some(Chroma::Quarter),
        (OutputFormat::Png | OutputFormat::Gif, _) => None,
    }
}

/// What a trim leaves of the picture as it is stored.
fn content(picture: &Picture, tolerance: u8, allowance: &Allowance<'_>) -> Result<[f64; 4], ImagingError> {
    if let Pixels::Raster(raster) = &picture.pixels {
        return Ok(content_box(raster, tolerance));
    }
    // The planes with their full chroma stand beside their RGB.
    let (width, height) = picture.pixels.sides();
    allowance.memory(6 * u64::from(width) * u64::from(height))?;
    let whole = SourceBox::whole(picture.extent);
    let raster = picture.pixels.resized_raster(whole, width, height)?;
    Ok(content_box(&raster, tolerance))
}

/// A small copy of a part of the picture to look for detail in.
fn small(picture: &Picture, part: SourceBox) -> Result<Raster, ImagingError> {
    let scale = (f64::from(gravity::DETAIL_EDGE) / part.width.max(part.height)).min(1.0);
    let side = |length: f64| (length * scale).round().max(1.0) as u32;
    picture
        .pixels
        .resized_raster(part, side(part.width), side(part.height))
}

/// The pixels of a watermark: upright, sRGB, and large enough for the plan.
fn upright(bytes: &[u8], plan: &Geometry, allowance: &Allowance<'_>) -> Result<Raster, ImagingError> {
    let edge = plan.output.width.min(plan.output.height);
    let picture = decode::decode(bytes, Demand::of_edge(edge), allowance)?;
    let side = |length: f64| length.round().max(1.0) as u32;
    let whole = SourceBox::whole(picture.extent);
    let mut raster = picture
        .pixels
        .resized_raster(whole, side(picture.extent.0), side(picture.extent.1))?;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    Ok(picture.orientation.apply(raster))
}

fn write(pixels: Pixels, options: &RenderOptions) -> Result<Vec<u8>, ImagingError> {
    let quality = match options.quality {
        Quality::Fixed(quality) => quality.clamp(1, 100),
        Quality::Auto => 80,
    };
    let pixels = pixels.without_needless_alpha();
    match options.format {
        OutputFormat::Jpeg => {
            let chroma = chroma(options).unwrap_or(Chroma::Quarter);
            jpeg::encode(&pixels, quality, chroma, Coding::Progressive)
        }
        OutputFormat::Webp => webp::encode(&pixels, Effort::Lossy(quality)),
        OutputFormat::Avif => {
            let chroma = chroma(options).unwrap_or(Chroma::Quarter);
            avif::encode(&pixels, quality, chroma, Beside::default())
        }
        OutputFormat::Gif => Err(ImagingError::encode(
            options.format.format(),
            "there is no encoder for it",
        )),
        OutputFormat::Png => png::encode(&pixels.into_raster()?),
    }
}

#[cfg(test)]
mod tests;
