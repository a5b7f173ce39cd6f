//! ThumbHash (evanw.github.io/thumbhash): a blurred placeholder in about 25 bytes.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::raster::Raster;

/// Base64 without padding. The raster has at most 100 pixels a side.
pub(crate) fn thumbhash(small: &Raster) -> String {
    let rgba = small.clone().with_alpha();
    STANDARD_NO_PAD.encode(fast_thumbhash::rgba_to_thumb_hash(
        rgba.width as usize,
        rgba.height as usize,
        &rgba.pixels,
    ))
}
