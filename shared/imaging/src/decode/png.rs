//! PNG, by the `png` crate: every depth and colour type, interlaced or not; of an animation one frame.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::{Decoded, DecodedPixels, Demand, apng::PngFrames};
use crate::{
    Allowance, Header, ImagingError,
    animation::frame_at,
    colour::{Chromaticities, Profile},
    raster::{Channels, Samples},
};

pub(super) fn undecodable(error: &png::DecodingError) -> ImagingError {
    ImagingError::undecodable(format!(
        "the PNG cannot be read ({error}); send the file again, or save it anew"
    ))
}

pub(super) fn decode(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    if header.frames > 1 {
        return decode_frame(bytes, header, demand, allowance);
    }
    // The crate's own limit is for what it buffers beside the picture: rows, profiles, texts.
    let limits = Limits {
        bytes: usize::try_from(allowance.memory_bytes).unwrap_or(usize::MAX),
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    // Palettes become RGB, fewer than 8 bits become 8, tRNS becomes alpha; 16 bits stay for the colour step.
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.ignore_checksums(demand.accepts_damage);
    let mut reader = decoder.read_info().map_err(|error| undecodable(&error))?;

    let size = reader
        .output_buffer_size()
        .ok_or(ImagingError::undecodable("the PNG is too large to be read"))?;
    allowance.memory(size as u64)?;
    let (color_type, bit_depth) = reader.output_color_type();
    let (width, height) = (reader.info().width, reader.info().height);
    let has_alpha = matches!(color_type, ColorType::GrayscaleAlpha | ColorType::Rgba);
    // Rows that are missing are left transparent, or gray where nothing can be transparent.
    let missing = if demand.accepts_damage && !has_alpha {
        128
    } else {
        0
    };
    let mut buffer = vec![missing; size];
    match reader.next_frame(&mut buffer) {
        Err(error) if !demand.accepts_damage => return Err(undecodable(&error)),
        _ => {}
    }
    // Reads on to IEND: eXIf may stand behind the pixels. What is wrong there does the picture no harm.
    let _ = reader.finish();

    let channels = match color_type {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Indexed => {
            return Err(ImagingError::undecodable(
                "the PNG has a palette that cannot be read",
            ));
        }
    };
    let samples = match bit_depth {
        BitDepth::Sixteen => {
            let wide = buffer
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            allowance.memory(2 * size as u64)?;
            Samples::Sixteen(wide.collect())
        }
        _ => Samples::Eight(buffer),
    };
    let info = reader.info();
    let profile = profile(info);
    Ok(Decoded {
        width,
        height,
        extent: (f64::from(width), f64::from(height)),
        pixels: DecodedPixels::Interleaved(channels, samples),
        profile,
        orientation: None,
        exif: info.exif_metadata.as_deref().map(<[u8]>::to_vec),
    })
}

fn decode_frame(
    bytes: &[u8],
    header: Header,
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let mut frames = PngFrames::open(bytes, header, allowance)?;
    let raster = frame_at(&mut frames, demand.page, demand.accepts_damage, allowance)?;
    Ok(Decoded {
        width: raster.width,
        height: raster.height,
        extent: (f64::from(raster.width), f64::from(raster.height)),
        pixels: DecodedPixels::Interleaved(Channels::Rgba, Samples::Eight(raster.pixels)),
        profile: frames.profile(),
        orientation: None,
        exif: frames.exif(),
    })
}

/// W3C PNG, third edition, section 4.3: cICP before iCCP before sRGB before gAMA with cHRM. cHRM alone says nothing of the
/// curve and is passed over, as in browsers; so is a cICP of narrow range, which no file of this kind has.
pub(super) fn profile(info: &png::Info<'_>) -> Option<Profile> {
    if let Some(cicp) = &info.coding_independent_code_points
        && cicp.is_video_full_range_image
    {
        let (primaries, transfer) = (cicp.color_primaries, cicp.transfer_function);
        let profile = Profile::from_cicp(primaries, transfer);
        if profile.is_some() || Profile::is_srgb_cicp(primaries, transfer) {
            return profile;
        }
    }
    match (&info.icc_profile, info.srgb, info.gama_chunk) {
        (Some(icc), _, _) => Profile::from_icc(icc),
        (None, None, Some(gamma)) => {
            let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| (x.into_value(), y.into_value());
            let primaries = info.chrm_chunk.map(|chrm| Chromaticities {
                white: point(chrm.white),
                red: point(chrm.red),
                green: point(chrm.green),
                blue: point(chrm.blue),
            });
            Profile::from_gamma(gamma.into_value(), primaries)
        }
        _ => None,
    }
}
