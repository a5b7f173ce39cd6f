//! Animated WebP, by libwebp: of each frame what changes, and a frame that changes nothing is the one before for longer.

use std::ffi::CStr;

use domain::ImageFormat;
use libwebp_sys as libwebp;

use crate::{Allowance, ImagingError, animation::AnimationEncoder, raster::Raster};

/// How hard libwebp tries, 0 to 6; as for still pictures, and frames are many.
const METHOD: i32 = 2;
/// The longest side of a WebP (RFC 9649, section 3.4), in pixels.
const MAX_SIDE: u32 = 16_383;
/// The longest delay (RFC 9649, section 2.7.1.1): 24 bits.
const MAX_DELAY_MS: u32 = (1 << 24) - 1;
/// How often it may be played (RFC 9649, section 2.7.1.1): 16 bits.
const MAX_LOOPS: u32 = u16::MAX as u32;

pub(crate) struct WebpAnimation {
    /// Never null; deleted when dropped.
    encoder: *mut libwebp::WebPAnimEncoder,
    config: libwebp::WebPConfig,
    width: u32,
    height: u32,
    /// When the last frame ends.
    ends_ms: i32,
}

impl Drop for WebpAnimation {
    fn drop(&mut self) {
        // SAFETY: it was made by WebPAnimEncoderNewInternal and is deleted once.
        unsafe { libwebp::WebPAnimEncoderDelete(self.encoder) }
    }
}

/// libwebp's picture, freed when dropped.
struct Picture(libwebp::WebPPicture);

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: it was initialised by libwebp and is freed once.
        unsafe { libwebp::WebPPictureFree(&mut self.0) }
    }
}

/// libwebp's bytes, freed when dropped.
struct Data(libwebp::WebPData);

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: it is empty, or libwebp has allocated it; freed once.
        unsafe { libwebp::WebPDataClear(&mut self.0) }
    }
}

fn failed(reason: impl Into<String>) -> ImagingError {
    ImagingError::encode(ImageFormat::Webp, reason)
}

impl WebpAnimation {
    /// A lossy animation of quality 1 to 100 that is played so often; 0 is without an end.
    pub(crate) fn boxed(
        width: u32,
        height: u32,
        loops: u32,
        quality: u8,
        allowance: &Allowance<'_>,
    ) -> Result<Box<dyn AnimationEncoder>, ImagingError> {
        if width.max(height) > MAX_SIDE {
            return Err(failed(format!(
                "no side of it may be longer than {MAX_SIDE} pixels"
            )));
        }
        // Three canvases of libwebp's, the frame, and what the encoder makes of it: YUV with alpha, predictions, tokens.
        allowance.memory(28 * u64::from(width) * u64::from(height))?;
        let not_started = |()| failed("libwebp could not be started");
        let mut config = libwebp::WebPConfig::new().map_err(not_started)?;
        config.quality = f32::from(quality.clamp(1, 100));
        config.method = METHOD;
        // SAFETY: all-zero options are valid for the initialiser to fill.
        let mut options: libwebp::WebPAnimEncoderOptions = unsafe { std::mem::zeroed() };
        let abi = libwebp::WEBP_MUX_ABI_VERSION as i32;
        // SAFETY: `options` is a live structure of the version that is named.
        if unsafe { libwebp::WebPAnimEncoderOptionsInitInternal(&mut options, abi) } == 0 {
            return Err(not_started(()));
        }
        options.anim_params.loop_count = loops.min(MAX_LOOPS) as i32;
        // SAFETY: libwebp copies the options, which it has initialised itself.
        let encoder =
            unsafe { libwebp::WebPAnimEncoderNewInternal(width as i32, height as i32, &options, abi) };
        if encoder.is_null() {
            return Err(failed("out of memory"));
        }
        Ok(Box::new(Self {
            encoder,
            config,
            width,
            height,
            ends_ms: 0,
        }))
    }

    fn last_error(&self) -> ImagingError {
        // SAFETY: the encoder lives, and its message is a C string inside it, copied here.
        let message = unsafe { CStr::from_ptr(libwebp::WebPAnimEncoderGetError(self.encoder)) };
        failed(message.to_string_lossy())
    }
}

impl AnimationEncoder for WebpAnimation {
    fn push(&mut self, frame: &Raster, delay_ms: u32) -> Result<(), ImagingError> {
        if (frame.width, frame.height) != (self.width, self.height) {
            return Err(failed("its frames differ in size"));
        }
        let picture = libwebp::WebPPicture::new().map_err(|()| failed("libwebp could not be started"))?;
        let mut picture = Picture(picture);
        picture.0.use_argb = 1;
        picture.0.width = self.width as i32;
        picture.0.height = self.height as i32;
        let stride = (self.width as usize * frame.channels()) as i32;
        // SAFETY: the pixels are one slice of `height` rows of `stride` bytes, copied by the import.
        let imported = unsafe {
            if frame.alpha {
                libwebp::WebPPictureImportRGBA(&mut picture.0, frame.pixels.as_ptr(), stride)
            } else {
                libwebp::WebPPictureImportRGB(&mut picture.0, frame.pixels.as_ptr(), stride)
            }
        };
        if imported == 0 {
            return Err(failed("out of memory"));
        }
        // SAFETY: encoder, picture and configuration live; libwebp keeps none of the latter two behind the call.
        let added =
            unsafe { libwebp::WebPAnimEncoderAdd(self.encoder, &mut picture.0, self.ends_ms, &self.config) };
        if added == 0 {
            return Err(self.last_error());
        }
        self.ends_ms = i32::try_from(delay_ms.min(MAX_DELAY_MS))
            .ok()
            .and_then(|delay_ms| self.ends_ms.checked_add(delay_ms))
            .ok_or_else(|| failed("it takes longer than three weeks"))?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, ImagingError> {
        let mut data = Data(libwebp::WebPData::default());
        // SAFETY: no picture and the time say that all frames are there (webp/mux.h); the result goes to a live structure.
        let assembled = unsafe {
            libwebp::WebPAnimEncoderAdd(self.encoder, std::ptr::null_mut(), self.ends_ms, std::ptr::null())
                != 0
                && libwebp::WebPAnimEncoderAssemble(self.encoder, &mut data.0) != 0
        };
        if !assembled || data.0.bytes.is_null() {
            return Err(self.last_error());
        }
        // SAFETY: libwebp has written so many bytes there, and they are freed behind the copy.
        Ok(unsafe { std::slice::from_raw_parts(data.0.bytes, data.0.size) }.to_vec())
    }
}
