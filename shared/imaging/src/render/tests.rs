use super::*;
use crate::orient::Orientation;
use crate::{
    IngestOptions, Limits, Quality, ingest,
    options::Fit,
    resize::resize,
    testing::{
        QUARTERS, assert_near, decoded, jpeg, lossless_webp, middles, orientation_tiff, photo, psnr,
        quarters, with_exif,
    },
};

fn size(raster: &Raster) -> Size {
    Size {
        width: raster.width,
        height: raster.height,
    }
}

fn answered(
    source: Source<'_>,
    original: Size,
    options: &RenderOptions,
    allowance: &Allowance<'_>,
) -> Result<Rendered, ImagingError> {
    let request = RenderRequest {
        source,
        original,
        options,
        watermark: None,
    };
    render(&request, allowance)
}

fn rendered(source: Source<'_>, original: Size, options: &RenderOptions) -> Raster {
    let answer = answered(source, original, options, &Allowance::UNHURRIED).unwrap();
    let raster = decoded(&answer.bytes);
    assert_eq!(
        (answer.width, answer.height, answer.format),
        (raster.width, raster.height, options.format.format())
    );
    raster
}

fn exact(width: u32, height: u32, fit: Fit) -> RenderOptions {
    RenderOptions {
        width: Some(width),
        height: Some(height),
        fit,
        format: OutputFormat::Png,
        ..RenderOptions::default()
    }
}

#[test]
fn every_format_and_fit_gives_the_size_that_was_planned() {
    let raster = photo(300, 200);
    let bytes = jpeg(&raster);
    for format in [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Png] {
        for fit in [
            Fit::ScaleDown,
            Fit::Contain,
            Fit::Cover,
            Fit::Crop,
            Fit::Pad,
            Fit::Squeeze,
        ] {
            let options = RenderOptions {
                format,
                ..exact(120, 100, fit)
            };
            let plan = geometry(size(&raster), &options);
            let found = rendered(Source::Original(&bytes), size(&raster), &options);
            assert_eq!(size(&found), plan.output, "{format:?} {fit:?}");
        }
    }
}

#[test]
fn every_orientation_is_upright_whole_and_cropped() {
    let upright = quarters(320, 240);
    for orientation in 1..=8_u16 {
        let inverse = match orientation {
            6 => 8,
            8 => 6,
            same => u32::from(same),
        };
        let stored = Orientation::from_exif(inverse).apply(upright.clone());
        let bytes = with_exif(&jpeg(&stored), &orientation_tiff(orientation));
        let whole = rendered(
            Source::Original(&bytes),
            size(&upright),
            &exact(64, 48, Fit::ScaleDown),
        );
        assert_eq!(
            size(&whole),
            Size {
                width: 64,
                height: 48
            }
        );
        assert_near(
            &middles(&whole),
            &QUARTERS,
            8,
            &format!("orientation {orientation}"),
        );
        // The green quarter is the upper right one.
        let options = RenderOptions {
            gravity: Gravity::TopRight,
            ..exact(40, 60, Fit::Cover)
        };
        let corner = rendered(Source::Original(&bytes), size(&upright), &options);
        let last = [
            corner.pixels[3 * 38],
            corner.pixels[3 * 38 + 1],
            corner.pixels[3 * 38 + 2],
        ];
        assert_near(
            &[last],
            &QUARTERS[1..2],
            10,
            &format!("corner of orientation {orientation}"),
        );
    }
}

#[test]
fn a_scaled_decode_gives_the_same_picture_as_a_full_one() {
    // Sides that no eighth divides: the scaled decode rounds up, and the exact extent must be resized.
    let raster = photo(2_003, 1_501);
    let bytes = jpeg(&raster);
    for (width, height) in [(801, 600), (400, 300), (200, 150)] {
        let options = exact(width, height, Fit::Squeeze);
        let scaled = rendered(Source::Original(&bytes), size(&raster), &options);
        let whole = SourceBox::whole((2_003.0, 1_501.0));
        let full = resize(&decoded(&bytes), whole, width, height).unwrap();
        let db = psnr(&scaled, &full);
        assert!(db > 40.0, "{width} px: {db:.1} dB");
    }
}

#[test]
fn a_render_from_a_mezzanine_is_as_good_as_one_from_the_original() {
    let raster = photo(3_001, 2_003);
    let bytes = jpeg(&raster);
    let ladder = ingest(&bytes, &IngestOptions::default(), &Allowance::UNHURRIED)
        .unwrap()
        .mezzanines;
    for (width, height, fit) in [
        (800, 600, Fit::ScaleDown),
        (256, 256, Fit::Cover),
        (1_280, 1_280, Fit::ScaleDown),
    ] {
        let options = exact(width, height, fit);
        let plan = geometry(size(&raster), &options);
        let rung = ladder
            .iter()
            .rev()
            .find(|rung| rung.edge >= plan.min_source_edge())
            .unwrap();
        let from_ladder = rendered(Source::Mezzanine { bytes: &rung.bytes }, size(&raster), &options);
        let from_original = rendered(Source::Original(&bytes), size(&raster), &options);
        let db = psnr(&from_ladder, &from_original);
        assert!(db > 38.0, "{fit:?} {width} px from {} px: {db:.1} dB", rung.edge);
    }
}

#[test]
fn pad_is_white_in_a_jpeg_and_transparent_where_the_format_can() {
    let bytes = jpeg(&quarters(200, 100));
    let original = Size {
        width: 200,
        height: 100,
    };
    let options = exact(100, 100, Fit::Pad);
    let png = rendered(Source::Original(&bytes), original, &options);
    assert!(png.alpha);
    assert_eq!(png.pixels[..4], [0, 0, 0, 0]);
    assert_eq!(png.pixels[4 * (100 * 50 + 10) + 3], 255);
    let jpeg = rendered(
        Source::Original(&bytes),
        original,
        &RenderOptions {
            format: OutputFormat::Jpeg,
            ..options
        },
    );
    assert!(
        jpeg.pixels[..3].iter().all(|c| *c > 250),
        "{:?}",
        &jpeg.pixels[..3]
    );
}

#[test]
fn transparency_is_kept_by_webp_and_png_and_laid_on_white_by_jpeg() {
    let mut raster = quarters(80, 60).with_alpha();
    // The left half is half transparent.
    for (i, pixel) in raster.pixels.chunks_exact_mut(4).enumerate() {
        pixel[3] = if i % 80 < 40 { 128 } else { 255 };
    }
    let bytes = lossless_webp(&raster);
    let original = size(&raster);
    for format in [OutputFormat::Webp, OutputFormat::Png] {
        let found = rendered(
            Source::Mezzanine { bytes: &bytes },
            original,
            &RenderOptions {
                format,
                ..exact(40, 30, Fit::ScaleDown)
            },
        );
        assert!(
            found.alpha && found.pixels[3].abs_diff(128) <= 1,
            "{format:?}: {:?}",
            &found.pixels[..4]
        );
        assert_near(&middles(&found), &QUARTERS, 12, "colours under alpha");
    }
    let options = RenderOptions {
        format: OutputFormat::Jpeg,
        quality: Quality::Fixed(95),
        ..exact(40, 30, Fit::ScaleDown)
    };
    let flat = rendered(Source::Mezzanine { bytes: &bytes }, original, &options);
    assert_near(&middles(&flat)[..1], &[[237, 137, 137]], 8, "red on white");
}

#[test]
fn auto_gravity_keeps_the_detail_in_the_frame() {
    let mut raster = Raster::new(400, 200, false, vec![128; 400 * 200 * 3]).unwrap();
    for y in 60..140 {
        for x in 320..390 {
            let on = (x / 4 + y / 4) % 2 == 0;
            let at = (y * 400 + x) * 3;
            raster.pixels[at..at + 3].copy_from_slice(if on { &[255, 0, 0] } else { &[0, 0, 255] });
        }
    }
    let bytes = jpeg(&raster);
    let options = RenderOptions {
        gravity: Gravity::Auto,
        ..exact(100, 100, Fit::Cover)
    };
    let found = rendered(Source::Original(&bytes), size(&raster), &options);
    let coloured = found
        .pixels
        .chunks(3)
        .filter(|p| p[0].abs_diff(p[1]) > 60 || p[2].abs_diff(p[1]) > 60)
        .count();
    // The detail is 35 × 40 pixels of the answer.
    assert!(
        coloured > 1_000,
        "{coloured} pixels of the detail are in the frame"
    );
    assert_eq!(found, rendered(Source::Original(&bytes), size(&raster), &options));
}

#[test]
fn quality_changes_the_size_of_the_answer() {
    let raster = photo(400, 300);
    let bytes = jpeg(&raster);
    for format in [OutputFormat::Jpeg, OutputFormat::Webp] {
        let length = |quality| {
            let options = RenderOptions {
                format,
                quality: Quality::Fixed(quality),
                ..RenderOptions::default()
            };
            answered(
                Source::Original(&bytes),
                size(&raster),
                &options,
                &Allowance::UNHURRIED,
            )
            .unwrap()
            .bytes
            .len()
        };
        assert!(length(30) < length(80) && length(80) < length(100), "{format:?}");
    }
}

fn bytes_of(raster: &Raster, format: OutputFormat, quality: Quality) -> Vec<u8> {
    let options = RenderOptions {
        format,
        quality,
        ..RenderOptions::default()
    };
    let source = lossless_webp(raster);
    let source = Source::Original(&source);
    answered(source, size(raster), &options, &Allowance::UNHURRIED)
        .unwrap()
        .bytes
}

#[test]
fn auto_takes_fewer_bytes_than_quality_80_and_the_same_every_time() {
    let raster = photo(320, 240);
    for format in [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Avif] {
        let auto = bytes_of(&raster, format, Quality::Auto);
        let fixed = bytes_of(&raster, format, Quality::Fixed(80));
        assert!(
            auto.len() < fixed.len(),
            "{format:?}: {} and {}",
            auto.len(),
            fixed.len()
        );
        assert_eq!(auto, bytes_of(&raster, format, Quality::Auto));
        let db = psnr(&decoded(&auto), &raster);
        assert!(db > 25.0, "{format:?}: {db:.1} dB");
    }
}

#[test]
fn auto_keeps_every_pixel_of_a_drawing_where_that_is_smaller() {
    // Bars like letters on paper.
    let dark = |x: u32, y: u32| y % 20 < 12 && (x * 7 + y / 20 * 13) % 23 < 3;
    let pixels = (0..200_u32)
        .flat_map(|y| (0..300_u32).map(move |x| (x / 2 * 2, y)))
        .flat_map(|(x, y)| if dark(x, y) { [20, 20, 60] } else { [250, 250, 245] });
    let drawing = Raster::new(300, 200, false, pixels.collect()).unwrap();
    let auto = bytes_of(&drawing, OutputFormat::Webp, Quality::Auto);
    let fixed = bytes_of(&drawing, OutputFormat::Webp, Quality::Fixed(80));
    assert!(2 * auto.len() < fixed.len(), "{} and {}", auto.len(), fixed.len());
    assert_eq!(decoded(&auto), drawing);
}

#[test]
fn a_source_that_is_damaged_or_too_large_is_an_error() {
    let raster = photo(100, 100);
    let bytes = jpeg(&raster);
    let strict = Allowance {
        limits: Limits {
            max_pixels: 5_000,
            ..Limits::default()
        },
        ..Allowance::UNHURRIED
    };
    let options = RenderOptions::default();
    assert!(matches!(
        answered(Source::Original(&bytes), size(&raster), &options, &strict),
        Err(ImagingError::Probe(_))
    ));
    let cut = Source::Mezzanine { bytes: &bytes[..500] };
    assert!(matches!(
        answered(cut, size(&raster), &options, &Allowance::UNHURRIED),
        Err(ImagingError::Probe(_))
    ));
}

#[test]
fn an_answer_keeps_to_the_bytes_that_are_allowed_first_by_quality_and_then_by_size() {
    let raster = photo(800, 600);
    let bytes = jpeg(&raster);
    for format in [
        OutputFormat::Jpeg,
        OutputFormat::Webp,
        OutputFormat::Avif,
        OutputFormat::Png,
    ] {
        let answer = |max_bytes| {
            let options = RenderOptions {
                format,
                max_bytes,
                ..RenderOptions::default()
            };
            let source = Source::Original(&bytes);
            answered(source, size(&raster), &options, &Allowance::UNHURRIED).unwrap()
        };
        let free = answer(None);
        assert_eq!((free.width, free.height), (800, 600));
        let some = answer(Some(free.bytes.len() as u64 * 3 / 4));
        assert!(some.bytes.len() * 4 <= free.bytes.len() * 3, "{format:?}");
        assert_eq!(
            some.width == 800,
            format.is_lossy(),
            "{format:?} is {} px wide",
            some.width
        );
        let few = answer(Some(2_000));
        assert!(few.bytes.len() <= 2_000, "{format:?}: {} bytes", few.bytes.len());
        let ratio = f64::from(few.width) / f64::from(few.height);
        assert!((ratio - 4.0 / 3.0).abs() < 0.1, "{format:?}: {ratio}");
    }
}

#[test]
fn a_caller_whose_time_is_over_gets_no_answer() {
    let raster = photo(64, 48);
    let bytes = jpeg(&raster);
    let impatient = Allowance {
        is_over: &|| true,
        ..Allowance::UNHURRIED
    };
    let refused = answered(
        Source::Original(&bytes),
        size(&raster),
        &RenderOptions::default(),
        &impatient,
    );
    assert_eq!(refused, Err(ImagingError::OutOfTime));
}

#[test]
fn an_answer_that_is_larger_than_its_memory_is_refused_before_it_is_drawn() {
    let raster = photo(40, 30);
    let tight = Allowance {
        memory_bytes: 4 * 1024 * 1024,
        ..Allowance::UNHURRIED
    };
    for (bytes, format) in [
        (jpeg(&raster), OutputFormat::Jpeg),
        (jpeg(&raster), OutputFormat::Png),
        (lossless_webp(&raster.clone().with_alpha()), OutputFormat::Webp),
    ] {
        let options = RenderOptions {
            format,
            ..exact(2_400, 1_800, Fit::Contain)
        };
        let source = Source::Original(&bytes);
        let refused = answered(source, size(&raster), &options, &tight);
        assert!(
            matches!(refused, Err(ImagingError::OverBudget { .. })),
            "{format:?}: {refused:?}"
        );
    }
}
