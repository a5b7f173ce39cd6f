//! A hash that near duplicates share: the signs of brightness differences (dHash, Krawetz 2013).
//!
//! Measured before (notes/crates.md): 0 bits apart for half the size and for quality 30, 4 for a 5 % crop, 34 to 40 for
//! other pictures.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use crate::{ImagingError, raster::Raster};

/// 16 hexadecimal digits: eight rows of eight bits, the first bit of a row the highest; a bit is 1 where the luminance
/// rises from left to right.
pub(crate) fn perceptual_hash(small: &Raster) -> Result<String, ImagingError> {
    let luminance = small.luminance();
    let failed = |error: &dyn std::fmt::Display| ImagingError::undecodable(format!("the picture cannot be hashed ({error})"));
    let from =
        ImageRef::new(small.width, small.height, &luminance, PixelType::U8).map_err(|error| failed(&error))?;
    let mut grid = Image::new(9, 8, PixelType::U8);
    // Plain means: a filter with lobes would ring at hard edges and flip bits.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    Resizer::new().resize(&from, &mut grid, &options).map_err(|error| failed(&error))?;
    let hash = grid
        .buffer()
        .chunks_exact(9)
        .flat_map(|row| row.windows(2).map(|pair| pair[0] < pair[1]))
        .fold(0_u64, |hash, rises| (hash << 1) | u64::from(rises));
    Ok(format!("{hash:016x}"))
}
