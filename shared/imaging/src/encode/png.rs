//! PNG, by the `png` crate.

use domain::ImageFormat;
use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};

use crate::{ImagingError, raster::Raster};

/// Writes a picture, with its alpha where it has one.
pub(crate) fn encode(raster: &Raster) -> Result<Vec<u8>, ImagingError> {
    let failed = |error: png::EncodingError| ImagingError::encode(ImageFormat::Png, error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_color(if raster.alpha {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&raster.pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
