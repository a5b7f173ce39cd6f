//! AV1 frames, by libaom. All calls of it stand in this file.
//!
//! Not by rav1d: its one public door is `extern "C"`, through which no panic may unwind, and the first property test found
//! one (1.1.0, an `unwrap` in the error path of a frame that is refused): a crafted file ended the process.

use std::{mem::MaybeUninit, ptr, slice};

use libaom_sys as aom;

use super::avif::damaged;
use crate::ImagingError;

/// Code points of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cicp {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

/// A decoded frame, while libaom holds it.
pub(super) struct Frame<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) depth: u32,
    /// Whether a sample has two bytes.
    pub(super) wide: bool,
    pub(super) planes: [Plane<'a>; 3],
    /// Whether chroma is halved across and down; none where there is no chroma.
    pub(super) subsampling: Option<(bool, bool)>,
    pub(super) cicp: Cicp,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Plane<'a> {
    pub(super) bytes: &'a [u8],
    /// Bytes from row to row.
    pub(super) stride: usize,
}

impl Plane<'_> {
    /// The first samples of a row.
    pub(super) fn row(&self, y: usize, wide: bool, into: &mut [f32]) {
        let row = &self.bytes[y * self.stride..];
        if wide {
            for (sample, pair) in into.iter_mut().zip(row.chunks_exact(2)) {
                *sample = f32::from(u16::from_ne_bytes([pair[0], pair[1]]));
            }
        } else {
            for (sample, byte) in into.iter_mut().zip(row) {
                *sample = f32::from(*byte);
            }
        }
    }
}

/// A decoder of libaom, closed when dropped.
struct Decoder(aom::aom_codec_ctx_t);

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised and is destroyed once.
        unsafe { aom::aom_codec_destroy(&mut self.0) };
    }
}

/// Refuses what would make libaom ask for more memory than the header of the file announced.
///
/// libaom believes the sequence header inside the data, so that must be the only one (AV1 Image File Format, section 2.1)
/// and small enough.
fn check_sequence(obus: &[u8], max_pixels: u64) -> Result<(), ImagingError> {
    let mut rest = obus;
    let mut sequence_headers = 0;
    // AV1, section 5.3.
    while let Some((&head, after)) = rest.split_first() {
        let (kind, extended, sized) = ((head >> 3) & 0xf, head & 4 != 0, head & 2 != 0);
        let mut body = after.get(usize::from(extended)..).unwrap_or_default();
        let mut size = body.len();
        if sized {
            let mut value = 0_u64;
            for shift in 0..8 {
                let (&byte, after) = body
                    .split_first()
                    .ok_or_else(|| damaged("its picture data is damaged"))?;
                body = after;
                value |= u64::from(byte & 0x7f) << (7 * shift);
                if byte & 0x80 == 0 {
                    break;
                }
            }
            size = usize::try_from(value).unwrap_or(usize::MAX);
        }
        sequence_headers += usize::from(kind == 1);
        rest = body
            .get(size..)
            .ok_or_else(|| damaged("its picture data is damaged"))?;
    }
    let mut info = aom::aom_codec_stream_info_t {
        w: 0,
        h: 0,
        is_kf: 0,
        number_spatial_layers: 0,
        number_temporal_layers: 0,
        is_annexb: 0,
    };
    // SAFETY: pointer and length are those of one slice; `info` is a live local.
    let status = unsafe {
        aom::aom_codec_peek_stream_info(aom::aom_codec_av1_dx(), obus.as_ptr(), obus.len(), &mut info)
    };
    let pixels = u64::from(info.w) * u64::from(info.h);
    if status != aom::AOM_CODEC_OK || sequence_headers != 1 || pixels == 0 || pixels > max_pixels {
        return Err(damaged("its picture does not match its header"));
    }
    Ok(())
}

/// Decodes one still picture and shows it to `read`.
pub(super) fn with_frame<T>(
    obus: &[u8],
    max_pixels: u64,
    read: impl FnOnce(&Frame<'_>) -> Result<T, ImagingError>,
) -> Result<T, ImagingError> {
    check_sequence(obus, max_pixels)?;
    // One thread: the caller decides how many pictures are worked on at once.
    let config = aom::aom_codec_dec_cfg_t {
        threads: 1,
        w: 0,
        h: 0,
        allow_lowbitdepth: 1,
    };
    let mut context = MaybeUninit::zeroed();
    // SAFETY: `aom_codec_dec_init_ver` fills the context, which is used only where that succeeded.
    let mut decoder = unsafe {
        let version = aom::AOM_DECODER_ABI_VERSION as i32;
        let status =
            aom::aom_codec_dec_init_ver(context.as_mut_ptr(), aom::aom_codec_av1_dx(), &config, 0, version);
        if status != aom::AOM_CODEC_OK {
            return Err(damaged("the decoder could not be started"));
        }
        Decoder(context.assume_init())
    };
    // SAFETY: pointer and length are those of one slice, read during the call; the image belongs to the decoder, which
    // lives until `read` has returned and is not asked for anything in between.
    let image = unsafe {
        let status = aom::aom_codec_decode(&mut decoder.0, obus.as_ptr(), obus.len(), ptr::null_mut());
        if status != aom::AOM_CODEC_OK {
            return Err(damaged("its picture data is damaged"));
        }
        let mut iterator = ptr::null();
        aom::aom_codec_get_frame(&mut decoder.0, &mut iterator).as_ref()
    };
    // SAFETY: as above.
    let frame = unsafe { frame(image.ok_or_else(|| damaged("it has no picture"))?) }?;
    read(&frame)
}

/// Wraps libaom's image.
///
/// # Safety
///
/// `image` came from `aom_codec_get_frame`, and its decoder is not used while the frame lives.
unsafe fn frame(image: &aom::aom_image_t) -> Result<Frame<'_>, ImagingError> {
    let (width, height) = (image.d_w as usize, image.d_h as usize);
    if width == 0 || height == 0 {
        return Err(damaged("it has no pixels"));
    }
    let wide = image.fmt & aom::AOM_IMG_FMT_HIGHBITDEPTH != 0;
    let subsampling =
        (image.monochrome == 0).then_some((image.x_chroma_shift == 1, image.y_chroma_shift == 1));
    let plane = |index: usize, width: usize, height: usize| {
        let (data, Ok(stride)) = (image.planes[index], usize::try_from(image.stride[index])) else {
            return Err(damaged("a plane is missing"));
        };
        if data.is_null() {
            return Err(damaged("a plane is missing"));
        }
        let length = stride * (height - 1) + width * if wide { 2 } else { 1 };
        // SAFETY: a plane has `height` rows, `stride` bytes apart, each with at least `width` samples.
        Ok(Plane {
            bytes: unsafe { slice::from_raw_parts(data, length) },
            stride,
        })
    };
    let mut planes = [plane(0, width, height)?, Plane::default(), Plane::default()];
    if let Some((across, down)) = subsampling {
        let (width, height) = (
            width.div_ceil(1 + usize::from(across)),
            height.div_ceil(1 + usize::from(down)),
        );
        planes[1] = plane(1, width, height)?;
        planes[2] = plane(2, width, height)?;
    }
    let cicp = Cicp {
        primaries: u8::try_from(image.cp).unwrap_or(2),
        transfer: u8::try_from(image.tc).unwrap_or(2),
        matrix: u8::try_from(image.mc).unwrap_or(2),
        full_range: image.range == aom::AOM_CR_FULL_RANGE,
    };
    Ok(Frame {
        width,
        height,
        depth: image.bit_depth,
        wide,
        planes,
        subsampling,
        cicp,
    })
}
