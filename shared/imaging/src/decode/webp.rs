//! WebP, by libwebp: lossy, lossless, with or without alpha; of an animation one frame.

use libwebp_sys as libwebp;

use super::{Decoded, DecodedPixels, Demand, webp_animation::WebpFrames};
use crate::{
    Allowance, Header, ImagingError,
    animation::frame_at,
    colour::Profile,
    raster::{Channels, Samples},
    riff,
};

pub(super) fn damaged(why: &str) -> ImagingError {
    ImagingError::undecodable(format!(
        "the WebP cannot be read ({why}); send the file again, or save it anew"
    ))
}

pub(super) fn decode(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let mut config =
        libwebp::WebPDecoderConfig::new().map_err(|()| damaged("libwebp could not be started"))?;
    // SAFETY: pointer and length are those of one slice; `input` is a live, initialised structure.
    let status = unsafe { libwebp::WebPGetFeatures(bytes.as_ptr(), bytes.len(), &mut config.input) };
    if status != libwebp::VP8StatusCode::VP8_STATUS_OK {
        return Err(damaged(&format!("{status:?}")));
    }
    if config.input.has_animation != 0 {
        let mut frames = WebpFrames::open(bytes, header, allowance)?;
        let raster = frame_at(&mut frames, demand.page, demand.accepts_damage, allowance)?;
        return Ok(Decoded {
            width: raster.width,
            height: raster.height,
            extent: (f64::from(raster.width), f64::from(raster.height)),
            pixels: DecodedPixels::Interleaved(Channels::Rgba, Samples::Eight(raster.pixels)),
            profile: profile(bytes),
            orientation: None,
            exif: exif(bytes),
        });
    }
    let (Ok(width), Ok(height)) = (
        u32::try_from(config.input.width),
        u32::try_from(config.input.height),
    ) else {
        return Err(damaged("its size makes no sense"));
    };
    let alpha = config.input.has_alpha != 0;
    let channels = if alpha { Channels::Rgba } else { Channels::Rgb };
    let stride = width as usize * channels.count();
    let length = stride * height as usize;
    // libwebp holds lossless pictures as 32-bit pixels while it decodes, and the alpha plane of lossy ones.
    allowance.memory(length as u64 + u64::from(width) * u64::from(height) * 4)?;
    let mut pixels = vec![0_u8; length];

    config.output.colorspace = if alpha {
        libwebp::WEBP_CSP_MODE::MODE_RGBA
    } else {
        libwebp::WEBP_CSP_MODE::MODE_RGB
    };
    config.output.is_external_memory = 1;
    config.output.u.RGBA = libwebp::WebPRGBABuffer {
        rgba: pixels.as_mut_ptr(),
        stride: i32::try_from(stride).map_err(|_| damaged("it is too wide"))?,
        size: length,
    };
    if demand.accepts_damage {
        // SAFETY: as below; the decoder is dropped before the buffer and the configuration, and looks at the input in
        // this one call alone. Rows that it does not come to stay as they were made: transparent or black.
        unsafe {
            let decoder = libwebp::WebPIDecode(std::ptr::null(), 0, &mut config);
            if decoder.is_null() {
                return Err(damaged("libwebp could not be started"));
            }
            libwebp::WebPIUpdate(decoder, bytes.as_ptr(), bytes.len());
            libwebp::WebPIDelete(decoder);
        }
        return Ok(decoded(bytes, (width, height), channels, pixels));
    }
    // SAFETY: the input is one slice; the output buffer is ours, has `height` rows of `stride` bytes, and outlives the
    // call; the configuration was initialised by libwebp. External memory needs no WebPFreeDecBuffer.
    let status = unsafe { libwebp::WebPDecode(bytes.as_ptr(), bytes.len(), &mut config) };
    if status != libwebp::VP8StatusCode::VP8_STATUS_OK {
        return Err(damaged(&format!("{status:?}")));
    }
    Ok(decoded(bytes, (width, height), channels, pixels))
}

/// The pixels with what stands beside them in the file.
fn decoded(bytes: &[u8], (width, height): (u32, u32), channels: Channels, pixels: Vec<u8>) -> Decoded {
    Decoded {
        width,
        height,
        extent: (f64::from(width), f64::from(height)),
        pixels: DecodedPixels::Interleaved(channels, Samples::Eight(pixels)),
        profile: profile(bytes),
        orientation: None,
        exif: exif(bytes),
    }
}

pub(super) fn profile(bytes: &[u8]) -> Option<Profile> {
    riff::chunk(bytes, b"ICCP").and_then(Profile::from_icc)
}

pub(super) fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    let exif = riff::chunk(bytes, b"EXIF")?;
    Some(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif).to_vec())
}
