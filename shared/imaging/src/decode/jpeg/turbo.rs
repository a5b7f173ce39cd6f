//! libjpeg-turbo: every kind of JPEG, at any of its reductions.
//!
//! The safe wrapper of the `turbojpeg` crate cannot tell a warning from an error, and the difference matters here:
//! hence the C functions themselves, all that decode in this file.

use std::{
    ffi::{CStr, c_int},
    ptr,
};

use turbojpeg::raw;

use crate::{
    Allowance, ImagingError,
    planar::{Planar, Plane},
    raster::Channels,
};

/// Scans of a progressive file. Encoders write about ten; each one costs a pass over all coefficients, so thousands of
/// empty ones are a bomb of time (libjpeg-turbo.org, "Two issues with the JPEG standard").
const MAX_SCANS: c_int = 100;

/// What a file's colours are, and how they can be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// In planes, with so many pixels to a chroma sample, across and down.
    YCbCr((u32, u32)),
    /// In one plane.
    Gray,
    /// Interleaved alone.
    Interleaved(Channels),
}

/// A decompressor of libjpeg-turbo, closed when dropped.
pub(super) struct Handle(raw::tjhandle, Tolerance);

/// What is done about a warning that costs a part of the picture.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Tolerance {
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
    /// Reads the header.
    pub(super) fn open(bytes: &[u8], tolerance: Tolerance) -> Result<Self, ImagingError> {
        // SAFETY: no preconditions.
        let handle = unsafe { raw::tj3Init(raw::TJINIT_TJINIT_DECOMPRESS as c_int) };
        if handle.is_null() {
            return Err(ImagingError::undecodable(
                "the JPEG decoder could not be started: out of memory",
            ));
        }
        let handle = Self(handle, tolerance);
        handle.set(raw::TJPARAM_TJPARAM_SCANLIMIT, MAX_SCANS);
        // SAFETY: pointer and length are those of one slice.
        handle.check(unsafe {
            raw::tj3DecompressHeader(handle.0, bytes.as_ptr(), bytes.len() as raw::size_t)
        })?;
        Ok(handle)
    }

    /// Pixels across and down.
    pub(super) fn sides(&self) -> Result<(u32, u32), ImagingError> {
        let side = |parameter| u32::try_from(self.get(parameter)).ok();
        side(raw::TJPARAM_TJPARAM_JPEGWIDTH)
            .zip(side(raw::TJPARAM_TJPARAM_JPEGHEIGHT))
            .ok_or_else(|| ImagingError::undecodable("the JPEG's header makes no sense; save it anew"))
    }

    /// Without loss, there is no reduced size and there are no planes.
    pub(super) fn is_lossless(&self) -> bool {
        self.get(raw::TJPARAM_TJPARAM_LOSSLESS) == 1
    }

    fn is_progressive(&self) -> bool {
        self.get(raw::TJPARAM_TJPARAM_PROGRESSIVE) == 1
    }

    /// Whether the file may be an ordinary one: neither progressive, nor arithmetic, nor lossless.
    pub(super) fn may_be_sequential(&self) -> bool {
        !self.is_progressive() && !self.is_lossless() && self.get(raw::TJPARAM_TJPARAM_ARITHMETIC) == 0
    }

    pub(super) fn colours(&self) -> Colours {
        let colours = self.get(raw::TJPARAM_TJPARAM_COLORSPACE) as raw::TJCS;
        match (colours, self.step()) {
            (raw::TJCS_TJCS_YCbCr, Some(step)) if !self.is_lossless() => Colours::YCbCr(step),
            (raw::TJCS_TJCS_GRAY, _) if !self.is_lossless() => Colours::Gray,
            (raw::TJCS_TJCS_GRAY, _) => Colours::Interleaved(Channels::Gray),
            (raw::TJCS_TJCS_CMYK | raw::TJCS_TJCS_YCCK, _) => Colours::Interleaved(Channels::Cmyk),
            _ => Colours::Interleaved(Channels::Rgb),
        }
    }

    /// Pixels that share a chroma sample, across and down; none where libjpeg-turbo cannot hand out planes.
    fn step(&self) -> Option<(u32, u32)> {
        match self.get(raw::TJPARAM_TJPARAM_SUBSAMP) {
            raw::TJSAMP_TJSAMP_444 => Some((1, 1)),
            raw::TJSAMP_TJSAMP_422 => Some((2, 1)),
            raw::TJSAMP_TJSAMP_420 => Some((2, 2)),
            raw::TJSAMP_TJSAMP_440 => Some((1, 2)),
            raw::TJSAMP_TJSAMP_411 => Some((4, 1)),
            raw::TJSAMP_TJSAMP_441 => Some((1, 4)),
            _ => None,
        }
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

/// How a file is decoded.
pub(super) struct Plan {
    /// The reduction: 1, 2, 4 or 8.
    pub(super) by: u32,
    pub(super) stored: (u32, u32),
    pub(super) scaled: (u32, u32),
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
        let coefficients = if handle.is_progressive() {
            // All coefficients are held until the last scan, two bytes each.
            (stored_pixels as f64 * 2.0 * per_pixel) as u64
        } else {
            0
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
pub(super) fn planar(
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
pub(super) fn interleaved(
    handle: &Handle,
    bytes: &[u8],
    plan: &Plan,
    channels: Channels,
    allowance: &Allowance<'_>,
) -> Result<Vec<u8>, ImagingError> {
    let format = match channels {
        Channels::Gray => raw::TJPF_TJPF_GRAY,
        Channels::Cmyk => raw::TJPF_TJPF_CMYK,
        _ => raw::TJPF_TJPF_RGB,
    };
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
