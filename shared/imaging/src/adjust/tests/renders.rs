//! The steps as a whole render applies them.

use super::*;
use crate::{
    RenderRequest, Source, Watermark,
    options::{Flip, Rotation},
    render,
    testing::{QUARTERS, assert_near, decoded, jpeg, middles, orientation_tiff, png, quarters, with_exif},
};

fn rendered(bytes: &[u8], original: Size, options: &RenderOptions) -> Raster {
    let request = RenderRequest {
        source: Source::Original(bytes),
        original,
        options,
        watermark: None,
    };
    let answer = render(&request, &Allowance::UNHURRIED).unwrap();
    decoded(&answer.bytes)
}

fn lossless() -> RenderOptions {
    RenderOptions {
        format: OutputFormat::Png,
        ..RenderOptions::default()
    }
}

#[test]
fn a_turn_comes_after_the_orientation_of_the_file_and_before_the_fit() {
    // As stored: red, green, blue, white; turned with the clock by its orientation: blue, red, white, green.
    let stored = quarters(320, 240);
    let bytes = with_exif(&jpeg(&stored), &orientation_tiff(6));
    let original = Size {
        width: 240,
        height: 320,
    };
    let [red, green, blue, white] = QUARTERS;
    for (rotate, flip, expected) in [
        (Rotation::None, Flip::None, [blue, red, white, green]),
        (Rotation::Quarter, Flip::None, [white, blue, green, red]),
        (Rotation::ThreeQuarters, Flip::None, [red, green, blue, white]),
        (Rotation::None, Flip::Horizontal, [red, blue, green, white]),
        (Rotation::Quarter, Flip::Horizontal, [green, red, white, blue]),
    ] {
        let options = RenderOptions {
            width: Some(60),
            rotate,
            flip,
            ..lossless()
        };
        let found = rendered(&bytes, original, &options);
        let height = if rotate == Rotation::None { 80 } else { 45 };
        assert_eq!((found.width, found.height), (60, height));
        assert_near(&middles(&found), &expected, 10, &format!("{rotate:?} {flip:?}"));
    }
}

#[test]
fn gravity_means_the_turned_picture() {
    let bytes = png(&quarters(80, 80));
    let original = Size {
        width: 80,
        height: 80,
    };
    let options = RenderOptions {
        width: Some(20),
        height: Some(40),
        fit: Fit::Cover,
        gravity: Gravity::Left,
        rotate: Rotation::Quarter,
        ..lossless()
    };
    // Turned: blue, red, white, green; of that the left half.
    let found = rendered(&bytes, original, &options);
    let [_, _, blue, white] = QUARTERS;
    assert_near(&middles(&found), &[blue, blue, white, white], 4, "left half");
}

/// The quarters with a margin of light gray: 60 pixels left, 20 above, 20 right, 40 below.
fn with_margin() -> Raster {
    background::set_on(
        quarters(120, 80),
        (200, 140),
        (60, 20),
        Colour {
            red: 230,
            green: 230,
            blue: 230,
            alpha: 255,
        },
    )
}

#[test]
fn a_trimmed_picture_is_fitted_as_if_it_had_never_had_a_margin() {
    let raster = with_margin();
    for orientation in 1..=8_u16 {
        let inverse = match orientation {
            6 => 8,
            8 => 6,
            same => u32::from(same),
        };
        let stored = crate::orient::Orientation::from_exif(inverse).apply(raster.clone());
        let bytes = with_exif(&jpeg(&stored), &orientation_tiff(orientation));
        for (width, fit, expected) in [
            (None, Fit::ScaleDown, (120, 80)),
            (Some(60), Fit::ScaleDown, (60, 40)),
            (Some(240), Fit::Contain, (240, 160)),
        ] {
            let options = RenderOptions {
                width,
                fit,
                trim: Some(8),
                ..lossless()
            };
            let found = rendered(&bytes, size(&raster), &options);
            // The ring of a JPEG at the hard edge may be a pixel of content.
            let scale = f64::from(expected.0) / 120.0;
            assert!(
                f64::from(found.height.abs_diff(expected.1)) <= 2.0 * scale + 1.0,
                "{orientation}: {:?}",
                size(&found)
            );
            assert_near(
                &middles(&found),
                &QUARTERS,
                12,
                &format!("orientation {orientation}, {width:?}"),
            );
        }
    }
}

#[test]
fn a_trim_and_a_crop_show_the_part_that_both_leave() {
    let raster = with_margin();
    let options = RenderOptions {
        width: Some(60),
        height: Some(80),
        fit: Fit::Cover,
        gravity: Gravity::Right,
        trim: Some(0),
        ..lossless()
    };
    let found = rendered(&png(&raster), size(&raster), &options);
    let [_, green, _, white] = QUARTERS;
    assert_eq!((found.width, found.height), (60, 80));
    assert_near(&middles(&found), &[green, green, white, white], 4, "right half");
    let options = RenderOptions {
        rotate: Rotation::Half,
        gravity: Gravity::Left,
        ..options
    };
    let turned = rendered(&png(&raster), size(&raster), &options);
    assert_near(
        &middles(&turned),
        &[white, white, green, green],
        4,
        "the same half, turned",
    );
}

#[test]
fn a_picture_of_one_colour_survives_its_trim() {
    let raster = Raster::new(40, 30, false, vec![77; 3_600]).unwrap();
    let options = RenderOptions {
        trim: Some(255),
        ..lossless()
    };
    assert_eq!(rendered(&png(&raster), size(&raster), &options), raster);
}

#[test]
fn a_watermark_is_read_upright_and_laid_on_every_format() {
    // Red above blue once its orientation, a half turn, is applied.
    let mark = Raster::new(
        20,
        20,
        false,
        [[0, 0, 200]; 200]
            .iter()
            .chain(&[[200, 0, 0]; 200])
            .flatten()
            .copied()
            .collect(),
    );
    let mark = with_exif(&jpeg(&mark.unwrap()), &orientation_tiff(3));
    let raster = Raster::new(100, 100, false, vec![255; 30_000]).unwrap();
    let bytes = png(&raster);
    for format in [OutputFormat::Png, OutputFormat::Jpeg, OutputFormat::Webp] {
        let options = RenderOptions { format, ..lossless() };
        let request = RenderRequest {
            source: Source::Original(&bytes),
            original: size(&raster),
            options: &options,
            watermark: Some(Watermark {
                bytes: &mark,
                gravity: Gravity::BottomRight,
                scale: 0.4,
                margin: 0.1,
                opacity: 1.0,
            }),
        };
        let found = decoded(&render(&request, &Allowance::UNHURRIED).unwrap().bytes);
        let pixel = |x, y| [at(&found, x, y)[0], at(&found, x, y)[1], at(&found, x, y)[2]];
        assert_near(
            &[pixel(70, 55), pixel(70, 85), pixel(95, 95), pixel(45, 45)],
            &[[200, 0, 0], [0, 0, 200], [255; 3], [255; 3]],
            24,
            &format!("{format:?}"),
        );
    }
    let options = lossless();
    let request = RenderRequest {
        source: Source::Original(&bytes),
        original: size(&raster),
        options: &options,
        watermark: Some(Watermark {
            bytes: b"no picture",
            gravity: Gravity::Center,
            scale: 1.0,
            margin: 0.0,
            opacity: 1.0,
        }),
    };
    assert!(render(&request, &Allowance::UNHURRIED).is_err());
}

#[test]
fn every_answer_has_the_size_of_its_plan_with_everything_at_once() {
    let raster = photo(301, 201);
    let bytes = jpeg(&raster);
    for fit in [
        Fit::ScaleDown,
        Fit::Contain,
        Fit::Cover,
        Fit::Crop,
        Fit::Pad,
        Fit::Squeeze,
    ] {
        for (width, height) in [
            (None, None),
            (Some(97), None),
            (None, Some(64)),
            (Some(97), Some(64)),
        ] {
            let options = RenderOptions {
                width,
                height,
                aspect_ratio: Some((4, 5)),
                fit,
                rotate: Rotation::Quarter,
                trim: None,
                dpr: 1.5,
                ..everything(OutputFormat::Png)
            };
            let plan = geometry(size(&raster), &options);
            let found = rendered(&bytes, size(&raster), &options);
            assert_eq!(size(&found), plan.output, "{width:?} {height:?} {fit:?}");
        }
    }
}
