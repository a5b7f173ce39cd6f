use qrcode::{Color, EcLevel, QrCode};

use super::*;
use crate::testing::photo;
use crate::{raster::Raster, resize::resize};

fn codes(raster: &Raster) -> Result<Vec<String>, ImagingError> {
    super::codes(&Pixels::Raster(raster.clone()))
}

/// Paints the code, with its quiet zone, on the picture.
fn with_code(raster: &mut Raster, text: &str, (left, top): (usize, usize), module: usize, ink: u8) {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    let side = code.width();
    for y in 0..(side + 8) * module {
        for x in 0..(side + 8) * module {
            let (column, row) = ((x / module).wrapping_sub(4), (y / module).wrapping_sub(4));
            let dark = column < side && row < side && code[(column, row)] == Color::Dark;
            let at = ((top + y) * raster.width as usize + left + x) * 3;
            raster.pixels[at..at + 3].fill(if dark { ink } else { 235 });
        }
    }
}

#[test]
fn a_code_in_a_photo_is_read() {
    let mut raster = photo(1_280, 854);
    with_code(&mut raster, "https://example.com/menu?table=7", (700, 400), 6, 20);
    assert_eq!(codes(&raster).unwrap(), ["https://example.com/menu?table=7"]);
}

#[test]
fn codes_are_read_large_and_small_and_faint() {
    for (module, ink) in [(3, 20), (4, 90), (12, 120), (20, 0)] {
        let mut raster = photo(1_280, 854);
        with_code(&mut raster, "WIFI:S:Tintype;;", (40, 30), module, ink);
        assert_eq!(
            codes(&raster).unwrap(),
            ["WIFI:S:Tintype;;"],
            "{module} px a module, ink of {ink}"
        );
    }
}

#[test]
fn a_code_that_is_turned_or_resized_is_read() {
    use crate::orient::Orientation;
    let mut raster = photo(1_280, 854);
    with_code(&mut raster, "turned", (300, 200), 8, 20);
    for orientation in 1..=8 {
        let turned = Orientation::from_exif(orientation).apply(raster.clone());
        assert_eq!(codes(&turned).unwrap(), ["turned"], "orientation {orientation}");
    }
    let small = resize(&raster, SourceBox::whole((1_280.0, 854.0)), 640, 427).unwrap();
    assert_eq!(codes(&small).unwrap(), ["turned"]);
    let large = resize(&raster, SourceBox::whole((1_280.0, 854.0)), 2_000, 1_334).unwrap();
    assert_eq!(codes(&large).unwrap(), ["turned"]);
}

#[test]
fn texts_are_cleaned_and_each_stands_once() {
    let mut raster = photo(1_280, 854);
    with_code(&mut raster, "tab\tand\u{1b}[31m ü", (20, 20), 4, 20);
    with_code(&mut raster, "twice", (20, 420), 4, 20);
    with_code(&mut raster, "twice", (420, 20), 4, 20);
    let mut found = codes(&raster).unwrap();
    found.sort();
    assert_eq!(found, ["tab and[31m ü", "twice"]);
}

#[test]
fn a_picture_without_a_code_has_none() {
    assert!(codes(&photo(1_280, 854)).unwrap().is_empty());
    for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 7)] {
        let raster = Raster::new(width, height, false, vec![9; (width * height * 3) as usize]).unwrap();
        assert!(codes(&raster).unwrap().is_empty());
    }
}

/// Finders and nothing else, each as many pixels from the next.
fn wall(step: usize, module: usize) -> Raster {
    let pixel = |x: usize, y: usize| {
        let (x, y) = (x % step / module, y % step / module);
        let ring = x.abs_diff(3).max(y.abs_diff(3));
        if ring < 4 && ring != 2 { [0; 3] } else { [255; 3] }
    };
    let pixels = (0..854)
        .flat_map(|y| (0..1_280).flat_map(move |x| pixel(x, y)))
        .collect();
    Raster::new(1_280, 854, false, pixels).unwrap()
}

#[test]
fn an_ingested_picture_has_the_texts_of_its_codes() {
    let mut raster = photo(2_560, 1_708);
    with_code(&mut raster, "https://example.com/", (1_400, 800), 7, 20);
    let bytes = crate::testing::jpeg(&raster);
    let found = crate::ingest(
        &bytes,
        &crate::IngestOptions::default(),
        &crate::Allowance::UNHURRIED,
    )
    .unwrap();
    assert_eq!(found.analysis.codes, ["https://example.com/"]);
}

#[test]
fn a_wall_of_finders_is_not_searched() {
    let raster = wall(9, 1);
    let black = black(&raster.luminance(), 1_280, 854);
    assert!(finders(&black, 1_280) > MAX_FINDERS);
    assert!(codes(&raster).unwrap().is_empty());
}

#[test]
fn the_squares_of_a_code_are_counted() {
    let mut raster = photo(1_280, 854);
    with_code(&mut raster, "counted", (300, 200), 8, 20);
    let black = black(&raster.luminance(), 1_280, 854);
    assert!(
        (3..8).contains(&finders(&black, 1_280)),
        "{}",
        finders(&black, 1_280)
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_codes_never_panic(seed: u32, text in "[ -~]{1,60}") {
        let mut raster = photo(320, 320);
        with_code(&mut raster, &text, (20, 20), 4, 20);
        let mut noise = seed;
        for _ in 0..40 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = noise as usize % (raster.pixels.len() - 30);
            raster.pixels[at..at + 30].fill((noise >> 24) as u8);
        }
        assert!(codes(&raster).unwrap().len() <= MAX_CODES);
    }
}
