//! GIF, still or animated: written by the `gif` crate, with colours chosen by [`palette`](super::palette).

use domain::ImageFormat;
use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::palette::{Dither, Histogram, Palette};
use crate::{Allowance, ImagingError, animation::AnimationEncoder, raster::Raster};

/// A pixel that differs by no more than this in each channel from what is seen is not drawn anew. Lossy sources are never
/// still to the last bit; nobody sees three steps of 255, and what is drawn is compared anew each time, so that small
/// differences do not add up.
const TOLERANCE: u8 = 3;
/// A frame is drawn in the first one's colours as long as they serve it no worse than so many times as badly as the first:
/// a palette of its own costs 768 bytes, and shimmers. Measured on 16 frames: one palette for all saves 4 % of a moving scene
/// for 3 dB, and 12 % of one whose colours change for 9 dB; frames that change a part of a still scene share it either way.
const REUSE_UP_TO: f32 = 1.5;
/// The same as squared distances in Oklab for first frames that their palette serves perfectly, in the mean and for the
/// worst colour, which is a small thing that has not been there before: 0.02 can just be seen.
const REUSE_ALWAYS: (f32, f32) = (0.01 * 0.01, 0.02 * 0.02);
/// A frame of no more colours than this is drawn in exactly them: where the first one's palette lacks one, a palette of its own
/// costs 48 bytes at the most, and what is exact does not shimmer.
const FEW: usize = 16;

/// Writes one picture. What is less than half opaque becomes transparent.
pub(crate) fn encode(raster: &Raster) -> Result<Vec<u8>, ImagingError> {
    let mut animation = GifAnimation::open(raster.width, raster.height, 1)?;
    animation.push(raster, 0)?;
    Box::new(animation).finish()
}

/// Writes an animation: of each frame the rectangle that changes, and in it the pixels that do.
pub(crate) struct GifAnimation {
    width: usize,
    height: usize,
    loops: u32,
    /// The file so far; none before the first frame is written.
    encoder: Option<Encoder<Vec<u8>>>,
    palette: Option<Palette>,
    /// How well the palette serves the first frame: in the mean, and its worst colour.
    distance: (f32, f32),
    /// RGBA that is seen before the waiting frame is drawn, as it was before it got fewer colours.
    shown: Vec<u8>,
    /// Written when the next one is known, which says how long it is seen and what must be taken away after it.
    waiting: Option<Waiting>,
    /// When the last frame that was written ends.
    written_ms: u64,
}

struct Waiting {
    /// RGBA, and alpha is 0 or 255.
    pixels: Vec<u8>,
    delay_ms: u64,
}

fn failed(error: &EncodingError) -> ImagingError {
    ImagingError::encode(ImageFormat::Gif, error.to_string())
}

impl GifAnimation {
    /// An animation that is played so often; 0 is without an end.
    pub(crate) fn boxed(
        width: u32,
        height: u32,
        loops: u32,
        allowance: &Allowance<'_>,
    ) -> Result<Box<dyn AnimationEncoder>, ImagingError> {
        // What is seen, the frame that waits, the next one, a changed part of it, and its indices.
        allowance.memory(17 * u64::from(width) * u64::from(height))?;
        Ok(Box::new(Self::open(width, height, loops)?))
    }

    fn open(width: u32, height: u32, loops: u32) -> Result<Self, ImagingError> {
        if width.max(height) > u32::from(u16::MAX) {
            return Err(ImagingError::encode(
                ImageFormat::Gif,
                "no side of it may be longer than 65535 pixels",
            ));
        }
        let (width, height) = (width as usize, height as usize);
        Ok(Self {
            width,
            height,
            loops,
            encoder: None,
            palette: None,
            distance: (0.0, 0.0),
            shown: vec![0; 4 * width * height],
            waiting: None,
            written_ms: 0,
        })
    }

    /// The smallest rectangle around the pixels for which `is_in` says so, of two pictures: from left and top to right and
    /// bottom, the latter not included.
    fn around(&self, a: &[u8], b: &[u8], is_in: fn(&[u8], &[u8]) -> bool) -> Option<[usize; 4]> {
        let mut found: Option<[usize; 4]> = None;
        let rows = a.chunks_exact(4 * self.width).zip(b.chunks_exact(4 * self.width));
        for (y, (a, b)) in rows.enumerate() {
            if a == b && !is_in(&[255; 4], &[255; 4]) && !is_in(&[0; 4], &[0; 4]) {
                continue;
            }
            let mut pixels = a.chunks_exact(4).zip(b.chunks_exact(4));
            let Some(first) = pixels.position(|(a, b)| is_in(a, b)) else {
                continue;
            };
            let last = pixels
                .rposition(|(a, b)| is_in(a, b))
                .map_or(first, |x| first + 1 + x);
            found = Some(
                found.map_or([first, y, last + 1, y + 1], |[left, top, right, _]| {
                    [left.min(first), top, right.max(last + 1), y + 1]
                }),
            );
        }
        found
    }

    /// Writes the frame that waits, so that `next` can be drawn on what it leaves.
    fn write(&mut self, frame: Waiting, next: Option<&[u8]>) -> Result<(), ImagingError> {
        // A frame cannot draw transparency over what is there: the frame before must take it away.
        let vanishing = next.and_then(|next| self.around(&frame.pixels, next, |a, b| a[3] > b[3]));
        let area = match (self.around(&self.shown, &frame.pixels, differ), vanishing) {
            // Some programs want the first frame to be whole.
            _ if self.encoder.is_none() => [0, 0, self.width, self.height],
            (Some(a), Some(b)) => [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])],
            (Some(area), None) | (None, Some(area)) => area,
            (None, None) => [0, 0, 1, 1],
        };
        let drawn = self.draw(&frame.pixels, area, vanishing.is_some());
        let [left, top, right, bottom] = area;
        let histogram = Histogram::of(&drawn);
        let is_still = self.encoder.is_none() && next.is_none();
        let dither = if is_still {
            Dither::Diffused
        } else {
            Dither::Ordered
        };

        let mut own = None;
        match &self.palette {
            None => {
                // One entry is for transparency; an opaque picture that stands alone needs none.
                let is_opaque = drawn.chunks_exact(4).all(|pixel| pixel[3] == 255);
                let palette = Palette::of(&histogram, if is_still && is_opaque { 256 } else { 255 });
                self.distance = palette.distance(&histogram);
                self.begin(&palette)?;
                self.palette = Some(palette);
            }
            Some(palette) if !self.serves(palette, &histogram) => own = Some(Palette::of(&histogram, 255)),
            Some(_) => {}
        }
        let own_bytes = own.as_ref().map(table);
        let (Some(palette), Some(encoder)) = (own.as_mut().or(self.palette.as_mut()), &mut self.encoder)
        else {
            return Err(ImagingError::encode(ImageFormat::Gif, "it has no palette"));
        };
        let transparent = u8::try_from(palette.entries().len()).ok();
        let indices = palette.indices(
            &drawn,
            right - left,
            (left, top),
            dither,
            transparent.unwrap_or_default(),
        );
        let ends_ms = self.written_ms + frame.delay_ms;
        // Of one hundredth browsers make ten.
        let delay = ((ends_ms + 5) / 10).saturating_sub((self.written_ms + 5) / 10);
        let delay = delay.max(if frame.delay_ms == 0 { 0 } else { 2 });
        self.written_ms = ends_ms;
        encoder
            .write_frame(&Frame {
                delay: u16::try_from(delay).unwrap_or(u16::MAX),
                dispose: if vanishing.is_some() {
                    DisposalMethod::Background
                } else {
                    DisposalMethod::Keep
                },
                transparent,
                needs_user_input: false,
                left: left as u16,
                top: top as u16,
                width: (right - left) as u16,
                height: (bottom - top) as u16,
                interlaced: false,
                palette: own_bytes,
                buffer: indices.into(),
            })
            .map_err(|error| failed(&error))
    }

    /// Whether the first frame's palette is good enough for another one.
    fn serves(&self, palette: &Palette, histogram: &Histogram) -> bool {
        let (mean, worst) = palette.distance(histogram);
        if histogram.has_at_most(FEW) {
            return worst == 0.0;
        }
        mean <= (REUSE_UP_TO * self.distance.0).max(REUSE_ALWAYS.0)
            && worst <= (REUSE_UP_TO * self.distance.1).max(REUSE_ALWAYS.1)
    }

    /// The changed pixels of an area, the others transparent; and notes what is seen afterwards.
    fn draw(&mut self, pixels: &[u8], [left, top, right, bottom]: [usize; 4], vanishes: bool) -> Vec<u8> {
        let mut drawn = Vec::with_capacity(4 * (right - left) * (bottom - top));
        let row = 4 * self.width;
        let rows = self.shown.chunks_exact_mut(row).zip(pixels.chunks_exact(row));
        for (shown, new) in rows.skip(top).take(bottom - top) {
            let shown = shown[4 * left..4 * right].chunks_exact_mut(4);
            for (shown, new) in shown.zip(new[4 * left..4 * right].chunks_exact(4)) {
                if differ(shown, new) {
                    drawn.extend_from_slice(new);
                    shown.copy_from_slice(new);
                } else {
                    drawn.extend_from_slice(&[0; 4]);
                }
                if vanishes {
                    shown.fill(0);
                }
            }
        }
        drawn
    }

    fn begin(&mut self, palette: &Palette) -> Result<(), ImagingError> {
        let (width, height) = (self.width as u16, self.height as u16);
        let mut encoder =
            Encoder::new(Vec::new(), width, height, &table(palette)).map_err(|error| failed(&error))?;
        let repeat = match self.loops {
            0 => Repeat::Infinite,
            loops => Repeat::Finite(u16::try_from(loops - 1).unwrap_or(u16::MAX)),
        };
        encoder.set_repeat(repeat).map_err(|error| failed(&error))?;
        self.encoder = Some(encoder);
        Ok(())
    }
}

impl AnimationEncoder for GifAnimation {
    fn push(&mut self, frame: &Raster, delay_ms: u32) -> Result<(), ImagingError> {
        if (frame.width as usize, frame.height as usize) != (self.width, self.height) {
            return Err(ImagingError::encode(
                ImageFormat::Gif,
                "its frames differ in size",
            ));
        }
        let delay_ms = u64::from(delay_ms);
        let pixels = halved(frame);
        match self.waiting.take() {
            Some(mut waiting) if self.around(&waiting.pixels, &pixels, differ).is_none() => {
                waiting.delay_ms += delay_ms;
                self.waiting = Some(waiting);
                return Ok(());
            }
            Some(waiting) => self.write(waiting, Some(&pixels))?,
            None => {}
        }
        self.waiting = Some(Waiting { pixels, delay_ms });
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, ImagingError> {
        if let Some(waiting) = self.waiting.take() {
            self.write(waiting, None)?;
        }
        let encoder = self
            .encoder
            .ok_or(ImagingError::encode(ImageFormat::Gif, "it has no picture"))?;
        encoder.into_inner().map_err(|error| failed(&error))
    }
}

/// Whether one is opaque and the other is not, or their colours are plainly different.
fn differ(a: &[u8], b: &[u8]) -> bool {
    a[3] != b[3] || a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > TOLERANCE)
}

/// RGBA with pixels that are opaque or nothing.
fn halved(raster: &Raster) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(4 * raster.width as usize * raster.height as usize);
    if raster.alpha {
        for pixel in raster.pixels.chunks_exact(4) {
            pixels.extend_from_slice(&match *pixel {
                [red, green, blue, alpha] if alpha >= 128 => [red, green, blue, 255],
                _ => [0; 4],
            });
        }
    } else {
        for pixel in raster.pixels.chunks_exact(3) {
            pixels.extend_from_slice(&[pixel[0], pixel[1], pixel[2], 255]);
        }
    }
    pixels
}

/// The palette's bytes, with an entry for transparency where there is room.
fn table(palette: &Palette) -> Vec<u8> {
    let mut table = palette.entries().concat();
    if table.len() < 3 * 256 {
        table.extend([0; 3]);
    }
    table
}

#[cfg(test)]
mod tests;
