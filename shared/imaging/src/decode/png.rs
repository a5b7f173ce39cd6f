//! PNG, by the `png` crate: every depth and colour type, interlaced or not.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::{Decoded, Demand};
use crate::{
    Allowance, ImagingError,
    colour::Profile,
    raster::{Channels, Samples},
};

fn undecodable(error: &png::DecodingError) -> ImagingError {
    ImagingError::undecodable(format!(
        "the PNG cannot be read ({error}); send the file again, or save it anew"
    ))
}

pub(super) fn decode(
    bytes: &[u8],
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
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
    let gray = !matches!(channels, Channels::Rgb | Channels::Rgba);
    let profile = match (&info.icc_profile, info.srgb, info.gama_chunk) {
        (Some(icc), _, _) => Profile::from_icc(icc),
        (None, None, Some(gamma)) => Profile::from_gamma(gamma.into_value(), gray),
        _ => None,
    };
    Ok(Decoded {
        width,
        height,
        extent: (f64::from(width), f64::from(height)),
        channels,
        samples,
        profile,
        orientation: None,
        exif: info.exif_metadata.as_deref().map(<[u8]>::to_vec),
    })
}
