use super::*;
use crate::options::{Border, Colour, Flip, Rotation};

fn plan(original: (u32, u32), width: Option<u32>, height: Option<u32>, fit: Fit) -> Geometry {
    let original = Size {
        width: original.0,
        height: original.1,
    };
    geometry(
        original,
        &RenderOptions {
            width,
            height,
            fit,
            ..RenderOptions::default()
        },
    )
}

#[test]
fn each_fit_gives_the_size_that_its_name_promises() {
    use Fit::{Contain, Cover, Crop, Pad, ScaleDown, Squeeze};
    // The original, what is asked, and the size of the answer for each fit in this order.
    let order = [ScaleDown, Contain, Cover, Crop, Pad, Squeeze];
    type Case = ((u32, u32), (Option<u32>, Option<u32>), [(u32, u32); 6]);
    let cases: [Case; 9] = [
        (
            (4000, 3000),
            (Some(800), Some(800)),
            [
                (800, 600),
                (800, 600),
                (800, 800),
                (800, 800),
                (800, 800),
                (800, 800),
            ],
        ),
        (
            (3000, 4000),
            (Some(800), Some(800)),
            [
                (600, 800),
                (600, 800),
                (800, 800),
                (800, 800),
                (800, 800),
                (800, 800),
            ],
        ),
        (
            (400, 300),
            (Some(800), Some(800)),
            [
                (400, 300),
                (800, 600),
                (800, 800),
                (400, 300),
                (800, 800),
                (800, 800),
            ],
        ),
        (
            (1000, 200),
            (Some(400), Some(400)),
            [
                (400, 80),
                (400, 80),
                (400, 400),
                (400, 200),
                (400, 400),
                (400, 400),
            ],
        ),
        ((4000, 3000), (Some(800), None), [(800, 600); 6]),
        ((4000, 3000), (None, Some(600)), [(800, 600); 6]),
        (
            (400, 300),
            (Some(800), None),
            [
                (400, 300),
                (800, 600),
                (800, 600),
                (400, 300),
                (800, 600),
                (800, 600),
            ],
        ),
        ((4000, 3000), (None, None), [(4000, 3000); 6]),
        ((4001, 3), (Some(100), None), [(100, 1); 6]),
    ];
    for (original, (width, height), expected) in cases {
        for (fit, (w, h)) in order.into_iter().zip(expected) {
            let found = plan(original, width, height, fit).output;
            assert_eq!(
                (found.width, found.height),
                (w, h),
                "{original:?} {width:?}×{height:?} {fit:?}"
            );
        }
    }
}

#[test]
fn device_pixels_multiply_what_is_asked() {
    let original = Size {
        width: 4000,
        height: 3000,
    };
    let output = |dpr| {
        let options = RenderOptions {
            width: Some(333),
            dpr,
            ..RenderOptions::default()
        };
        geometry(original, &options).output
    };
    assert_eq!(
        output(2.0),
        Size {
            width: 666,
            height: 500
        }
    );
    assert_eq!(
        output(1.5),
        Size {
            width: 500,
            height: 375
        }
    );
    assert_eq!(output(0.1), output(1.0));
    assert_eq!(output(f32::NAN), output(1.0));
    assert_eq!(output(99.0), output(5.0));
}

#[test]
fn nothing_is_longer_than_twelve_thousand_pixels_and_the_ratio_stays() {
    let found = plan((4000, 3000), Some(40_000), None, Fit::Contain).output;
    assert_eq!(
        found,
        Size {
            width: 12_000,
            height: 9_000
        }
    );
    let found = plan((100, 100), Some(24_000), Some(12_000), Fit::Squeeze).output;
    assert_eq!(
        found,
        Size {
            width: 12_000,
            height: 6_000
        }
    );
    let found = plan((60_000, 10), None, None, Fit::ScaleDown).output;
    assert_eq!(
        found,
        Size {
            width: 12_000,
            height: 2
        }
    );
}

#[test]
fn a_mezzanine_of_just_the_right_size_is_large_enough() {
    assert_eq!(
        plan((4000, 3000), Some(640), None, Fit::ScaleDown).min_source_edge(),
        640
    );
    // 3000 × 640 / 4001 is rounded up to 480 lines: that must not ask for 641 pixels.
    assert_eq!(
        plan((4001, 3000), Some(640), None, Fit::ScaleDown).min_source_edge(),
        640
    );
    assert_eq!(
        plan((3000, 4000), Some(640), None, Fit::ScaleDown).min_source_edge(),
        854
    );
    assert_eq!(
        plan((4000, 3000), Some(256), Some(256), Fit::Cover).min_source_edge(),
        342
    );
    assert_eq!(
        plan((4000, 3000), Some(256), Some(256), Fit::Pad).min_source_edge(),
        256
    );
    assert_eq!(
        plan((400, 300), Some(4_000), None, Fit::Contain).min_source_edge(),
        400
    );
    assert_eq!(
        plan((4000, 3000), Some(1), Some(1), Fit::ScaleDown).min_source_edge(),
        1
    );
}

#[test]
fn pad_sets_the_picture_where_gravity_pulls_it() {
    let original = Size {
        width: 400,
        height: 200,
    };
    let offset = |gravity| {
        let options = RenderOptions {
            width: Some(100),
            height: Some(100),
            fit: Fit::Pad,
            gravity,
            ..RenderOptions::default()
        };
        let plan = geometry(original, &options);
        assert_eq!(
            plan.picture,
            Size {
                width: 100,
                height: 50
            }
        );
        (plan.offset.x, plan.offset.y)
    };
    assert_eq!(offset(Gravity::Center), (0, 25));
    assert_eq!(offset(Gravity::Auto), (0, 25));
    assert_eq!(offset(Gravity::Top), (0, 0));
    assert_eq!(offset(Gravity::BottomRight), (0, 50));
    assert_eq!(offset(Gravity::Point { x: 0.1, y: 0.2 }), (0, 10));
}

#[test]
fn what_is_cut_off_is_as_little_as_can_be() {
    let shown = plan((4000, 3000), Some(100), Some(100), Fit::Cover).shown;
    assert!((shown.0 - 0.75).abs() < 1e-9 && shown.1 == 1.0, "{shown:?}");
    assert!(!plan((4000, 3000), Some(400), Some(300), Fit::Cover).is_cut());
}

/// With these options, of 4000 × 3000 pixels.
fn planned(options: RenderOptions) -> Geometry {
    let original = Size {
        width: 4_000,
        height: 3_000,
    };
    geometry(original, &options)
}

fn wide(width: Option<u32>, height: Option<u32>, fit: Fit) -> RenderOptions {
    RenderOptions {
        width,
        height,
        aspect_ratio: Some((16, 9)),
        fit,
        ..RenderOptions::default()
    }
}

fn sides(size: Size) -> (u32, u32) {
    (size.width, size.height)
}

#[test]
fn the_side_that_is_missing_follows_from_the_ratio_and_what_sticks_out_is_cut_off() {
    use Fit::{Contain, Cover, Crop, Pad, ScaleDown, Squeeze};
    for (width, height, fit, output, cut) in [
        (Some(1_600), None, ScaleDown, (1_600, 900), true),
        (None, Some(900), Crop, (1_600, 900), true),
        (Some(1_600), None, Cover, (1_600, 900), true),
        (Some(1_600), None, Contain, (1_200, 900), false),
        (Some(1_600), None, Pad, (1_600, 900), false),
        (Some(1_600), None, Squeeze, (1_600, 900), false),
        // Never enlarged, but always of the ratio; cover fills what was asked for.
        (Some(8_000), None, ScaleDown, (4_000, 2_250), true),
        (Some(8_000), None, Crop, (4_000, 2_250), true),
        (Some(8_000), None, Cover, (8_000, 4_500), true),
        (None, None, ScaleDown, (4_000, 2_250), true),
        (None, None, Cover, (4_000, 2_250), true),
        (None, None, Contain, (4_000, 3_000), false),
        (None, None, Pad, (5_333, 3_000), false),
        (None, None, Squeeze, (4_000, 2_250), false),
        // Both sides are a ratio already.
        (Some(400), Some(400), ScaleDown, (400, 300), false),
    ] {
        let plan = planned(wide(width, height, fit));
        assert_eq!(sides(plan.output), output, "{width:?} {height:?} {fit:?}");
        assert_eq!(plan.is_cut(), cut, "{width:?} {height:?} {fit:?}");
    }
}

#[test]
fn a_ratio_with_a_zero_is_none() {
    for aspect_ratio in [Some((0, 9)), Some((16, 0)), None] {
        let options = RenderOptions {
            aspect_ratio,
            ..wide(Some(400), None, Fit::ScaleDown)
        };
        assert_eq!(sides(planned(options).output), (400, 300));
    }
}

#[test]
fn width_and_height_are_those_of_the_turned_picture() {
    let turned = |rotate| {
        planned(RenderOptions {
            width: Some(300),
            rotate,
            flip: Flip::Horizontal,
            ..RenderOptions::default()
        })
    };
    assert_eq!(sides(turned(Rotation::Quarter).output), (300, 400));
    assert_eq!(sides(turned(Rotation::ThreeQuarters).output), (300, 400));
    assert_eq!(sides(turned(Rotation::Half).output), (300, 225));
    assert_eq!(turned(Rotation::Quarter).min_source_edge(), 400);
}

fn framed(border: u32, options: RenderOptions) -> Geometry {
    planned(RenderOptions {
        border: Some(Border {
            width: border,
            colour: Colour::WHITE,
        }),
        ..options
    })
}

#[test]
fn a_border_is_inside_the_size_that_was_asked_for_and_around_the_picture_where_none_was() {
    let exact = |fit| RenderOptions {
        width: Some(420),
        height: Some(420),
        fit,
        ..RenderOptions::default()
    };
    for (fit, output, picture) in [
        (Fit::ScaleDown, (420, 320), (400, 300)),
        (Fit::Cover, (420, 420), (400, 400)),
        (Fit::Squeeze, (420, 420), (400, 400)),
        (Fit::Pad, (420, 420), (400, 300)),
    ] {
        let plan = framed(10, exact(fit));
        assert_eq!(
            (sides(plan.output), sides(plan.picture), plan.border),
            (output, picture, 10),
            "{fit:?}"
        );
    }
    let pad = framed(10, exact(Fit::Pad));
    assert_eq!(pad.offset, Offset { x: 10, y: 60 });
    assert_eq!(sides(framed(10, RenderOptions::default()).output), (4_020, 3_020));
    assert_eq!(
        sides(framed(10, wide(Some(1_600), None, Fit::Cover)).output),
        (1_600, 900)
    );
}

#[test]
fn device_pixels_multiply_the_border_and_it_leaves_a_pixel_of_the_picture() {
    let of = |dpr, width| {
        let options = RenderOptions {
            width,
            dpr,
            ..RenderOptions::default()
        };
        let plan = framed(10, options);
        (plan.border, plan.output.width)
    };
    assert_eq!(of(1.5, Some(300)), (15, 450));
    assert_eq!(of(1.0, Some(12)), (5, 12));
    assert_eq!(of(1.0, Some(1)), (0, 1));
    assert_eq!(framed(u32::MAX, RenderOptions::default()).output.width, 12_000);
}

#[test]
fn a_trimmed_picture_is_rendered_from_the_largest_source() {
    let options = RenderOptions {
        width: Some(100),
        trim: Some(10),
        ..RenderOptions::default()
    };
    assert_eq!(planned(options).min_source_edge(), 4_000);
}

#[test]
fn a_window_of_what_a_trim_left_is_found_in_the_whole() {
    let original = Size {
        width: 400,
        height: 300,
    };
    let kept = [0.25, 0.5, 0.5, 0.25];
    assert_eq!(
        trimmed(original, kept),
        Size {
            width: 200,
            height: 75
        }
    );
    assert_eq!(
        trimmed(original, [0.5, 0.5, 1e-9, 1e-9]),
        Size { width: 1, height: 1 }
    );
    assert_eq!(within(kept, [0.5, 0.0, 0.5, 1.0]), [0.5, 0.5, 0.25, 0.25]);
    assert_eq!(within(kept, [0.0, 0.0, 1.0, 1.0]), kept);
}

proptest::proptest! {
    #[test]
    fn no_options_make_an_impossible_plan(
        w in 0_u32..70_000, h in 0_u32..70_000, width in proptest::option::of(0_u32..200_000),
        height in proptest::option::of(0_u32..200_000), dpr in -1.0_f32..9.0, fit in 0_usize..6,
        aspect_ratio in proptest::option::of((0_u32..20, 0..u32::MAX)), border in proptest::option::of(0_u32..9_000),
        turned in proptest::bool::ANY,
    ) {
        let fit = [Fit::ScaleDown, Fit::Contain, Fit::Cover, Fit::Crop, Fit::Pad, Fit::Squeeze][fit];
        let border = border.map(|width| Border { width, colour: Colour::WHITE });
        let rotate = if turned { Rotation::Quarter } else { Rotation::None };
        let options =
            RenderOptions { width, height, dpr, fit, aspect_ratio, border, rotate, ..RenderOptions::default() };
        let plan = geometry(Size { width: w, height: h }, &options);
        for side in [plan.output.width, plan.output.height, plan.picture.width, plan.picture.height] {
            assert!((1..=12_000).contains(&side), "{plan:?}");
        }
        assert!(plan.offset.x >= plan.border && plan.offset.y >= plan.border, "{plan:?}");
        assert!(plan.offset.x + plan.picture.width + plan.border <= plan.output.width, "{plan:?}");
        assert!(plan.offset.y + plan.picture.height + plan.border <= plan.output.height, "{plan:?}");
        assert!(plan.shown.0 > 0.0 && plan.shown.0 <= 1.0 && plan.shown.1 > 0.0 && plan.shown.1 <= 1.0, "{plan:?}");
        assert!((1..=w.max(h).max(1)).contains(&plan.min_source_edge()), "{plan:?}");
    }
}
