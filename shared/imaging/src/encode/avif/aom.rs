//! Still AV1 frames, by libaom. All calls of its encoder stand in this file.

use std::{
    ffi::{CStr, CString},
    iter,
    mem::MaybeUninit,
    ptr, slice,
};

use libaom_sys as aom;

use super::failed;
use crate::{
    Effort, ImagingError,
    planar::{Planar, Plane},
};

/// An option of libaom and its value.
type Setting = (&'static CStr, &'static CStr);

/// At any effort.
const ALWAYS: [Setting; 3] = [(c"tune", c"ssim"), (c"enable-qm", c"1"), (c"row-mt", c"0")];
/// Where there is time. Measured on ten photographs of 2 to 4 megapixels at 800 px (tests/bench/imaging/README.md has the
/// table): SSIMULACRA2 at equal bytes, and processor time. The cosine transform alone and no Paeth prediction cost 0.2 and save a
/// tenth of the time at speed 8, and a quarter at 6. `deltaq-mode`, `aq-mode`, `enable-chroma-deltaq`, `enable-cdef`,
/// `quant-b-adapt` and `tune=psnr` gain nothing worth having.
const UNHURRIED: [Setting; 5] = [
    (c"qm-min", c"0"),
    (c"sharpness", c"0"),
    (c"sb-size", c"64"),
    (c"use-intra-dct-only", c"1"),
    (c"enable-paeth-intra", c"0"),
];
/// What wins most is that distortion is weighed by the quantisation matrices (`dist-metric`), which speed 9 never asks about. No
/// trellis in the search for a mode, only for what is written (`disable-trellis-quant=2`), saves a twentieth for nothing.
const NORMAL: &[&[Setting]] = &[
    &ALWAYS,
    &UNHURRIED,
    &[
        (c"cpu-used", c"8"),
        (c"dist-metric", c"qm-psnr"),
        (c"qm-max", c"5"),
        (c"disable-trellis-quant", c"2"),
    ],
];
/// At 10 bits a sample, which alone gain 0.4 SSIMULACRA2 at equal bytes for a sixth of the time. Weaker matrices and the whole
/// trellis gain 0.1 each; distortion without the matrices, no filtered prediction and no blocks above 32 pixels, of which few would
/// be taken, save a twelfth for nothing. Speeds 4 and 5 take four times as long and gain nothing (the same table).
const HIGH: &[&[Setting]] = &[
    &ALWAYS,
    &UNHURRIED,
    &[
        (c"cpu-used", c"6"),
        (c"dist-metric", c"psnr"),
        (c"qm-max", c"4"),
        (c"max-partition-size", c"32"),
        (c"min-partition-size", c"8"),
        (c"enable-filter-intra", c"0"),
        (c"disable-trellis-quant", c"0"),
    ],
];
/// For pictures that would take too long otherwise: 24 ms at 800 px.
const HASTY: &[&[Setting]] = &[
    &ALWAYS,
    &[
        (c"cpu-used", c"9"),
        (c"qm-min", c"2"),
        (c"qm-max", c"10"),
        (c"sharpness", c"3"),
    ],
];
/// From so many pixels on haste counts: the time of a render has an end.
const HASTY_FROM_PIXELS: u64 = 4_000_000;
/// And from so many on no effort is high.
const NORMAL_FROM_PIXELS: u64 = 1_500_000;

/// How a picture is coded.
pub(super) struct Coding {
    settings: &'static [&'static [Setting]],
    pub(super) depth: Depth,
}

impl Coding {
    /// For a picture of these sides.
    pub(super) fn of(width: u32, height: u32, effort: Effort) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        let (settings, depth) = match effort {
            _ if pixels >= HASTY_FROM_PIXELS => (HASTY, Depth::Eight),
            Effort::High if pixels < NORMAL_FROM_PIXELS => (HIGH, Depth::Ten),
            _ => (NORMAL, Depth::Eight),
        };
        Self { settings, depth }
    }

    /// For the mask of a picture that is coded so: of the same depth, since readers refuse another (libavif does), and without
    /// more effort, which flat alpha is not worth.
    pub(super) fn of_mask(&self) -> Self {
        Self {
            settings: match self.depth {
                Depth::Eight => self.settings,
                Depth::Ten => NORMAL,
            },
            depth: self.depth,
        }
    }
}

/// Bits a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Eight,
    Ten,
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

/// The samples at 10 bits: the two below are those at the top, so that white stays white.
fn widened(plane: &Plane) -> Vec<u16> {
    let wide = |sample: &u8| u16::from(*sample) << 2 | u16::from(*sample) >> 6;
    plane.samples.iter().map(wide).collect()
}

/// A frame as AV1's open bitstream units, sequence header first. Without chroma it is monochrome.
pub(super) fn encode(planar: &Planar, quality: u8, coding: &Coding) -> Result<Vec<u8>, ImagingError> {
    let (width, height) = (planar.luma.width, planar.luma.height);
    let (format, profile) = match (&planar.chroma, planar.step) {
        (None, _) | (_, (2, 2)) => (aom::AOM_IMG_FMT_I420, 0),
        (_, (1, 1)) => (aom::AOM_IMG_FMT_I444, 1),
        (_, (across, down)) => return Err(failed(format!("chroma of {across} × {down} pixels"))),
    };
    let (format, depth, flags) = match coding.depth {
        Depth::Eight => (format, aom::AOM_BITS_8, 0),
        Depth::Ten => (
            format | aom::AOM_IMG_FMT_HIGHBITDEPTH,
            aom::AOM_BITS_10,
            aom::AOM_CODEC_USE_HIGHBITDEPTH,
        ),
    };
    let planes: Vec<&Plane> = iter::once(&planar.luma)
        .chain(planar.chroma.iter().flatten())
        .collect();
    let wide: Vec<Vec<u16>> = match coding.depth {
        Depth::Eight => Vec::new(),
        Depth::Ten => planes.iter().map(|plane| widened(plane)).collect(),
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
    config.g_bit_depth = depth;
    config.g_input_bit_depth = depth;
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
        let status =
            aom::aom_codec_enc_init_ver(context.as_mut_ptr(), interface, &config, flags.into(), version);
        if status != aom::AOM_CODEC_OK {
            return Err(failed(
                "libaom could not be started; the picture may be too large",
            ));
        }
        Encoder(context.assume_init())
    };
    // 0 is the best and 63 the worst; the scale of libavif and libheif, so that a number means the same everywhere.
    let level = ((100 - u32::from(quality)) * 63 + 50) / 100;
    let level = CString::new(level.to_string()).map_err(|_| failed("a number with a NUL"))?;
    encoder.option(c"cq-level", &level)?;
    for (name, value) in coding.settings.iter().copied().flatten() {
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
        image.bit_depth = depth;
        for (index, plane) in planes.iter().enumerate() {
            (image.planes[index], image.stride[index]) = match wide.get(index) {
                Some(wide) => (wide.as_ptr().cast_mut().cast(), 2 * plane.width as i32),
                None => (plane.samples.as_ptr().cast_mut(), plane.width as i32),
            };
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
