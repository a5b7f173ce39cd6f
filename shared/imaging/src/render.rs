//! Delivery's step: a source and options to the bytes of an answer.

use domain::ImageFormat;

use crate::{
    Allowance, Geometry, ImagingError, OutputFormat, Quality, RenderOptions, Size,
    adjust::{adjust, content_box},
    caught::caught,
    colour,
    decode::{self, Demand, Picture},
    encode::{
        jpeg::{self, Chroma},
        png,
        webp::{self, Effort},
    },
    geometry,
    geometry::{trimmed, within},
    gravity,
    options::Gravity,
    orient::Orientation,
    raster::Raster,
    resize::{SourceBox, resize},
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
        let demand = Demand {
            page: options.page,
            ..Demand::of_edge(geometry(original, options).min_source_edge())
        };
        let picture = decode::decode(bytes, demand, allowance)?;
        allowance.time()?;
        let (raster, plan) = draw(&picture, original, options)?;
        allowance.time()?;
        let mark = watermark
            .map(|placed| upright(placed.bytes, &plan, allowance))
            .transpose()?;
        let raster = adjust(
            raster,
            options,
            &plan,
            mark.as_ref().zip(watermark.as_ref()),
            allowance,
        )?;
        allowance.time()?;
        let (width, height) = (raster.width, raster.height);
        let bytes = write(raster, options)?;
        Ok(Rendered {
            bytes,
            format: options.format.format(),
            width,
            height,
        })
    })
}

/// Trim, crop, resize, colour, orientation: in that order. With the plan of what was left by the trim.
fn draw(
    picture: &Picture,
    original: Size,
    options: &RenderOptions,
) -> Result<(Raster, Geometry), ImagingError> {
    let orientation = picture
        .orientation
        .then(Orientation::of(options.rotate, options.flip));
    // A trimmed picture was decoded whole, so that the raster is the picture; otherwise the decoder may have rounded up.
    let (original, content, extent) = match options.trim {
        Some(tolerance) => {
            let content = content_box(&picture.raster, tolerance);
            let extent = (f64::from(picture.raster.width), f64::from(picture.raster.height));
            let kept = trimmed(original, picture.orientation.upright_box(content));
            (kept, content, extent)
        }
        None => (original, [0.0, 0.0, 1.0, 1.0], picture.extent),
    };
    let source = |part: [f64; 4]| {
        let [left, top, width, height] = within(content, part);
        SourceBox {
            left: left * extent.0,
            top: top * extent.1,
            width: width * extent.0,
            height: height * extent.1,
        }
    };
    let plan = geometry(original, options);
    let detail = match options.gravity {
        Gravity::Auto if plan.is_cut() => {
            let whole = source([0.0, 0.0, 1.0, 1.0]);
            Some(orientation.apply(small(&picture.raster, whole)?))
        }
        _ => None,
    };
    let (left, top) = gravity::corner(options.gravity, plan.shown, detail.as_ref());
    let shown = source(orientation.stored_box([left, top, plan.shown.0, plan.shown.1]));
    let (width, height) = orientation.sides(plan.picture.width, plan.picture.height);
    let mut raster = resize(&picture.raster, shown, width, height)?;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    Ok((orientation.apply(raster), plan))
}

/// A small copy of a part of the picture to look for detail in.
fn small(raster: &Raster, part: SourceBox) -> Result<Raster, ImagingError> {
    let scale = (f64::from(gravity::DETAIL_EDGE) / part.width.max(part.height)).min(1.0);
    let side = |length: f64| (length * scale).round().max(1.0) as u32;
    resize(raster, part, side(part.width), side(part.height))
}

/// The pixels of a watermark: upright, sRGB, and large enough for the plan.
fn upright(bytes: &[u8], plan: &Geometry, allowance: &Allowance<'_>) -> Result<Raster, ImagingError> {
    let edge = plan.output.width.min(plan.output.height);
    let picture = decode::decode(bytes, Demand::of_edge(edge), allowance)?;
    let mut raster = picture.raster;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    Ok(picture.orientation.apply(raster))
}

fn write(raster: Raster, options: &RenderOptions) -> Result<Vec<u8>, ImagingError> {
    let quality = match options.quality {
        Quality::Fixed(quality) => quality.clamp(1, 100),
        Quality::Auto => 80,
    };
    match options.format {
        OutputFormat::Jpeg => {
            let chroma = if quality >= FULL_CHROMA_FROM {
                Chroma::Full
            } else {
                Chroma::Quarter
            };
            jpeg::encode(&raster, quality, chroma, true)
        }
        OutputFormat::Webp => webp::encode(&raster.without_needless_alpha(), Effort::Lossy(quality)),
        OutputFormat::Avif | OutputFormat::Gif => Err(ImagingError::encode(
            options.format.format(),
            "there is no encoder for it",
        )),
        OutputFormat::Png => png::encode(&raster.without_needless_alpha()),
    }
}

#[cfg(test)]
mod tests;
