//! JPEG, by libjpeg-turbo: at a half, a quarter or an eighth of the size where that is enough.
//!
//! The safe wrapper of the `turbojpeg` crate cannot tell a warning from an error, and the difference matters here:
//! hence the C functions themselves, all of them in this file.

use std::{
    ffi::{CStr, c_int},
    ptr,
};

use turbojpeg::raw;

use super::{Decoded, DecodedPixels, Demand};
use crate::{
    Allowance, ImagingError,
    colour::Profile,
    planar::{Planar, Plane},
    raster::{Channels, Samples},
};

/// Scans of a progressive file. Encoders write about ten; each one costs a pass over all coefficients, so thousands of
/// empty ones are a bomb of time (libjpeg-turbo.org, "Two issues with the JPEG standard").
const MAX_SCANS: c_int = 100;

/// What stands in a JPEG beside its pixels.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Segments {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
    /// The packet of XMP.
    pub(crate) xmp: Option<Vec<u8>>,
    /// Photoshop's image resources, of all segments that they are spread over.
    pub(crate) photoshop: Option<Vec<u8>>,
    /// Whether Adobe's marker is there: its CMYK is stored inverted.
    pub(crate) adobe: bool,
}

/// Reads the segments before the first scan.
pub(crate) fn segments(bytes: &[u8]) -> Segments {
    let mut found = Segments::default();
    // ICC.1:2022, annex B.4: numbered pieces, counted from 1.
    let mut icc: Vec<(u8, &[u8])> = Vec::new();
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = rest.iter().position(|&b| b == 0xff) {
        rest = &rest[at + 1..];
        let Some((&code, after)) = rest.split_first() else {
            break;
        };
        if matches!(code, 0x00 | 0x01 | 0xd0..=0xd8) {
            rest = after;
            continue;
        }
        if code == 0xff {
            continue;
        }
        let Some((length, after)) = after.split_first_chunk::<2>() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes(*length)).saturating_sub(2);
        let Some((body, after)) = after.split_at_checked(length) else {
            break;
        };
        rest = after;
        match code {
            0xe1 => {
                let block = |name: &[u8]| body.strip_prefix(name).map(<[u8]>::to_vec);
                found.exif = found.exif.or_else(|| block(b"Exif\0\0"));
                found.xmp = found.xmp.or_else(|| block(b"http://ns.adobe.com/xap/1.0/\0"));
            }
            0xed => {
                if let Some(resources) = body.strip_prefix(b"Photoshop 3.0\0") {
                    found.photoshop.get_or_insert_default().extend(resources);
                }
            }
            0xe2 => {
                if let Some([number, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    icc.push((*number, piece));
                }
            }
            0xee => found.adobe |= body.starts_with(b"Adobe"),
            0xda | 0xd9 => break,
            _ => {}
        }
    }
    icc.sort_by_key(|(number, _)| *number);
    let numbered = icc
        .iter()
        .zip(1..=u8::MAX)
        .all(|((number, _), expected)| *number == expected);
    if !icc.is_empty() && numbered {
        found.icc = Some(icc.into_iter().flat_map(|(_, piece)| piece).copied().collect());
    }
    found
}

/// A decompressor of libjpeg-turbo, closed when dropped.
struct Handle(raw::tjhandle, Tolerance);

/// What is done about a warning that costs a part of the picture.
#[derive(Clone, Copy, PartialEq)]
enum Tolerance {
    Refuse,
    Accept,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from tj3Init and is dropped once.
        unsafe { raw::tj3Destroy(self.0) }
    }
}

impl Handle {
    fn new(tolerance: Tolerance) -> Result<Self, ImagingError> {
        // SAFETY: no preconditions.
        let handle = unsafe { raw::tj3Init(raw::TJINIT_TJINIT_DECOMPRESS as c_int) };
        if handle.is_null() {
            return Err(ImagingError::undecodable(
                "the JPEG decoder could not be started: out of memory",
            ));
        }
        Ok(Self(handle, tolerance))
    }

    fn get(&self, parameter: raw::TJPARAM) -> c_int {
        // SAFETY: the handle is live.
        unsafe { raw::tj3Get(self.0, parameter as c_int) }
    }

    fn set(&self, parameter: raw::TJPARAM, value: c_int) {
        // SAFETY: the handle is live. A refused value leaves the default, which is no worse than not asking.
        unsafe { raw::tj3Set(self.0, parameter as c_int, value) };
    }

    /// Turns the answer of a C function into an error, unless it is a warning that does no harm.
    fn check(&self, answer: c_int) -> Result<(), ImagingError> {
        if answer == 0 {
            return Ok(());
        }
        // SAFETY: the handle is live; the text is NUL-terminated and owned by it, and copied at once.
        let (warning, text) = unsafe {
            let warning = raw::tj3GetErrorCode(self.0) == raw::TJERR_TJERR_WARNING as c_int;
            (
                warning,
                CStr::from_ptr(raw::tj3GetErrorStr(self.0))
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        if warning && (self.1 == Tolerance::Accept || is_harmless(&text)) {
            return Ok(());
        }
        let reason = if warning || text.starts_with("Corrupt") {
            format!(
                "the JPEG data is damaged, so part of the picture is lost ({text}); send the file again, or save it anew"
            )
        } else {
            format!("the JPEG cannot be read ({text}); save it anew as an ordinary JPEG")
        };
        Err(ImagingError::Undecodable { reason })
    }
}

/// More needless bytes before a marker than this are not padding but the rest of a scan that was read wrongly: flipped bits
/// seldom give an invalid code, but always one of another length.
const MAX_PADDING_BYTES: u32 = 64;

/// Whether every pixel is still there after this warning of libjpeg (jerror.h). Only the first warning of a file is
/// known, so damage behind a harmless one goes unseen.
fn is_harmless(warning: &str) -> bool {
    if let Some((before, _)) = warning.split_once(" extraneous bytes before marker") {
        let count = before.rsplit(' ').next().and_then(|count| count.parse().ok());
        return count.is_some_and(|count: u32| count <= MAX_PADDING_BYTES);
    }
    warning.contains("Adobe color transform code")
        || warning.contains("bad ICC marker")
        || warning.contains("JFIF")
        || warning.contains("Invalid SOS parameters")
        || warning.contains("Inconsistent progression sequence")
}

/// The largest reduction of 1, 2, 4 or 8 after which the longer side still has `min_edge` pixels of its own.
fn reduction(longer_side: u32, min_edge: u32) -> u32 {
    [8, 4, 2]
        .into_iter()
        .find(|by| u64::from(min_edge) * u64::from(*by) <= u64::from(longer_side))
        .unwrap_or(1)
}

pub(super) fn decode(
    bytes: &[u8],
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let found = segments(bytes);
    let handle = Handle::new(if demand.accepts_damage {
        Tolerance::Accept
    } else {
        Tolerance::Refuse
    })?;
    handle.set(raw::TJPARAM_TJPARAM_SCANLIMIT, MAX_SCANS);
    // SAFETY: pointer and length are those of one slice.
    handle
        .check(unsafe { raw::tj3DecompressHeader(handle.0, bytes.as_ptr(), bytes.len() as raw::size_t) })?;

    let (stored_width, stored_height) = (
        handle.get(raw::TJPARAM_TJPARAM_JPEGWIDTH),
        handle.get(raw::TJPARAM_TJPARAM_JPEGHEIGHT),
    );
    let (Ok(stored_width), Ok(stored_height)) = (u32::try_from(stored_width), u32::try_from(stored_height))
    else {
        return Err(ImagingError::undecodable(
            "the JPEG's header makes no sense; save it anew",
        ));
    };
    let lossless = handle.get(raw::TJPARAM_TJPARAM_LOSSLESS) == 1;
    let by = if lossless {
        1
    } else {
        reduction(stored_width.max(stored_height), demand.min_edge)
    };

    let colours = handle.get(raw::TJPARAM_TJPARAM_COLORSPACE) as raw::TJCS;
    let plan = Plan {
        by,
        stored: (stored_width, stored_height),
        scaled: (stored_width.div_ceil(by), stored_height.div_ceil(by)),
    };
    let pixels = match (colours, step(&handle)) {
        (raw::TJCS_TJCS_YCbCr, Some(step)) if !lossless => {
            DecodedPixels::Planar(planar(&handle, bytes, &plan, Some(step), allowance)?)
        }
        // A gray picture with a profile has to be converted as gray.
        (raw::TJCS_TJCS_GRAY, _) if !lossless && found.icc.is_none() => {
            DecodedPixels::Planar(planar(&handle, bytes, &plan, None, allowance)?)
        }
        _ => {
            let (channels, format) = match colours {
                raw::TJCS_TJCS_GRAY => (Channels::Gray, raw::TJPF_TJPF_GRAY),
                raw::TJCS_TJCS_CMYK | raw::TJCS_TJCS_YCCK => (Channels::Cmyk, raw::TJPF_TJPF_CMYK),
                _ => (Channels::Rgb, raw::TJPF_TJPF_RGB),
            };
            let mut samples = interleaved(&handle, bytes, &plan, channels, format, allowance)?;
            if channels == Channels::Cmyk && found.adobe {
                samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
            }
            DecodedPixels::Interleaved(channels, Samples::Eight(samples))
        }
    };
    Ok(Decoded {
        width: plan.scaled.0,
        height: plan.scaled.1,
        extent: (
            f64::from(stored_width) / f64::from(by),
            f64::from(stored_height) / f64::from(by),
        ),
        pixels,
        profile: found.icc.as_deref().and_then(Profile::from_icc),
        orientation: None,
        exif: found.exif,
    })
}

/// Pixels that share a chroma sample, across and down; none where libjpeg-turbo cannot hand out planes.
fn step(handle: &Handle) -> Option<(u32, u32)> {
    match handle.get(raw::TJPARAM_TJPARAM_SUBSAMP) {
        raw::TJSAMP_TJSAMP_444 => Some((1, 1)),
        raw::TJSAMP_TJSAMP_422 => Some((2, 1)),
        raw::TJSAMP_TJSAMP_420 => Some((2, 2)),
        raw::TJSAMP_TJSAMP_440 => Some((1, 2)),
        raw::TJSAMP_TJSAMP_411 => Some((4, 1)),
        raw::TJSAMP_TJSAMP_441 => Some((1, 4)),
        _ => None,
    }
}

/// How a file is decoded.
struct Plan {
    /// The reduction: 1, 2, 4 or 8.
    by: u32,
    stored: (u32, u32),
    scaled: (u32, u32),
}

impl Plan {
    /// Sets the reduction, after the memory was asked for: `samples` for the result, and what libjpeg holds beside it,
    /// `per_pixel` coefficients for each stored pixel.
    fn set(
        &self,
        handle: &Handle,
        samples: u64,
        per_pixel: f64,
        allowance: &Allowance<'_>,
    ) -> Result<(), ImagingError> {
        let stored_pixels = u64::from(self.stored.0) * u64::from(self.stored.1);
        let coefficients = match handle.get(raw::TJPARAM_TJPARAM_PROGRESSIVE) {
            // All coefficients are held until the last scan, two bytes each.
            1 => (stored_pixels as f64 * 2.0 * per_pixel) as u64,
            _ => 0,
        };
        allowance.memory(samples + coefficients)?;
        // In megabytes. Holds libjpeg to the estimate where a file without the progressive flag still buffers whole scans.
        let rest = allowance.memory_bytes.saturating_sub(samples) / 1_000_000;
        handle.set(
            raw::TJPARAM_TJPARAM_MAXMEMORY,
            c_int::try_from(rest.max(1)).unwrap_or(c_int::MAX),
        );
        let factor = raw::tjscalingfactor {
            num: 1,
            denom: self.by as c_int,
        };
        // SAFETY: the handle is live.
        handle.check(unsafe { raw::tj3SetScalingFactor(handle.0, factor) })
    }
}

/// The planes as they are stored: neither upsampled nor converted.
fn planar(
    handle: &Handle,
    bytes: &[u8],
    plan: &Plan,
    step: Option<(u32, u32)>,
    allowance: &Allowance<'_>,
) -> Result<Planar, ImagingError> {
    let (across, down) = step.unwrap_or((1, 1));
    // A plane reaches to the end of its last chroma sample (turbojpeg.h, "YUV image format notes").
    let chroma = (plan.scaled.0.div_ceil(across), plan.scaled.1.div_ceil(down));
    let luma = (chroma.0 * across, chroma.1 * down);
    let sides = [luma, chroma, chroma];
    let count = if step.is_some() { 3 } else { 1 };
    let lengths = sides.map(|(width, height)| u64::from(width) * u64::from(height));
    let per_pixel = 1.0
        + if step.is_some() {
            2.0 / f64::from(across * down)
        } else {
            0.0
        };
    plan.set(handle, lengths[..count].iter().sum(), per_pixel, allowance)?;

    let mut planes = sides.map(|(width, height)| Plane {
        width,
        height,
        samples: Vec::new(),
    });
    let mut pointers = [ptr::null_mut(); 3];
    for (plane, pointer) in planes.iter_mut().zip(&mut pointers).take(count) {
        plane.samples = vec![0; plane.width as usize * plane.height as usize];
        *pointer = plane.samples.as_mut_ptr();
    }
    // SAFETY: each plane has the sides that tj3YUVPlaneWidth and tj3YUVPlaneHeight give for this subsampling and scaling
    // factor, without padding (strides of 0 pixels: none); all slices outlive the call.
    handle.check(unsafe {
        raw::tj3DecompressToYUVPlanes8(
            handle.0,
            bytes.as_ptr(),
            bytes.len() as raw::size_t,
            pointers.as_mut_ptr(),
            ptr::null_mut(),
        )
    })?;
    let [luma, blue, red] = planes;
    Ok(Planar {
        luma,
        chroma: step.map(|_| [blue, red]),
        step: (across, down),
    })
}

/// All channels of each pixel side by side.
fn interleaved(
    handle: &Handle,
    bytes: &[u8],
    plan: &Plan,
    channels: Channels,
    format: raw::TJPF,
    allowance: &Allowance<'_>,
) -> Result<Vec<u8>, ImagingError> {
    let length = u64::from(plan.scaled.0) * u64::from(plan.scaled.1) * channels.count() as u64;
    plan.set(handle, length, channels.count() as f64, allowance)?;
    let mut samples = vec![0_u8; usize::try_from(length).unwrap_or(usize::MAX)];
    // SAFETY: the buffer has the rows and pixels of this format, without padding (pitch 0), that the scaling factor which
    // is set gives (TJSCALED); both slices outlive the call.
    handle.check(unsafe {
        raw::tj3Decompress8(
            handle.0,
            bytes.as_ptr(),
            bytes.len() as raw::size_t,
            samples.as_mut_ptr(),
            0,
            format as c_int,
        )
    })?;
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reduction_never_goes_below_the_edge_that_is_needed() {
        for (side, edge, by) in [
            (4_000, 500, 8),
            (4_000, 501, 4),
            (4_000, 2_560, 1),
            (4_000, 2_000, 2),
            (9, 1, 8),
            (5, 9, 1),
        ] {
            assert_eq!(reduction(side, edge), by, "{side} px for {edge} px");
        }
    }

    #[test]
    fn pieces_of_a_profile_are_put_together_in_their_order() {
        let piece = |number: u8, body: &[u8]| {
            let mut segment = vec![0xff, 0xe2];
            segment.extend(((2 + 14 + body.len()) as u16).to_be_bytes());
            segment.extend(b"ICC_PROFILE\0");
            segment.extend([number, 2]);
            segment.extend(body);
            segment
        };
        let head = vec![0xff, 0xd8];
        let both = [head.clone(), piece(2, b"file"), piece(1, b"pro")].concat();
        assert_eq!(segments(&both).icc.as_deref(), Some(&b"profile"[..]));
        let half = [head, piece(2, b"file")].concat();
        assert_eq!(segments(&half).icc, None);
    }
}
