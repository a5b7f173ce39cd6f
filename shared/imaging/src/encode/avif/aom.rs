//! Still AV1 frames, by libaom. All calls of its encoder stand in this file.

use std::{ffi::CStr, mem::MaybeUninit, ptr, slice};

use libaom_sys as aom;

use super::failed;
use crate::{ImagingError, encode::Spending, planar::Planar};

/// How libaom works. Measured on ten photographs of 2 to 4 megapixels at 800 px (tests/bench/imaging/README.md has the
/// table): SSIMULACRA2 at 20,998 bytes, and processor time. What wins most is that distortion is weighed by the quantisation
/// matrices (`dist-metric`), which speed 9 never asks about. The cosine transform alone and no Paeth prediction cost 0.2 and
/// save a tenth of the time at speed 8, and a quarter at 6. No trellis in the search for a mode, only for what is written
/// (`disable-trellis-quant=2`), saves a twentieth for nothing. `deltaq-mode`, `aq-mode`, `enable-chroma-deltaq`,
/// `enable-cdef`, `quant-b-adapt` and `tune=psnr` gain nothing worth having.
const SETTINGS: [(&CStr, &CStr); 11] = [
    (c"tune", c"ssim"),
    (c"dist-metric", c"qm-psnr"),
    (c"enable-qm", c"1"),
    (c"qm-min", c"0"),
    (c"qm-max", c"5"),
    (c"sharpness", c"0"),
    (c"sb-size", c"64"),
    (c"use-intra-dct-only", c"1"),
    (c"enable-paeth-intra", c"0"),
    (c"disable-trellis-quant", c"2"),
    (c"row-mt", c"0"),
];
/// For pictures that would take too long otherwise: 24 ms at 800 px.
const HASTY: [(&CStr, &CStr); 7] = [
    (c"cpu-used", c"9"),
    (c"tune", c"ssim"),
    (c"enable-qm", c"1"),
    (c"qm-min", c"2"),
    (c"qm-max", c"10"),
    (c"sharpness", c"3"),
    (c"row-mt", c"0"),
];
/// From so many pixels on haste counts: the time of a render has an end.
const HASTY_FROM_PIXELS: u64 = 4_000_000;
/// And from so many on nothing more is spent than usual.
const USUAL_FROM_PIXELS: u64 = 1_500_000;

/// What is set of libaom for a picture of these sides.
fn settings(width: u32, height: u32, spending: Spending) -> Vec<(&'static CStr, &'static CStr)> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels >= HASTY_FROM_PIXELS {
        return HASTY.to_vec();
    }
    let speed = match spending {
        Spending::Thrifty if pixels < USUAL_FROM_PIXELS => c"6",
        _ => c"8",
    };
    let mut settings = vec![(c"cpu-used", speed)];
    settings.extend(SETTINGS);
    settings
}

/// An encoder of libaom, closed when dropped.
struct Encoder(aom::aom_codec_ctx_t);

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised and is destroyed once.
        unsafe { aom::aom_codec_destroy(&mut self.0) };
    }
}

impl Encoder {
    fn option(&mut self, name: &CStr, value: &CStr) -> Result<(), ImagingError> {
        // SAFETY: the context is live; libaom reads both texts during the call.
        let status = unsafe { aom::aom_codec_set_option(&mut self.0, name.as_ptr(), value.as_ptr()) };
        if status == aom::AOM_CODEC_OK {
            Ok(())
        } else {
            Err(failed(format!(
                "libaom refuses the option {}",
                name.to_string_lossy()
            )))
        }
    }
}

/// A frame as AV1's open bitstream units, sequence header first. Without chroma it is monochrome.
pub(super) fn encode(planar: &Planar, quality: u8, spending: Spending) -> Result<Vec<u8>, ImagingError> {
    let (width, height) = (planar.luma.width, planar.luma.height);
    let (format, profile) = match (&planar.chroma, planar.step) {
        (None, _) | (_, (2, 2)) => (aom::AOM_IMG_FMT_I420, 0),
        (_, (1, 1)) => (aom::AOM_IMG_FMT_I444, 1),
        (_, (across, down)) => return Err(failed(format!("chroma of {across} × {down} pixels"))),
    };
    let mut config = MaybeUninit::zeroed();
    // SAFETY: libaom fills the configuration, which is used only where that succeeded.
    let mut config: aom::aom_codec_enc_cfg_t = unsafe {
        let interface = aom::aom_codec_av1_cx();
        let status =
            aom::aom_codec_enc_config_default(interface, config.as_mut_ptr(), aom::AOM_USAGE_ALL_INTRA);
        if status != aom::AOM_CODEC_OK {
            return Err(failed("libaom could not be started"));
        }
        config.assume_init()
    };
    config.g_w = width;
    config.g_h = height;
    config.g_profile = profile;
    // One frame: a still picture with its short header.
    config.g_limit = 1;
    config.g_lag_in_frames = 0;
    // The caller decides how many pictures are worked on at once.
    config.g_threads = 1;
    config.rc_end_usage = aom::AOM_Q;
    config.rc_min_quantizer = 0;
    config.rc_max_quantizer = 63;
    config.monochrome = u32::from(planar.chroma.is_none());

    let mut context = MaybeUninit::zeroed();
    // SAFETY: `aom_codec_enc_init_ver` fills the context, which is used only where that succeeded.
    let mut encoder = unsafe {
        let version = aom::AOM_ENCODER_ABI_VERSION as i32;
        let interface = aom::aom_codec_av1_cx();
        let status = aom::aom_codec_enc_init_ver(context.as_mut_ptr(), interface, &config, 0, version);
        if status != aom::AOM_CODEC_OK {
            return Err(failed(
                "libaom could not be started; the picture may be too large",
            ));
        }
        Encoder(context.assume_init())
    };
    // 0 is the best and 63 the worst; the scale of libavif and libheif, so that a number means the same everywhere.
    let level = ((100 - u32::from(quality)) * 63 + 50) / 100;
    let level = std::ffi::CString::new(level.to_string()).map_err(|_| failed("a number with a NUL"))?;
    encoder.option(c"cq-level", &level)?;
    for (name, value) in settings(width, height, spending) {
        encoder.option(name, value)?;
    }
    // ITU-T H.273: sRGB's primaries and transfer, and the matrix of JFIF.
    for (control, value) in [
        (aom::AV1E_SET_COLOR_PRIMARIES, 1),
        (aom::AV1E_SET_TRANSFER_CHARACTERISTICS, 13),
        (aom::AV1E_SET_MATRIX_COEFFICIENTS, 6),
        (aom::AV1E_SET_COLOR_RANGE, 1),
    ] {
        // SAFETY: the context is live, and these four controls take an int.
        let status = unsafe { aom::aom_codec_control(&mut encoder.0, control as i32, value) };
        if status != aom::AOM_CODEC_OK {
            return Err(failed("libaom refuses sRGB"));
        }
    }

    let mut image = MaybeUninit::zeroed();
    // SAFETY: the image borrows the planes, which outlive it: each has the sides that libaom expects of this format, and its
    // rows are as far apart as it is wide. libaom does not write to them without denoising.
    let bytes = unsafe {
        let luma = planar.luma.samples.as_ptr().cast_mut();
        if aom::aom_img_wrap(image.as_mut_ptr(), format, width, height, 1, luma).is_null() {
            return Err(failed("it is too large"));
        }
        let mut image = image.assume_init();
        image.range = aom::AOM_CR_FULL_RANGE;
        image.monochrome = i32::from(planar.chroma.is_none());
        image.stride[0] = width as i32;
        if let Some(planes) = &planar.chroma {
            for (index, plane) in planes.iter().enumerate() {
                image.planes[index + 1] = plane.samples.as_ptr().cast_mut();
                image.stride[index + 1] = plane.width as i32;
            }
        }
        let flags = i64::from(aom::AOM_EFLAG_FORCE_KF);
        let mut bytes = Vec::new();
        for frame in [&raw const image, ptr::null()] {
            if aom::aom_codec_encode(&mut encoder.0, frame, 0, 1, flags) != aom::AOM_CODEC_OK {
                return Err(failed("libaom gave up"));
            }
            let mut iterator = ptr::null();
            while let Some(packet) = aom::aom_codec_get_cx_data(&mut encoder.0, &mut iterator).as_ref() {
                if packet.kind == aom::AOM_CODEC_CX_FRAME_PKT {
                    let frame = &packet.data.frame;
                    bytes.extend_from_slice(slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz));
                }
            }
        }
        bytes
    };
    Ok(bytes)
}
