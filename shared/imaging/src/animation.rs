//! Pictures that move: one frame after the other, from a file to a file, with a few frames in memory and never all.
//!
//! Always from the original. A ladder of animations would cost a second encode of every frame at ingest, and loses twice;
//! most animations are smaller than its second rung, and a frame is decoded faster than it is encoded.

mod canvas;

pub(crate) use self::canvas::{Canvas, Disposal};

use crate::{Allowance, ImagingError, raster::Raster};

/// One picture of an animation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// All of the canvas as it is seen, with alpha.
    pub(crate) raster: Raster,
    /// How long it is seen.
    pub(crate) delay_ms: u32,
}

/// Reads an animation frame by frame.
pub(crate) trait Frames {
    /// Pixels across and down, of every frame.
    fn size(&self) -> (u32, u32);
    /// How often it is played; 0 is without an end.
    fn loops(&self) -> u32;
    /// The next frame; none behind the last one.
    fn next(&mut self) -> Result<Option<Frame>, ImagingError>;
}

/// Writes an animation frame by frame.
pub(crate) trait AnimationEncoder {
    /// Adds a frame, which has the size of the first one.
    fn push(&mut self, frame: &Raster, delay_ms: u32) -> Result<(), ImagingError>;
    /// The whole file.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, ImagingError>;
}

/// How long a frame is seen that asks for so little time: 100 ms instead of 10 ms and less, which nobody means. All
/// browsers do so since advertisements asked for none at all (webkit.org/b/36082; Firefox: image/FrameTimeout.h).
pub(crate) const fn shown_ms(asked_ms: u32) -> u32 {
    if asked_ms <= 10 { 100 } else { asked_ms }
}

/// The frame `page`, counted from 0, or the last one where there are fewer. Where damage is accepted, also the last one
/// before what cannot be read.
pub(crate) fn frame_at(
    frames: &mut dyn Frames,
    page: u32,
    accepts_damage: bool,
    allowance: &Allowance<'_>,
) -> Result<Raster, ImagingError> {
    let mut last = None;
    for _ in 0..=page {
        match frames.next() {
            Ok(Some(frame)) => last = Some(frame.raster),
            Ok(None) => break,
            Err(error) if !accepts_damage || last.is_none() => return Err(error),
            Err(_) => break,
        }
        allowance.time()?;
    }
    last.ok_or_else(|| ImagingError::undecodable("the animation has no picture; send the file again"))
}

/// Draws every frame anew and writes what comes of it. `draw` must give all frames the same size.
///
/// Frames are handed to `draw` without an alpha channel where it says nothing: to resize them is then cheaper.
pub(crate) fn render_animation(
    frames: &mut dyn Frames,
    draw: &mut dyn FnMut(Raster) -> Result<Raster, ImagingError>,
    mut encoder: Box<dyn AnimationEncoder>,
    allowance: &Allowance<'_>,
) -> Result<Vec<u8>, ImagingError> {
    while let Some(frame) = frames.next()? {
        allowance.time()?;
        let drawn = draw(frame.raster.without_needless_alpha())?;
        encoder.push(&drawn, frame.delay_ms)?;
        allowance.time()?;
    }
    encoder.finish()
}

#[cfg(test)]
mod tests;
