//! WebP, by libwebp.

use domain::ImageFormat;
use libwebp_sys as libwebp;

use crate::{
    ImagingError,
    pixels::Pixels,
    planar::{Chroma, Planar, Plane},
    raster::Raster,
};

/// How hard libwebp tries, 0 to 6. 2 takes half the time of the default 4, and costs 0.7 to 0.95 SSIMULACRA2 at equal bytes
/// (tests/bench/imaging); 3 takes as long as 4, and 1 costs up to 30 % of the bytes.
const METHOD: i32 = 4;
/// Of ten photographs at 800 px from the original, 6 takes 65 to 75 ms instead of 41 (on a busy machine), and 4.8 % fewer
/// bytes at equal SSIMULACRA2; 5 takes 44 ms and 2.8 % fewer. Other strengths of the filter and of `sns`, one segment, and
/// three passes gain less than 0.6 % or lose.
const THRIFTY_METHOD: i32 = 6;
/// The same where alpha is to be written, too: 6 would have libwebp try everything on it. Cut-outs of 300 to 800 px took 1.0 to
/// 4.6 s then instead of 0.03 to 0.19 (and 5 takes two or three times as long) for 6 to 8 % fewer bytes.
const THRIFTY_METHOD_WITH_ALPHA: i32 = METHOD;

/// How much of the loop filter is spared where it would blur what is sharp, 0 to 7. At equal bytes 4 gains 0.1 to 0.3
/// SSIMULACRA2 over the default 0, for no time; 7 gains 0.1 more at most.
const FILTER_SHARPNESS: i32 = 4;

/// How a picture is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// 1 to 100; alpha is lossless at any.
    Lossy(u8),
    /// The same for fewer bytes, in nearly twice the time.
    Thrifty(u8),
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
pub(crate) fn encode(pixels: &Pixels, coding: Coding) -> Result<Vec<u8>, ImagingError> {
    let (width, height) = pixels.sides();
    if width.max(height) > MAX_SIDE {
        return Err(failed(format!(
            "no side of it may be longer than {MAX_SIDE} pixels"
        )));
    }
    let mut config = libwebp::WebPConfig::new().map_err(|()| failed("libwebp could not be started"))?;
    match coding {
        Coding::Lossy(quality) | Coding::Thrifty(quality) => {
            config.quality = f32::from(quality.clamp(1, 100));
            config.filter_sharpness = FILTER_SHARPNESS;
            config.method = match coding {
                Coding::Thrifty(_) if pixels.has_alpha() => THRIFTY_METHOD_WITH_ALPHA,
                Coding::Thrifty(_) => THRIFTY_METHOD,
                _ => METHOD,
            };
        }
        Coding::Lossless => {
            config.lossless = 1;
            // Of lossless coding this is the effort, not the quality: a quarter of the default is three times faster for a
            // few per cent of the bytes.
            config.quality = 20.0;
            config.method = 1;
        }
    }
    let picture = libwebp::WebPPicture::new().map_err(|()| failed("libwebp could not be started"))?;
    // SAFETY: an all-zero writer is what WebPMemoryWriterInit makes, too; it holds no references.
    let written = unsafe { std::mem::zeroed() };
    let mut job = Job { picture, written };
    job.picture.use_argb = i32::from(coding == Coding::Lossless);
    job.picture.width = width as i32;
    job.picture.height = height as i32;
    match pixels {
        Pixels::Planar(planar) => job.import_planes(planar)?,
        Pixels::Raster(raster) => job.import_raster(raster)?,
    }
    // SAFETY: `job` outlives the calls and does not move between them, so that `custom_ptr` stays good until WebPEncode has
    // returned; the writer then holds `size` bytes at `mem`.
    unsafe {
        libwebp::WebPMemoryWriterInit(&mut job.written);
        job.picture.writer = Some(libwebp::WebPMemoryWrite);
        job.picture.custom_ptr = (&raw mut job.written).cast();
        if libwebp::WebPEncode(&config, &mut job.picture) == 0 {
            return Err(failed(format!("{:?}", job.picture.error_code)));
        }
        Ok(std::slice::from_raw_parts(job.written.mem, job.written.size).to_vec())
    }
}

fn failed(reason: impl Into<String>) -> ImagingError {
    ImagingError::encode(ImageFormat::Webp, reason)
}

impl Job {
    fn import_raster(&mut self, raster: &Raster) -> Result<(), ImagingError> {
        let stride = (raster.width as usize * raster.channels()) as i32;
        // SAFETY: the pixels are `height` rows of `stride` bytes, and are copied.
        let imported = unsafe {
            if raster.alpha {
                libwebp::WebPPictureImportRGBA(&mut self.picture, raster.pixels.as_ptr(), stride)
            } else {
                libwebp::WebPPictureImportRGB(&mut self.picture, raster.pixels.as_ptr(), stride)
            }
        };
        if imported == 0 {
            return Err(failed("out of memory"));
        }
        Ok(())
    }

    /// Planes with quartered chroma. libwebp takes them in the narrow range of video: 16 to 235, and 16 to 240 for chroma.
    fn import_planes(&mut self, planar: &Planar) -> Result<(), ImagingError> {
        if planar.chroma.is_some() && planar.step != (2, 2) {
            return Err(failed("chroma of more than a quarter"));
        }
        self.picture.use_argb = 0;
        self.picture.colorspace = libwebp::WebPEncCSP::WEBP_YUV420;
        // SAFETY: width and height are set, and the picture is initialised.
        if unsafe { libwebp::WebPPictureAlloc(&mut self.picture) } == 0 {
            return Err(failed("out of memory"));
        }
        // To the nearest.
        let luma = std::array::from_fn(|full| (16.0 + full as f32 * 219.0 / 255.0).round() as u8);
        let chroma =
            std::array::from_fn(|full| (128.0 + (full as f32 - 128.0) * 224.0 / 255.0).round() as u8);
        let (width, height) = (self.picture.width as u32, self.picture.height as u32);
        let quarter = Chroma::Quarter.sides(width, height);
        // SAFETY: WebPPictureAlloc made a plane of `height` rows, `y_stride` apart, and two of half the sides, rounded up,
        // `uv_stride` apart.
        unsafe {
            let (strides, planes) = (
                (self.picture.y_stride, self.picture.uv_stride),
                [self.picture.y, self.picture.u, self.picture.v],
            );
            fill(planes[0], strides.0, (width, height), Some(&planar.luma), &luma);
            let [blue, red] = match &planar.chroma {
                Some([blue, red]) => [Some(blue), Some(red)],
                None => [None, None],
            };
            fill(planes[1], strides.1, quarter, blue, &chroma);
            fill(planes[2], strides.1, quarter, red, &chroma);
        }
        Ok(())
    }
}

/// Copies a plane through a table; without a plane, gray.
///
/// # Safety
///
/// `to` has `height` rows of at least `width` bytes, `stride` bytes apart.
unsafe fn fill(
    to: *mut u8,
    stride: i32,
    (width, height): (u32, u32),
    plane: Option<&Plane>,
    table: &[u8; 256],
) {
    let (width, height, stride) = (width as usize, height as usize, stride as usize);
    for y in 0..height {
        // SAFETY: as the caller promises.
        let row = unsafe { std::slice::from_raw_parts_mut(to.add(y * stride), width) };
        match plane {
            Some(plane) => {
                let from = &plane.samples[y * plane.width as usize..][..width];
                row.iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to = table[usize::from(*from)]);
            }
            None => row.fill(128),
        }
    }
}
