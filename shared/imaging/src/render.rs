//! Delivery's step: a source and options to the bytes of an answer.

use domain::ImageFormat;

use crate::{
    Allowance, Geometry, ImagingError, OutputFormat, Quality, RenderOptions, Size,
    caught::caught,
    colour,
    decode::{self, Demand, Picture},
    encode::{
        jpeg::{self, Chroma},
        png,
        webp::{self, Effort},
    },
    geometry, gravity,
    options::Gravity,
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
        ..
    } = *request;
    caught(|| {
        let plan = geometry(original, options);
        let bytes = match source {
            Source::Original(bytes) | Source::Mezzanine { bytes } => bytes,
        };
        let demand = Demand {
            page: options.page,
            // The worker has decided that the original is taken, and the answer must not depend on its size.
            accepts_damage: matches!(source, Source::Original(_)),
            ..Demand::of_edge(plan.min_source_edge())
        };
        let picture = decode::decode(bytes, demand, allowance)?;
        allowance.time()?;
        let raster = draw(&picture, &plan, options)?;
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

/// Crop, resize, colour, orientation, background: in that order.
fn draw(picture: &Picture, plan: &Geometry, options: &RenderOptions) -> Result<Raster, ImagingError> {
    let orientation = picture.orientation;
    let detail = match options.gravity {
        Gravity::Auto if plan.is_cut() => Some(small_upright(picture)?),
        _ => None,
    };
    let (left, top) = gravity::corner(options.gravity, plan.shown, detail.as_ref());
    let [left, top, width, height] = orientation.stored_box([left, top, plan.shown.0, plan.shown.1]);
    let source = SourceBox {
        left: left * picture.extent.0,
        top: top * picture.extent.1,
        width: width * picture.extent.0,
        height: height * picture.extent.1,
    };
    let (width, height) = orientation.sides(plan.picture.width, plan.picture.height);
    let mut raster = resize(&picture.raster, source, width, height)?;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    let raster = orientation.apply(raster);
    let raster = if options.format.has_alpha() {
        raster
    } else {
        raster.flattened([255; 3])
    };
    Ok(if plan.output == plan.picture {
        raster
    } else {
        padded(raster, plan, options.format)
    })
}

/// A small copy of the whole picture to look for detail in.
fn small_upright(picture: &Picture) -> Result<Raster, ImagingError> {
    let (width, height) = picture.extent;
    let scale = (f64::from(gravity::DETAIL_EDGE) / width.max(height)).min(1.0);
    let side = |length: f64| (length * scale).round().max(1.0) as u32;
    let small = resize(
        &picture.raster,
        SourceBox::whole(picture.extent),
        side(width),
        side(height),
    )?;
    Ok(picture.orientation.apply(small))
}

/// Sets the picture on a background: transparent where the format can, otherwise white.
fn padded(raster: Raster, plan: &Geometry, format: OutputFormat) -> Raster {
    let raster = if format.has_alpha() {
        raster.with_alpha()
    } else {
        raster
    };
    let channels = raster.channels();
    let background = if raster.alpha { 0 } else { 255 };
    let (width, height) = (plan.output.width as usize, plan.output.height as usize);
    let mut pixels = vec![background; width * height * channels];
    let row = raster.width as usize * channels;
    for (y, from) in raster.pixels.chunks_exact(row).enumerate() {
        let at = ((plan.offset.y as usize + y) * width + plan.offset.x as usize) * channels;
        pixels[at..at + row].copy_from_slice(from);
    }
    Raster {
        width: plan.output.width,
        height: plan.output.height,
        alpha: raster.alpha,
        pixels,
    }
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
