//! Files that are cut off or damaged, refused by default and shown in part where that was asked for.

use super::{middles, pixels, taken};
use crate::{
    Allowance, ImagingError, IngestOptions, Ingested, ingest,
    testing::{
        JpegKind, QUARTERS, assert_near, avif,
        bmp_file::bmp,
        gif, jpeg, jpeg_of, lossless_webp, photo, png, quarters,
        tiff_file::{Kind, tiff_of},
        webp,
    },
};

fn shown(bytes: &[u8]) -> Result<Ingested, ImagingError> {
    let options = IngestOptions {
        accepts_damage: true,
        ..IngestOptions::default()
    };
    ingest(bytes, &options, &Allowance::UNHURRIED)
}

#[test]
fn the_upper_part_of_a_file_that_was_cut_off_is_shown_if_that_is_accepted() {
    let mut translucent = quarters(320, 240).with_alpha();
    translucent.pixels[3] = 9;
    let raster = quarters(320, 240);
    for (name, bytes) in [
        ("JPEG", jpeg(&raster)),
        ("PNG", png(&raster)),
        ("PNG with alpha", png(&translucent)),
        ("WebP", webp(&photo(320, 240))),
        ("lossless WebP", lossless_webp(&photo(320, 240))),
        ("GIF", gif(&raster, 1)),
    ] {
        let cut = &bytes[..bytes.len() * 9 / 10];
        assert!(taken(cut).is_err(), "{name} is refused by default");
        let found = shown(cut).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.analysis.damaged, "{name} is called damaged");
        assert_eq!(
            (found.analysis.width, found.analysis.height),
            (320, 240),
            "{name}"
        );
        if !name.ends_with("WebP") {
            assert_near(&middles(&pixels(&found))[..2], &QUARTERS[..2], 8, name);
        }
        assert!(
            !shown(&bytes).unwrap().analysis.damaged,
            "a sound {name} is not called damaged"
        );
    }
}

#[test]
fn formats_of_which_nothing_can_be_shown_are_refused_all_the_same() {
    for bytes in [
        avif::PLAIN.to_vec(),
        bmp(&photo(60, 40)),
        tiff_of(&photo(60, 40), Kind::default()),
    ] {
        assert!(shown(&bytes[..bytes.len() - 20]).is_err());
    }
}

#[test]
fn damage_inside_the_pixels_is_shown_if_that_is_accepted() {
    let mut bytes = jpeg(&photo(400, 300));
    let middle = bytes.len() / 2;
    for (i, byte) in bytes[middle..middle + 200].iter_mut().enumerate() {
        *byte = (i * 37 % 251) as u8;
    }
    assert!(taken(&bytes).is_err());
    assert!(shown(&bytes).unwrap().analysis.damaged);
    let mut bytes = png(&photo(60, 40));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    assert!(taken(&bytes).is_err());
    assert!(shown(&bytes).unwrap().analysis.damaged);
}

#[test]
fn a_drawing_with_text_is_shown_without_it_if_that_is_accepted() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><text>Hi</text><rect width='9' height='9'/></svg>";
    assert!(taken(svg).is_err());
    assert!(shown(svg).unwrap().analysis.damaged);
}

#[test]
fn a_file_cut_off_anywhere_never_panics_where_damage_is_accepted() {
    let raster = photo(90, 70);
    let progressive = JpegKind {
        progressive: true,
        ..JpegKind::default()
    };
    for bytes in [
        jpeg(&raster),
        jpeg_of(&raster.pixels, 90, 70, progressive),
        png(&raster),
        webp(&raster),
        lossless_webp(&raster),
        gif(&raster, 1),
    ] {
        for part in 0..64 {
            let result = shown(&bytes[..bytes.len() * part / 64]);
            assert!(
                !matches!(result, Err(ImagingError::Panicked { .. })),
                "{part}/64: {result:?}"
            );
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn a_mutated_file_never_panics_where_damage_is_accepted(
        file in 0_usize..5, at in proptest::prelude::any::<proptest::sample::Index>(), byte: u8, run in 1_usize..9,
    ) {
        let raster = photo(40, 30);
        let mut bytes = match file {
            0 => jpeg(&raster),
            1 => png(&raster),
            2 => webp(&raster),
            3 => lossless_webp(&raster),
            _ => gif(&raster, 1),
        };
        let at = at.index(bytes.len());
        let end = (at + run).min(bytes.len());
        bytes[at..end].fill(byte);
        let panicked = matches!(shown(&bytes), Err(ImagingError::Panicked { .. }));
        assert!(!panicked);
    }
}
