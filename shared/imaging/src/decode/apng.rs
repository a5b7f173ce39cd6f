//! Animated PNG, by the `png` crate: frames put together as the standard says (W3C PNG, third edition, section 11.3.2).

use std::io::Cursor;

use png::{BlendOp, Decoder, DisposeOp, Limits, Reader, Transformations};

use super::png::undecodable;
use crate::{
    Allowance, Header, ImagingError,
    animation::{Canvas, Disposal, Frame, Frames, shown_ms},
    colour::Profile,
};

pub(super) struct PngFrames<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    header: Header,
    /// One frame as the crate hands it out.
    buffer: Vec<u8>,
    canvas: Canvas,
    disposal: Disposal,
    /// Frames that the probe has counted and nobody has read yet.
    left: u32,
    is_first: bool,
    allowance: Allowance<'a>,
}

impl<'a> PngFrames<'a> {
    pub(super) fn open(
        bytes: &'a [u8],
        header: Header,
        allowance: &Allowance<'a>,
    ) -> Result<Self, ImagingError> {
        // The canvas, the copy of it that is handed out, and a frame, with 16 bits a channel at most before they are cut.
        allowance.memory(4 * Canvas::bytes(header.width, header.height))?;
        let limits = Limits {
            bytes: usize::try_from(allowance.memory_bytes).unwrap_or(usize::MAX),
        };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        // Every kind of pixel becomes gray or RGB with alpha, 8 bits each.
        decoder.set_transformations(
            Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA,
        );
        decoder.set_ignore_text_chunk(true);
        let reader = decoder.read_info().map_err(|error| undecodable(&error))?;
        let size = reader
            .output_buffer_size()
            .ok_or(ImagingError::undecodable("the PNG is too large to be read"))?;
        let mut frames = Self {
            reader,
            header,
            buffer: vec![0; size],
            canvas: Canvas::new(header.width, header.height),
            disposal: Disposal::Keep,
            left: header.frames,
            is_first: true,
            allowance: *allowance,
        };
        if frames.reader.info().frame_control.is_none() {
            // A picture for programs that know no animations, and no frame of it.
            frames
                .reader
                .next_frame(&mut frames.buffer)
                .map_err(|error| undecodable(&error))?;
        }
        Ok(frames)
    }

    /// What the frames have to be converted from. Gray ones are handed out as RGB, which no profile for gray describes.
    pub(super) fn profile(&self) -> Option<Profile> {
        let info = self.reader.info();
        let gray = matches!(
            info.color_type,
            png::ColorType::Grayscale | png::ColorType::GrayscaleAlpha
        );
        if gray { None } else { super::png::profile(info) }
    }

    pub(super) fn exif(&self) -> Option<Vec<u8>> {
        self.reader.info().exif_metadata.as_deref().map(<[u8]>::to_vec)
    }
}

/// Lays a pixel on another one, both with straight alpha.
fn over(under: &mut [u8], top: [u8; 4]) {
    match (top[3], under[3]) {
        (0, _) => {}
        (255, _) | (_, 0) => under.copy_from_slice(&top),
        (alpha, behind) => {
            let alpha = u32::from(alpha);
            let behind = u32::from(behind) * (255 - alpha) / 255;
            let whole = alpha + behind;
            for (under, top) in under.iter_mut().zip(&top[..3]) {
                *under = ((u32::from(*top) * alpha + u32::from(*under) * behind + whole / 2) / whole) as u8;
            }
            under[3] = whole as u8;
        }
    }
}

impl Frames for PngFrames<'_> {
    fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    fn loops(&self) -> u32 {
        self.reader
            .info()
            .animation_control
            .map_or(0, |control| control.num_plays)
    }

    fn next(&mut self) -> Result<Option<Frame>, ImagingError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.canvas.dispose(std::mem::take(&mut self.disposal));
        let output = self
            .reader
            .next_frame(&mut self.buffer)
            .map_err(|error| undecodable(&error))?;
        let info = self.reader.info();
        let Some(control) = info.frame_control else {
            return Err(ImagingError::undecodable(
                "the PNG's animation has a frame without a place; save it anew",
            ));
        };
        // Interlaced frames lie in rows as long as the canvas's.
        let line = if info.interlaced {
            self.reader.output_line_size(self.header.width)
        } else {
            Some(output.line_size)
        };
        let line = line.ok_or(ImagingError::undecodable("the PNG is too large to be read"))?;
        let area = self.canvas.clip(
            control.x_offset as usize,
            control.y_offset as usize,
            output.width as usize,
            output.height as usize,
        );
        self.disposal = match control.dispose_op {
            DisposeOp::None => Disposal::Keep,
            DisposeOp::Background => Disposal::Clear(area),
            DisposeOp::Previous if self.is_first => Disposal::Clear(area),
            DisposeOp::Previous => {
                self.allowance
                    .memory(5 * Canvas::bytes(self.header.width, self.header.height))?;
                Disposal::Restore(area, self.canvas.saved(area))
            }
        };
        self.is_first = false;
        let gray = output.color_type == png::ColorType::GrayscaleAlpha;
        for (row, from) in self.canvas.rows(area).zip(self.buffer.chunks_exact(line)) {
            let pixels = row.chunks_exact_mut(4);
            let draw = |under: &mut [u8], top: [u8; 4]| match control.blend_op {
                BlendOp::Source => under.copy_from_slice(&top),
                BlendOp::Over => over(under, top),
            };
            if gray {
                pixels
                    .zip(from.chunks_exact(2))
                    .for_each(|(under, p)| draw(under, [p[0], p[0], p[0], p[1]]));
            } else {
                pixels
                    .zip(from.chunks_exact(4))
                    .for_each(|(under, p)| draw(under, [p[0], p[1], p[2], p[3]]));
            }
        }
        let (part, whole) = (u32::from(control.delay_num), u32::from(control.delay_den));
        // A denominator of 0 stands for hundredths (section 11.3.2.2).
        let delay_ms = shown_ms(part * 1_000 / if whole == 0 { 100 } else { whole });
        Ok(Some(Frame {
            raster: self.canvas.raster()?,
            delay_ms,
        }))
    }
}
