//! JPEG, by libjpeg-turbo: at a half, a quarter or an eighth of the size where that is enough.
//!
//! The safe wrapper of the `turbojpeg` crate cannot tell a warning from an error, and the difference matters here:
//! hence the C functions themselves, all of them in this file.

use std::ffi::{CStr, c_int};

use turbojpeg::raw;

use super::{Decoded, Demand};
use crate::{
    Allowance, ImagingError,
    colour::Profile,
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
            0xe1 if found.exif.is_none() => found.exif = body.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec),
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
    let (width, height) = (stored_width.div_ceil(by), stored_height.div_ceil(by));

    let (channels, format) = match handle.get(raw::TJPARAM_TJPARAM_COLORSPACE) as raw::TJCS {
        raw::TJCS_TJCS_GRAY => (Channels::Gray, raw::TJPF_TJPF_GRAY),
        raw::TJCS_TJCS_CMYK | raw::TJCS_TJCS_YCCK => (Channels::Cmyk, raw::TJPF_TJPF_CMYK),
        _ => (Channels::Rgb, raw::TJPF_TJPF_RGB),
    };
    let row = u64::from(width) * channels.count() as u64;
    let stored_pixels = u64::from(stored_width) * u64::from(stored_height);
    let coefficients = match handle.get(raw::TJPARAM_TJPARAM_PROGRESSIVE) {
        // All coefficients are held until the last scan, two bytes each; 4:2:0 holds half of this, 4:4:4 all.
        1 => stored_pixels * 2 * channels.count() as u64,
        _ => 0,
    };
    let needed = row * u64::from(height) + coefficients;
    allowance.memory(needed)?;
    // In megabytes. Holds libjpeg to the estimate where a file without the progressive flag still buffers whole scans.
    let rest = allowance.memory_bytes.saturating_sub(row * u64::from(height)) / 1_000_000;
    handle.set(
        raw::TJPARAM_TJPARAM_MAXMEMORY,
        c_int::try_from(rest.max(1)).unwrap_or(c_int::MAX),
    );

    let length = usize::try_from(row * u64::from(height)).unwrap_or(usize::MAX);
    let mut pixels = vec![0_u8; length];
    // SAFETY: the buffer has `height` rows of `width` pixels of this format without padding (pitch 0), which is the size
    // that TJSCALED gives for the scaling factor that is set here; both slices outlive the call.
    unsafe {
        let factor = raw::tjscalingfactor {
            num: 1,
            denom: by as c_int,
        };
        handle.check(raw::tj3SetScalingFactor(handle.0, factor))?;
        let (data, size) = (bytes.as_ptr(), bytes.len() as raw::size_t);
        handle.check(raw::tj3Decompress8(
            handle.0,
            data,
            size,
            pixels.as_mut_ptr(),
            0,
            format as c_int,
        ))?;
    }
    if channels == Channels::Cmyk && found.adobe {
        pixels.iter_mut().for_each(|sample| *sample = 255 - *sample);
    }
    Ok(Decoded {
        width,
        height,
        extent: (
            f64::from(stored_width) / f64::from(by),
            f64::from(stored_height) / f64::from(by),
        ),
        channels,
        samples: Samples::Eight(pixels),
        profile: found.icc.as_deref().and_then(Profile::from_icc),
        orientation: None,
        exif: found.exif,
    })
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
