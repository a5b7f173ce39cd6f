use super::*;

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

proptest::proptest! {
    #[test]
    fn no_options_make_an_impossible_plan(
        w in 0_u32..70_000, h in 0_u32..70_000, width in proptest::option::of(0_u32..200_000),
        height in proptest::option::of(0_u32..200_000), dpr in -1.0_f32..9.0, fit in 0_usize..6,
    ) {
        let fit = [Fit::ScaleDown, Fit::Contain, Fit::Cover, Fit::Crop, Fit::Pad, Fit::Squeeze][fit];
        let options = RenderOptions { width, height, dpr, fit, ..RenderOptions::default() };
        let plan = geometry(Size { width: w, height: h }, &options);
        for side in [plan.output.width, plan.output.height, plan.picture.width, plan.picture.height] {
            assert!((1..=12_000).contains(&side), "{plan:?}");
        }
        assert!(plan.offset.x + plan.picture.width <= plan.output.width, "{plan:?}");
        assert!(plan.offset.y + plan.picture.height <= plan.output.height, "{plan:?}");
        assert!(plan.shown.0 > 0.0 && plan.shown.0 <= 1.0 && plan.shown.1 > 0.0 && plan.shown.1 <= 1.0, "{plan:?}");
        assert!((1..=w.max(h).max(1)).contains(&plan.min_source_edge()), "{plan:?}");
    }
}
