//! WebP, by libwebp.

use domain::ImageFormat;
use libwebp_sys as libwebp;

use crate::{ImagingError, raster::Raster};

/// How hard libwebp tries, 0 to 6. Measured on five photographs at 800 px and quality 80: 2 takes half the time of the
/// default 4 (17–34 ms for 32–59) for 2 to 5 % more bytes; 3 takes as long as 4, and 1 costs up to 30 % more bytes.
const METHOD: i32 = 2;

/// What of the picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// 1 to 100; alpha is lossless at any.
    Lossy(u8),
    /// Every pixel, and of fully transparent ones the colour is not kept.
    Lossless,
}

/// The longest side of a WebP (RFC 9649, section 3.4), in pixels.
const MAX_SIDE: u32 = 16_383;

/// libwebp's picture and what it has written, freed when dropped.
struct Job {
    picture: libwebp::WebPPicture,
    written: libwebp::WebPMemoryWriter,
}

impl Drop for Job {
    fn drop(&mut self) {
        // SAFETY: both were initialised by libwebp and are freed once.
        unsafe {
            libwebp::WebPPictureFree(&mut self.picture);
            libwebp::WebPMemoryWriterClear(&mut self.written);
        }
    }
}

/// Writes a picture, with its alpha where it has one.
pub(crate) fn encode(raster: &Raster, effort: Effort) -> Result<Vec<u8>, ImagingError> {
    let failed = |reason: String| ImagingError::encode(ImageFormat::Webp, reason);
    if raster.width.max(raster.height) > MAX_SIDE {
        return Err(failed(format!(
            "no side of it may be longer than {MAX_SIDE} pixels"
        )));
    }
    let mut config =
        libwebp::WebPConfig::new().map_err(|()| failed("libwebp could not be started".to_owned()))?;
    match effort {
        Effort::Lossy(quality) => {
            config.quality = f32::from(quality.clamp(1, 100));
            config.method = METHOD;
        }
        Effort::Lossless => {
            config.lossless = 1;
            // Of lossless coding this is the effort, not the quality: a quarter of the default is three times faster for a
            // few per cent of the bytes.
            config.quality = 20.0;
            config.method = 1;
        }
    }
    let picture =
        libwebp::WebPPicture::new().map_err(|()| failed("libwebp could not be started".to_owned()))?;
    // SAFETY: an all-zero writer is what WebPMemoryWriterInit makes, too; it holds no references.
    let written = unsafe { std::mem::zeroed() };
    let mut job = Job { picture, written };
    // SAFETY: the pixels are one slice of `height` rows of `stride` bytes, copied by the import; `job` outlives the calls
    // and does not move between them, so that `custom_ptr` stays good until WebPEncode has returned.
    unsafe {
        libwebp::WebPMemoryWriterInit(&mut job.written);
        job.picture.use_argb = i32::from(effort == Effort::Lossless);
        job.picture.width = raster.width as i32;
        job.picture.height = raster.height as i32;
        job.picture.writer = Some(libwebp::WebPMemoryWrite);
        job.picture.custom_ptr = (&raw mut job.written).cast();
        let stride = (raster.width as usize * raster.channels()) as i32;
        let imported = if raster.alpha {
            libwebp::WebPPictureImportRGBA(&mut job.picture, raster.pixels.as_ptr(), stride)
        } else {
            libwebp::WebPPictureImportRGB(&mut job.picture, raster.pixels.as_ptr(), stride)
        };
        if imported == 0 {
            return Err(failed("out of memory".to_owned()));
        }
        if libwebp::WebPEncode(&config, &mut job.picture) == 0 {
            return Err(failed(format!("{:?}", job.picture.error_code)));
        }
        Ok(std::slice::from_raw_parts(job.written.mem, job.written.size).to_vec())
    }
}
