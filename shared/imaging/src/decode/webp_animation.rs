//! Animated WebP, by libwebp's own player.

use std::marker::PhantomData;

use libwebp_sys as libwebp;

use super::webp::damaged;
use crate::{
    Allowance, Header, ImagingError,
    animation::{Canvas, Frame, Frames, shown_ms},
    raster::Raster,
    riff,
};

/// An ANMF's body has its delay here, in 24 bits (RFC 9649, section 2.7.1.1).
const DELAY_AT: usize = 12;

pub(super) struct WebpFrames<'a> {
    /// Never null; deleted when dropped.
    decoder: *mut libwebp::WebPAnimDecoder,
    /// The decoder reads the file while it lives.
    bytes: PhantomData<&'a [u8]>,
    header: Header,
    loops: u32,
    /// When the frame before ended.
    ended_ms: i32,
    /// Frames that the probe has counted and nobody has read yet.
    left: u32,
}

impl Drop for WebpFrames<'_> {
    fn drop(&mut self) {
        // SAFETY: it was made by WebPAnimDecoderNew and is deleted once.
        unsafe { libwebp::WebPAnimDecoderDelete(self.decoder) }
    }
}

impl<'a> WebpFrames<'a> {
    pub(super) fn open(
        bytes: &'a [u8],
        header: Header,
        allowance: &Allowance<'a>,
    ) -> Result<Self, ImagingError> {
        // libwebp's two canvases, a frame while it is decoded, and the copy that is handed out.
        allowance.memory(4 * Canvas::bytes(header.width, header.height))?;
        // libwebp adds delays up in an i32, which must not overflow.
        let total_ms: u64 = riff::chunks(bytes)
            .filter(|(name, _)| *name == b"ANMF")
            .filter_map(|(_, body)| body.get(DELAY_AT..DELAY_AT + 3))
            .map(|delay| u64::from(u32::from_le_bytes([delay[0], delay[1], delay[2], 0])))
            .sum();
        if i32::try_from(total_ms).is_err() {
            return Err(damaged("it takes longer than three weeks"));
        }
        let data = libwebp::WebPData {
            bytes: bytes.as_ptr(),
            size: bytes.len(),
        };
        // SAFETY: all-zero options are valid for the initialiser to fill.
        let mut options: libwebp::WebPAnimDecoderOptions = unsafe { std::mem::zeroed() };
        // SAFETY: `options` is a live structure.
        if unsafe { libwebp::WebPAnimDecoderOptionsInit(&mut options) } == 0 {
            return Err(damaged("libwebp could not be started"));
        }
        options.color_mode = libwebp::WEBP_CSP_MODE::MODE_RGBA;
        options.use_threads = 0;
        // SAFETY: `data` names one slice that outlives the decoder by the lifetime of `Self`; libwebp copies `data` and
        // `options` themselves.
        let decoder = unsafe { libwebp::WebPAnimDecoderNew(&data, &options) };
        if decoder.is_null() {
            return Err(damaged("its frames do not fit together"));
        }
        let mut frames = Self {
            decoder,
            bytes: PhantomData,
            header,
            loops: 0,
            ended_ms: 0,
            left: header.frames,
        };
        let mut info = libwebp::WebPAnimInfo::default();
        // SAFETY: the decoder lives, and `info` is a live structure.
        let known = unsafe { libwebp::WebPAnimDecoderGetInfo(frames.decoder, &mut info) } != 0;
        // The rows below are as long as the probe says: both must have read the same header.
        if !known || (info.canvas_width, info.canvas_height) != (header.width, header.height) {
            return Err(damaged("it has two sizes"));
        }
        frames.loops = info.loop_count;
        Ok(frames)
    }
}

impl Frames for WebpFrames<'_> {
    fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    fn loops(&self) -> u32 {
        self.loops
    }

    fn next(&mut self) -> Result<Option<Frame>, ImagingError> {
        // SAFETY: the decoder lives.
        if self.left == 0 || unsafe { libwebp::WebPAnimDecoderHasMoreFrames(self.decoder) } == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let (mut pixels, mut ends_ms) = (std::ptr::null_mut(), 0);
        // SAFETY: the decoder and the file live, and both targets are ours.
        if unsafe { libwebp::WebPAnimDecoderGetNext(self.decoder, &mut pixels, &mut ends_ms) } == 0
            || pixels.is_null()
        {
            return Err(damaged("one of its frames is broken"));
        }
        let length = 4 * self.header.width as usize * self.header.height as usize;
        // SAFETY: on success libwebp hands out its canvas, RGBA and without padding, good until the next call; its size was
        // compared with ours when it was opened.
        let pixels = unsafe { std::slice::from_raw_parts(pixels, length) }.to_vec();
        let delay_ms = u32::try_from(ends_ms.saturating_sub(self.ended_ms)).unwrap_or_default();
        self.ended_ms = ends_ms;
        Ok(Some(Frame {
            raster: Raster::new(self.header.width, self.header.height, true, pixels)?,
            delay_ms: shown_ms(delay_ms),
        }))
    }
}
