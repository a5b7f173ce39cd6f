//! JPEG, by libjpeg-turbo.

mod thrifty;

use std::{
    ffi::{CStr, c_int},
    ptr, slice,
};

use domain::ImageFormat;
use turbojpeg::raw;

use crate::{
    ImagingError,
    pixels::Pixels,
    planar::{Chroma, Planar},
    raster::Raster,
};

/// How the coefficients are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// In one pass, by the usual Huffman tables.
    Quick,
    /// By tables made for the picture: 2 to 5 % fewer bytes for a second pass over the coefficients.
    Optimised,
    /// In ten scans, from coarse to fine, each with its own tables.
    Progressive,
    /// In ten scans, with quantisers of its own and coefficients that are weighed: a given number stands for a worse look
    /// than of the others, and for fewer bytes than that look costs there.
    Thrifty,
}

/// A compressor of libjpeg-turbo, closed when dropped, and what it has written.
struct Job {
    handle: raw::tjhandle,
    written: *mut u8,
    length: raw::size_t,
}

impl Drop for Job {
    fn drop(&mut self) {
        // SAFETY: the handle came from tj3Init and the buffer from its compressor; each is freed once, and both take null.
        unsafe {
            raw::tj3Free(self.written.cast());
            raw::tj3Destroy(self.handle);
        }
    }
}

fn failed(reason: impl Into<String>) -> ImagingError {
    ImagingError::encode(ImageFormat::Jpeg, reason)
}

impl Job {
    fn start(kind: raw::TJINIT) -> Result<Self, ImagingError> {
        // SAFETY: no preconditions.
        let handle = unsafe { raw::tj3Init(kind as c_int) };
        if handle.is_null() {
            return Err(failed("libjpeg-turbo could not be started: out of memory"));
        }
        Ok(Self {
            handle,
            written: ptr::null_mut(),
            length: 0,
        })
    }

    fn new(quality: u8, subsampling: raw::TJSAMP, coding: Coding) -> Result<Self, ImagingError> {
        let job = Self::start(raw::TJINIT_TJINIT_COMPRESS)?;
        job.set(raw::TJPARAM_TJPARAM_QUALITY, c_int::from(quality.clamp(1, 100)))?;
        job.set(raw::TJPARAM_TJPARAM_SUBSAMP, subsampling)?;
        let second_pass = c_int::from(coding == Coding::Optimised);
        job.set(raw::TJPARAM_TJPARAM_OPTIMIZE, second_pass)?;
        let scans = c_int::from(coding == Coding::Progressive);
        job.set(raw::TJPARAM_TJPARAM_PROGRESSIVE, scans)?;
        Ok(job)
    }

    fn set(&self, parameter: raw::TJPARAM, value: c_int) -> Result<(), ImagingError> {
        // SAFETY: the handle is live.
        self.check(unsafe { raw::tj3Set(self.handle, parameter as c_int, value) })
    }

    fn check(&self, answer: c_int) -> Result<(), ImagingError> {
        if answer == 0 {
            return Ok(());
        }
        // SAFETY: the handle is live; the text is NUL-terminated, owned by it, and copied at once.
        let text = unsafe { CStr::from_ptr(raw::tj3GetErrorStr(self.handle)) };
        Err(failed(text.to_string_lossy()))
    }

    fn bytes(&self) -> Vec<u8> {
        // SAFETY: libjpeg-turbo wrote so many bytes there.
        unsafe { slice::from_raw_parts(self.written, self.length as usize) }.to_vec()
    }
}

/// Writes an opaque picture. Planes are written with the chroma that they have, a raster with the one that is given.
pub(crate) fn encode(
    pixels: &Pixels,
    quality: u8,
    chroma: Chroma,
    coding: Coding,
) -> Result<Vec<u8>, ImagingError> {
    match pixels {
        Pixels::Planar(planar) if coding == Coding::Thrifty => thrifty::encode(planar, quality),
        Pixels::Planar(planar) => encode_planes(planar, quality, coding),
        Pixels::Raster(raster) if coding == Coding::Thrifty && !raster.alpha => {
            thrifty::encode(&Planar::of_raster(raster, chroma), quality)
        }
        Pixels::Raster(raster) => encode_raster(raster, quality, chroma, coding),
    }
}

fn encode_raster(
    raster: &Raster,
    quality: u8,
    chroma: Chroma,
    coding: Coding,
) -> Result<Vec<u8>, ImagingError> {
    if raster.alpha {
        return Err(failed("it cannot hold transparency"));
    }
    let subsampling = match chroma {
        Chroma::Full => raw::TJSAMP_TJSAMP_444,
        Chroma::Quarter => raw::TJSAMP_TJSAMP_420,
    };
    let mut job = Job::new(quality, subsampling, coding)?;
    let (width, height) = sides(raster.width, raster.height)?;
    // SAFETY: the pixels are `height` rows of `width` pixels of three bytes (Raster's invariant) without padding; buffer
    // and length are the job's, null and 0, so that libjpeg-turbo allocates.
    let answer = unsafe {
        raw::tj3Compress8(
            job.handle,
            raster.pixels.as_ptr(),
            width,
            0,
            height,
            raw::TJPF_TJPF_RGB,
            &mut job.written,
            &mut job.length,
        )
    };
    job.check(answer)?;
    Ok(job.bytes())
}

fn encode_planes(planar: &Planar, quality: u8, coding: Coding) -> Result<Vec<u8>, ImagingError> {
    let subsampling = match (&planar.chroma, planar.step) {
        (None, _) => raw::TJSAMP_TJSAMP_GRAY,
        (_, (1, 1)) => raw::TJSAMP_TJSAMP_444,
        (_, (2, 2)) => raw::TJSAMP_TJSAMP_420,
        (_, (across, down)) => return Err(failed(format!("chroma of {across} × {down} pixels"))),
    };
    let mut job = Job::new(quality, subsampling, coding)?;
    let (width, height) = sides(planar.luma.width, planar.luma.height)?;
    // Luma must reach to the end of the last chroma sample (turbojpeg.h, "YUV image format notes").
    let whole;
    let luma = match &planar.chroma {
        Some([blue, _])
            if (blue.width * planar.step.0, blue.height * planar.step.1)
                != (planar.luma.width, planar.luma.height) =>
        {
            whole = planar
                .luma
                .extended(blue.width * planar.step.0, blue.height * planar.step.1);
            &whole
        }
        _ => &planar.luma,
    };
    let mut planes = [luma.samples.as_ptr(), ptr::null(), ptr::null()];
    if let Some([blue, red]) = &planar.chroma {
        planes[1] = blue.samples.as_ptr();
        planes[2] = red.samples.as_ptr();
    }
    // SAFETY: each plane has the sides that tj3YUVPlaneWidth and tj3YUVPlaneHeight give for this subsampling, without
    // padding (strides of 0: none); buffer and length are the job's, null and 0, so that libjpeg-turbo allocates.
    let answer = unsafe {
        raw::tj3CompressFromYUVPlanes8(
            job.handle,
            planes.as_ptr(),
            width,
            ptr::null(),
            height,
            &mut job.written,
            &mut job.length,
        )
    };
    job.check(answer)?;
    Ok(job.bytes())
}

fn sides(width: u32, height: u32) -> Result<(c_int, c_int), ImagingError> {
    match (c_int::try_from(width), c_int::try_from(height)) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(failed("it is too large")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{decoded, photo, psnr};

    #[test]
    fn planes_of_odd_sides_are_written_whole() {
        for (width, height) in [(1, 1), (33, 17), (34, 17), (33, 18), (64, 48)] {
            let raster = photo(width, height);
            for (chroma, least) in [(Chroma::Full, 33.0), (Chroma::Quarter, 30.0)] {
                let planar = Pixels::Planar(Planar::of_raster(&raster, chroma));
                for coding in [
                    Coding::Quick,
                    Coding::Optimised,
                    Coding::Progressive,
                    Coding::Thrifty,
                ] {
                    let back = decoded(&encode(&planar, 95, chroma, coding).unwrap());
                    let db = psnr(&back, &raster);
                    assert!(
                        db > least,
                        "{width} × {height}, {chroma:?}, {coding:?}: {db:.1} dB"
                    );
                }
            }
        }
    }

    #[test]
    fn gray_planes_become_a_gray_jpeg() {
        let planar = Planar {
            chroma: None,
            ..Planar::of_raster(&photo(40, 30), Chroma::Full)
        };
        let bytes = encode(&Pixels::Planar(planar), 80, Chroma::Quarter, Coding::Optimised).unwrap();
        let frame = bytes
            .windows(2)
            .position(|marker| marker == [0xff, 0xc0])
            .unwrap();
        assert_eq!(bytes[frame + 9], 1, "one component");
    }

    #[test]
    fn a_thrifty_gray_jpeg_is_gray_and_like_the_picture() {
        let gray = Planar {
            chroma: None,
            ..Planar::of_raster(&photo(50, 41), Chroma::Full)
        };
        let bytes = encode(
            &Pixels::Planar(gray.clone()),
            92,
            Chroma::Quarter,
            Coding::Thrifty,
        )
        .unwrap();
        let db = psnr(&decoded(&bytes), &gray.into_raster().unwrap());
        assert!(db > 33.0, "{db:.1} dB");
    }

    #[test]
    fn a_thrifty_jpeg_is_the_same_every_time() {
        let pixels = Pixels::Raster(photo(123, 77));
        let write = || encode(&pixels, 78, Chroma::Quarter, Coding::Thrifty).unwrap();
        assert_eq!(write(), write());
    }

    #[test]
    fn thrift_takes_fewer_bytes_for_no_more_error() {
        let raster = photo(400, 300);
        let pixels = Pixels::Planar(Planar::of_raster(&raster, Chroma::Quarter));
        let thrifty = encode(&pixels, 78, Chroma::Quarter, Coding::Thrifty).unwrap();
        let floor = psnr(&decoded(&thrifty), &raster);
        // The least quality that is no worse.
        let usual = (50..=95)
            .map(|quality| encode(&pixels, quality, Chroma::Quarter, Coding::Optimised).unwrap())
            .find(|bytes| psnr(&decoded(bytes), &raster) >= floor)
            .unwrap();
        assert!(
            thrifty.len() < usual.len(),
            "{} and {} bytes at {floor:.2} dB",
            thrifty.len(),
            usual.len()
        );
    }
}
