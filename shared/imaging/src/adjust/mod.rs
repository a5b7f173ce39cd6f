//! What happens to a picture between its last size and its file.
//!
//! The order is fixed, whatever the order of the options: trim → mirror and turn → crop and resize → blur → sharpen → tones
//! (brightness, contrast, gamma, saturation) → background and pad → border → watermark. Trim cuts the decoded source, and
//! everything up to the resize is planned by [`geometry`](fn@crate::geometry); [`adjust`] does the rest. Blur and tones touch
//! the picture and never what is put around it or on it.
//!
//! Each step is a function over pixels in a file of its own, in place wherever the size stays. They work on the encoded
//! values of sRGB, as the resize and the filters of CSS do.

mod background;
mod blur;
mod border;
mod over;
pub(crate) mod sharpen;
mod tone;
mod trim;
mod watermark;

pub(crate) use trim::content_box;

use crate::{
    Allowance, Geometry, ImagingError,
    options::{Adjustments, Fit, RenderOptions},
    raster::Raster,
    render::Watermark,
};

/// Applies what comes after the resize and the turn to a picture of the planned size. The watermark is upright sRGB, of any
/// size. What comes back has the planned output's size, and is opaque where the format asks for it.
pub(crate) fn adjust(
    mut raster: Raster,
    options: &RenderOptions,
    plan: &Geometry,
    watermark: Option<(&Raster, &Watermark<'_>)>,
    allowance: &Allowance<'_>,
) -> Result<Raster, ImagingError> {
    // Most steps work in place; a background, a pad and a border need what the picture is set on beside it.
    let is_set_on = raster.alpha || plan.output != plan.picture;
    let output = 4 * u64::from(plan.output.width) * u64::from(plan.output.height);
    allowance.memory(raster.pixels.len() as u64 + if is_set_on { output } else { 0 })?;

    let Adjustments { blur, sharpen, .. } = options.adjustments;
    let blur = sane(blur, 0.0, 250.0, 0.0);
    if blur > 0.0 {
        blur::blur(&mut raster, blur);
        allowance.time()?;
    }
    let sharpen = sane(sharpen, 0.0, 10.0, 0.0);
    if sharpen > 0.0 {
        sharpen::sharpen(&mut raster, sharpen);
        allowance.time()?;
    }
    tone::tone(&mut raster, &options.adjustments);

    let background = background::of(options);
    let raster = background::laid_on(raster, background);
    let raster = background::padded(raster, plan, background);
    let raster = match options.border {
        Some(border) => border::framed(raster, plan.border, over::colour(border.colour, background)),
        None => raster,
    };
    match watermark {
        Some((mark, placed)) => {
            allowance.time()?;
            watermark::laid_on(raster, mark, placed)
        }
        None => Ok(raster),
    }
}

/// Whether these options leave the pixels of an opaque picture as the resize and the turn gave them, so that nothing has to
/// be done in RGB. A trim only decides which part is resized. What lies behind an opaque picture is never seen, so a background alone is idle.
pub(crate) fn is_idle(options: &RenderOptions, has_watermark: bool) -> bool {
    let has_box = options.width.is_some() && options.height.is_some() || options.aspect_ratio.is_some();
    let pads = options.fit == Fit::Pad && has_box;
    let Adjustments { blur, sharpen, .. } = options.adjustments;
    !has_watermark
        && !pads
        && options.border.is_none_or(|border| border.width == 0)
        && sane(blur, 0.0, 250.0, 0.0) == 0.0
        && sane(sharpen, 0.0, 10.0, 0.0) == 0.0
        && tone::is_idle(&options.adjustments)
}

/// The number within its bounds, and `idle` for one that is none.
fn sane(number: f32, least: f32, most: f32, idle: f32) -> f32 {
    if number.is_nan() {
        idle
    } else {
        number.clamp(least, most)
    }
}

/// The nearest byte to a number from 0 to 255, by where the lowest bits of a float lie after 2²³: vectorised, as a
/// saturating cast is not.
fn byte(number: f32) -> u8 {
    (number + 8_388_608.0).to_bits() as u8
}

#[cfg(test)]
mod tests;
