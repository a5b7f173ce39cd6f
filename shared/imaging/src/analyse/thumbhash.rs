//! ThumbHash (evanw.github.io/thumbhash): a blurred placeholder in about 25 bytes.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::{encode::png, raster::Raster};

/// Base64 without padding. The raster has at most 100 pixels a side.
pub(crate) fn thumbhash(small: &Raster) -> String {
    let rgba = small.clone().with_alpha();
    STANDARD_NO_PAD.encode(fast_thumbhash::rgba_to_thumb_hash(
        rgba.width as usize,
        rgba.height as usize,
        &rgba.pixels,
    ))
}

/// What is shown of a picture that nothing is known of: the gray that is neither dark nor bright on any page.
const UNKNOWN: [u8; 3] = [0x80; 3];

/// The blurred picture that a thumbhash stands for, at most 32 pixels a side, as PNG; one gray pixel where the text is no
/// thumbhash.
pub fn placeholder(thumbhash: &str) -> Vec<u8> {
    let blurred = || {
        let hash = STANDARD_NO_PAD.decode(thumbhash).ok()?;
        let (width, height, pixels) = fast_thumbhash::thumb_hash_to_rgba(&hash).ok()?;
        let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        let raster = Raster::new(width, height, true, pixels).ok()?;
        png::encode(&raster.without_needless_alpha(), false).ok()
    };
    let gray = || {
        let raster = Raster::new(1, 1, false, UNKNOWN.to_vec())?;
        png::encode(&raster, false)
    };
    blurred().unwrap_or_else(|| gray().expect("one pixel can be encoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_has_the_colours_and_the_shape_of_its_picture() {
        let red = [200, 30, 30];
        let picture = Raster::new(60, 40, false, red.repeat(60 * 40)).unwrap();
        let png = placeholder(&thumbhash(&picture));
        let header = crate::testing::decoded(&png);
        assert_eq!(header.width, 32);
        assert!(header.height < header.width);
        let middle = &header.pixels[3 * (header.pixels.len() / 6)..][..3];
        for (found, expected) in middle.iter().zip(red) {
            assert!(found.abs_diff(expected) < 24, "{middle:?}");
        }
    }

    #[test]
    fn what_is_no_thumbhash_is_gray() {
        for text in ["", "?", "AAAA", "3OcR"] {
            let raster = crate::testing::decoded(&placeholder(text));
            assert!(raster.width >= 1, "{text}");
        }
        assert_eq!(crate::testing::decoded(&placeholder("")).pixels, UNKNOWN);
    }
}
