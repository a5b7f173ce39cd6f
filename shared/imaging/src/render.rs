//! Delivery's step: a source and options to the bytes of an answer.

mod draw;
mod write;

use domain::ImageFormat;

use self::{
    draw::{Plan, draw},
    write::write,
};
use crate::{
    Allowance, ImagingError, OutputFormat, RenderOptions, Size,
    adjust::adjust,
    animation::{AnimationEncoder, render_animation},
    caught::caught,
    colour,
    decode::{self, Animation, Demand, Picture},
    encode::{gif::GifAnimation, metadata::Tags, webp_animation::WebpAnimation},
    geometry,
    options::Gravity,
    pixels::Pixels,
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
    /// The bytes as they came; the file's orientation and profile are applied. What can be shown of a damaged one is: that
    /// it was taken was the worker's decision.
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

/// Renders the picture.
///
/// # Errors
///
/// As [`ImagingError`] says; every one but `Encode`, `OutOfTime` and `Panicked` is the source's fault.
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
            return animated(animation, request, allowance);
        }
        let demand = Demand {
            page: options.page,
            accepts_damage: matches!(source, Source::Original(_)),
            colour_space: options.colour_space,
            ..Demand::of_edge(geometry(original, options).min_source_edge())
        };
        let picture = decode::decode(bytes, demand, allowance)?;
        allowance.time()?;
        let plan = Plan::new(&picture, original, options, allowance)?;
        let Picture {
            format,
            pixels,
            profile,
            exif,
            ..
        } = picture;
        let has_watermark = watermark.is_some();
        let (pixels, icc) = draw(pixels, profile.as_ref(), &plan, options, has_watermark, allowance)?;
        allowance.time()?;
        let pixels = finished(pixels, &plan, request, allowance)?;
        allowance.time()?;
        let tags = Tags::of(options, bytes, format, exif.as_deref(), icc, pixels.sides());
        write(pixels, options, &tags, allowance)
    })
}

/// What is done to the drawn picture in RGB. Planes are only drawn where that is nothing.
fn finished(
    pixels: Pixels,
    plan: &Plan,
    request: &RenderRequest<'_>,
    allowance: &Allowance<'_>,
) -> Result<Pixels, ImagingError> {
    match pixels {
        planar @ Pixels::Planar(_) => Ok(planar),
        Pixels::Raster(raster) => {
            let mark = request
                .watermark
                .map(|placed| upright(placed.bytes, &plan.geometry, allowance))
                .transpose()?;
            let mark = mark.as_ref().zip(request.watermark.as_ref());
            let raster = adjust(raster, request.options, &plan.geometry, mark, allowance)?;
            Ok(Pixels::Raster(raster))
        }
    }
}

/// Draws every frame as a still picture is drawn. What is cut off is decided by the first one: the picture must not jump.
fn animated(
    animation: Animation<'_>,
    request: &RenderRequest<'_>,
    allowance: &Allowance<'_>,
) -> Result<Rendered, ImagingError> {
    let Animation {
        mut frames,
        mut picture,
    } = animation;
    let options = request.options;
    let Some(first) = frames.next()? else {
        return Err(ImagingError::undecodable(
            "the animation has no picture; send the file again",
        ));
    };
    picture.pixels = Pixels::Raster(first.raster.without_needless_alpha());
    let plan = Plan::new(&picture, request.original, options, allowance)?;
    let Size { width, height } = plan.geometry.output;
    let mut encoder: Box<dyn AnimationEncoder> = match options.format {
        OutputFormat::Gif => GifAnimation::boxed(width, height, frames.loops(), allowance)?,
        _ => {
            let quality = write::animation_quality(options.quality);
            WebpAnimation::boxed(width, height, frames.loops(), quality, allowance)?
        }
    };
    let Picture { pixels, profile, .. } = picture;
    let has_watermark = request.watermark.is_some();
    let draw_frame = |pixels| {
        // Frames of an animation are rasters: `draw` makes planes of planes alone.
        let (pixels, _) = draw(pixels, profile.as_ref(), &plan, options, has_watermark, allowance)?;
        finished(pixels, &plan, request, allowance)?.into_raster()
    };
    encoder.push(&draw_frame(pixels)?, first.delay_ms)?;
    let bytes = render_animation(
        &mut *frames,
        &mut |raster| draw_frame(Pixels::Raster(raster)),
        encoder,
        allowance,
    )?;
    Ok(Rendered {
        bytes,
        format: options.format.format(),
        width,
        height,
    })
}

/// The pixels of a watermark: upright, sRGB, and large enough for the plan.
fn upright(bytes: &[u8], plan: &crate::Geometry, allowance: &Allowance<'_>) -> Result<Raster, ImagingError> {
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

#[cfg(test)]
mod tests;
