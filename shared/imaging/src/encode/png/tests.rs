use super::*;
use crate::testing::{decoded, photo, quarters};

/// What the file says of its pixels.
fn kind(bytes: &[u8]) -> (ColorType, BitDepth) {
    let decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    let reader = decoder.read_info().unwrap();
    (reader.info().color_type, reader.info().bit_depth)
}

fn of_colours(count: u32, alpha: bool, colour: fn(u8) -> [u8; 4]) -> Raster {
    let (width, height) = (37, 29);
    let pixels = (0..width * height).flat_map(|i| {
        let colour = colour((i % count) as u8);
        colour[..if alpha { 4 } else { 3 }].to_vec()
    });
    Raster::new(width, height, alpha, pixels.collect()).unwrap()
}

#[test]
fn pictures_of_few_colours_have_a_palette_of_the_least_depth_and_keep_every_pixel() {
    let vivid = |i: u8| [i, i.wrapping_mul(91), 255 - i, 255];
    for (count, depth) in [
        (1, BitDepth::One),
        (2, BitDepth::One),
        (3, BitDepth::Two),
        (4, BitDepth::Two),
        (5, BitDepth::Four),
        (16, BitDepth::Four),
        (17, BitDepth::Eight),
        (256, BitDepth::Eight),
    ] {
        for alpha in [false, true] {
            let raster = of_colours(count, alpha, vivid);
            let bytes = encode(&raster, false).unwrap();
            assert_eq!(kind(&bytes), (ColorType::Indexed, depth), "{count} colours");
            assert_eq!(
                decoded(&bytes),
                raster.without_needless_alpha(),
                "{count} colours"
            );
        }
    }
}

#[test]
fn transparency_of_few_colours_goes_into_the_palette() {
    let raster = of_colours(200, true, |i| [i, 255 - i, 9, if i % 3 == 0 { 255 } else { i }]);
    let bytes = encode(&raster, false).unwrap();
    assert_eq!(kind(&bytes).0, ColorType::Indexed);
    let found = decoded(&bytes);
    for (found, wanted) in found.pixels.chunks(4).zip(raster.pixels.chunks(4)) {
        assert!(
            found == wanted || found[3] == 0 && wanted[3] == 0,
            "{found:?}, {wanted:?}"
        );
    }
}

#[test]
fn gray_pictures_are_gray_and_opaque_ones_have_no_alpha() {
    let gray = of_colours(200, false, |i| [i, i, i, 255]);
    let translucent = {
        let mut raster = photo(40, 30).with_alpha();
        raster.pixels.chunks_mut(4).enumerate().for_each(|(i, pixel)| {
            pixel.copy_from_slice(&[i as u8, i as u8, i as u8, (i / 5) as u8 | 1]);
        });
        raster
    };
    let cases = [
        (gray.clone(), ColorType::Grayscale),
        (gray.with_alpha(), ColorType::Grayscale),
        (of_colours(7, false, |i| [30 * i; 4]), ColorType::Indexed),
        (translucent, ColorType::GrayscaleAlpha),
        (photo(64, 48), ColorType::Rgb),
        (photo(64, 48).with_alpha(), ColorType::Rgb),
        (quarters(64, 48), ColorType::Indexed),
    ];
    for (raster, colour) in cases {
        let bytes = encode(&raster, false).unwrap();
        assert_eq!(kind(&bytes).0, colour);
        assert_eq!(decoded(&bytes), raster.without_needless_alpha());
    }
}
