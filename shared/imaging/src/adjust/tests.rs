use super::*;
use crate::{
    Size, geometry,
    options::{Border, Colour, Gravity, OutputFormat},
    testing::photo,
};

mod renders;

const RED: Colour = Colour {
    red: 255,
    green: 0,
    blue: 0,
    alpha: 255,
};

fn size(raster: &Raster) -> Size {
    Size {
        width: raster.width,
        height: raster.height,
    }
}

/// Adjusts a picture that has the planned size already.
fn adjusted(raster: &Raster, options: &RenderOptions) -> Raster {
    let plan = geometry(size(raster), options);
    assert_eq!(plan.picture, size(raster), "the picture needs no resize");
    let found = adjust(raster.clone(), options, &plan, None, &Allowance::UNHURRIED).unwrap();
    assert_eq!(size(&found), plan.output);
    found
}

fn at(raster: &Raster, x: u32, y: u32) -> &[u8] {
    let channels = raster.channels();
    &raster.pixels[(y * raster.width + x) as usize * channels..][..channels]
}

/// Something of everything, on a square of 100 pixels.
fn everything(format: OutputFormat) -> RenderOptions {
    RenderOptions {
        width: Some(100),
        height: Some(100),
        fit: Fit::Pad,
        background: Some(Colour {
            green: 255,
            alpha: 128,
            ..RED
        }),
        border: Some(Border {
            width: 10,
            colour: RED,
        }),
        adjustments: Adjustments {
            blur: 3.0,
            sharpen: 1.0,
            brightness: 0.0,
            contrast: 1.0,
            gamma: 1.0,
            saturation: 0.5,
        },
        format,
        ..RenderOptions::default()
    }
}

#[test]
fn tones_and_blur_touch_the_picture_and_not_what_is_around_it() {
    let found = adjusted(&photo(80, 40), &everything(OutputFormat::Png));
    assert!(found.alpha);
    assert_eq!(at(&found, 9, 50), [255, 0, 0, 255], "border");
    assert_eq!(at(&found, 10, 29), [255, 255, 0, 128], "background");
    assert_eq!(
        at(&found, 10, 30),
        [0, 0, 0, 255],
        "picture, whose brightness is 0"
    );
    assert_eq!(at(&found, 89, 69), [0, 0, 0, 255]);
    assert_eq!(at(&found, 89, 70), [255, 255, 0, 128]);
    assert_eq!(at(&found, 90, 50), [255, 0, 0, 255]);
}

#[test]
fn what_a_jpeg_is_made_of_is_opaque() {
    let mut raster = photo(80, 40).with_alpha();
    for pixel in raster.pixels.as_chunks_mut::<4>().0 {
        pixel[3] = 0;
    }
    let found = adjusted(&raster, &everything(OutputFormat::Jpeg));
    assert!(!found.alpha);
    assert_eq!(at(&found, 0, 0), [255, 0, 0]);
    assert_eq!(at(&found, 50, 50), [255, 255, 127]);
    let glass = Colour { alpha: 51, ..RED };
    let options = RenderOptions {
        border: Some(Border {
            width: 10,
            colour: glass,
        }),
        background: None,
        ..everything(OutputFormat::Jpeg)
    };
    let found = adjusted(&raster, &options);
    assert_eq!(at(&found, 0, 0), [255, 204, 204], "a fifth of red on white");
}

#[test]
fn the_watermark_stands_on_everything_else() {
    let options = everything(OutputFormat::Webp);
    let raster = photo(80, 40);
    let plan = geometry(size(&raster), &options);
    let mark = Raster::new(1, 1, false, vec![9, 8, 7]).unwrap();
    let placed = Watermark {
        bytes: &[],
        gravity: Gravity::TopLeft,
        scale: 0.2,
        margin: 0.0,
        opacity: 1.0,
    };
    let found = adjust(
        raster,
        &options,
        &plan,
        Some((&mark, &placed)),
        &Allowance::UNHURRIED,
    )
    .unwrap();
    assert_eq!(at(&found, 0, 0), [9, 8, 7, 255]);
    assert_eq!(at(&found, 19, 19), [9, 8, 7, 255]);
    assert_eq!(at(&found, 20, 0), [255, 0, 0, 255]);
}

#[test]
fn idle_options_change_no_pixel_and_others_do() {
    let raster = photo(60, 60);
    let idle = RenderOptions {
        width: Some(60),
        background: Some(RED),
        fit: Fit::Pad,
        ..RenderOptions::default()
    };
    assert!(is_idle(&idle, false) && !is_idle(&idle, true));
    assert_eq!(adjusted(&raster, &idle), raster);
    let nothing = RenderOptions {
        adjustments: Adjustments {
            blur: f32::NAN,
            sharpen: -1.0,
            ..Adjustments::default()
        },
        border: Some(Border {
            width: 0,
            colour: RED,
        }),
        ..idle
    };
    assert!(is_idle(&nothing, false));
    assert_eq!(adjusted(&raster, &nothing), raster);

    let plain = RenderOptions::default();
    let with = |set: fn(&mut Adjustments)| {
        let mut adjustments = Adjustments::default();
        set(&mut adjustments);
        RenderOptions { adjustments, ..plain }
    };
    for busy in [
        with(|a| a.blur = 1.0),
        with(|a| a.sharpen = 1.0),
        with(|a| a.brightness = 1.1),
        with(|a| a.contrast = 0.9),
        with(|a| a.gamma = 1.2),
        with(|a| a.saturation = 0.0),
        RenderOptions {
            border: Some(Border {
                width: 1,
                colour: RED,
            }),
            ..plain
        },
        RenderOptions {
            aspect_ratio: Some((2, 1)),
            fit: Fit::Pad,
            ..plain
        },
    ] {
        assert!(!is_idle(&busy, false), "{busy:?}");
        assert_ne!(adjusted(&raster, &busy), raster, "{busy:?}");
    }
}

#[test]
fn what_is_too_large_or_too_late_is_refused() {
    let raster = photo(60, 60);
    let options = RenderOptions {
        adjustments: Adjustments {
            blur: 2.0,
            ..Adjustments::default()
        },
        ..RenderOptions::default()
    };
    let plan = geometry(size(&raster), &options);
    let small = Allowance {
        memory_bytes: 10_000,
        ..Allowance::UNHURRIED
    };
    assert!(matches!(
        adjust(raster.clone(), &options, &plan, None, &small),
        Err(ImagingError::OverBudget { .. })
    ));
    let late = Allowance {
        is_over: &|| true,
        ..Allowance::UNHURRIED
    };
    assert_eq!(
        adjust(raster, &options, &plan, None, &late),
        Err(ImagingError::OutOfTime)
    );
}
