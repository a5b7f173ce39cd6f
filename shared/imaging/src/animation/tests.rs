use domain::ImageFormat;
use gif::Repeat;
use proptest::prelude::*;

use super::*;
use crate::{
    Limits, OutputFormat, ProbeError, RenderOptions, RenderRequest, Size, Source,
    decode::{self, Demand},
    render,
    testing::{
        animation::{
            After, Step, apng_of, encoded, expected, frames_of, gif_encoder, gif_of, steps, webp_encoder,
            webp_of,
        },
        decoded, photo, psnr,
    },
};

const SIZE: (u32, u32) = (24, 18);

/// Opaque where the other is, and of the same colour; what is transparent has none.
fn assert_same(found: &Raster, wanted: &Raster, by: u8, what: &str) {
    assert_eq!((found.width, found.height), (wanted.width, wanted.height));
    for (i, (f, w)) in found.pixels.chunks(4).zip(wanted.pixels.chunks(4)).enumerate() {
        // Of what is hardly there, the colour is hardly known.
        let by = if w[3] < 32 { 255 } else { by };
        let near = f[3].abs_diff(w[3]) <= 2 && f[..3].iter().zip(w).all(|(f, w)| f.abs_diff(*w) <= by);
        assert!(
            near || f[3] == 0 && w[3] == 0,
            "{what}, pixel {i}: {f:?}, expected {w:?}"
        );
    }
}

fn assert_plays(bytes: &[u8], steps: &[Step], by: u8) {
    let (found, _) = frames_of(bytes);
    let wanted = expected(steps, SIZE.0, SIZE.1);
    assert_eq!(found.len(), wanted.len());
    for (i, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        assert_same(&found.raster, wanted, by, &format!("frame {i}"));
        assert_eq!(found.delay_ms, steps[i].delay_ms, "frame {i}");
    }
}

/// A square that moves over a still photograph, which has a hole where `holes`.
fn moving(width: u32, height: u32, count: u32, holes: bool) -> Vec<Raster> {
    let still = photo(width, height).with_alpha();
    let frame = |i: u32| {
        let mut frame = still.clone();
        for y in 0..height {
            for x in 0..width {
                let at = 4 * (y * width + x) as usize;
                if (x / 8, y / 8) == (i % (width / 8), 1) {
                    frame.pixels[at..at + 4].copy_from_slice(&[255, 220, 0, 255]);
                }
                if holes && (x / 8, y / 8) == (i % (width / 8), 3) {
                    frame.pixels[at..at + 4].fill(0);
                }
            }
        }
        frame
    };
    (0..count).map(frame).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_disposal_of_a_gif_is_shown_as_browsers_do(steps in steps(SIZE.0, SIZE.1, true), interlaced in any::<bool>()) {
        let steps: Vec<_> = steps.into_iter().map(|step| Step { over: true, ..step }).collect();
        assert_plays(&gif_of(&steps, SIZE, Repeat::Infinite, interlaced), &steps, 0);
    }

    #[test]
    fn every_disposal_and_blend_of_an_animated_png_is_shown_as_the_standard_says(
        steps in steps(SIZE.0, SIZE.1, false), hidden in any::<bool>(),
    ) {
        assert_plays(&apng_of(&steps, SIZE, 0, hidden), &steps, 6);
    }

    #[test]
    fn every_disposal_and_blend_of_an_animated_webp_is_shown_as_the_standard_says(steps in steps(SIZE.0, SIZE.1, false)) {
        let after = |step: &Step| if step.after == After::Restore { After::Keep } else { step.after };
        let steps: Vec<_> = steps.iter().map(|step| Step { after: after(step), ..*step }).collect();
        assert_plays(&webp_of(&steps, SIZE, 0), &steps, 6);
    }

    #[test]
    fn what_is_drawn_with_a_few_colours_is_the_same_as_a_gif_afterwards(steps in steps(SIZE.0, SIZE.1, true)) {
        let steps: Vec<_> = steps.into_iter().map(|step| Step { over: true, ..step }).collect();
        let (frames, _) = frames_of(&gif_of(&steps, SIZE, Repeat::Infinite, false));
        let rasters: Vec<_> = frames.iter().map(|frame| frame.raster.clone()).collect();
        let delays: Vec<_> = frames.iter().map(|frame| frame.delay_ms).collect();
        let again = encoded(gif_encoder(&rasters[0], 0), &rasters, &delays);
        // Equal frames become one: what is seen at each moment is compared.
        let Ok(Some(_)) = decode::animation(&again, &Allowance::UNHURRIED) else {
            return Ok(());
        };
        let (found, _) = frames_of(&again);
        let mut ends = found.iter().scan(0, |end, frame| { *end += frame.delay_ms; Some((*end, &frame.raster)) });
        let (mut end, mut seen) = ends.next().unwrap();
        let mut at = 0;
        for (raster, delay) in rasters.iter().zip(&delays) {
            while at >= end {
                (end, seen) = ends.next().unwrap();
            }
            assert_same(seen, raster, 8, &format!("at {at} ms"));
            at += delay;
        }
        prop_assert_eq!(at, found.iter().map(|frame| frame.delay_ms).sum::<u32>());
    }

    #[test]
    fn a_mutated_animation_never_panics(
        file in 0_usize..4, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let rasters = moving(32, 32, 3, true);
        let step = |i: u32| Step {
            left: 2 * i, top: 2, width: 9, height: 7, colour: [200, 90, 10, 180],
            after: [After::Keep, After::Clear, After::Restore][i as usize % 3], over: true, delay_ms: 100,
        };
        let first = Step { left: 0, top: 0, width: SIZE.0, height: SIZE.1, ..step(0) };
        let steps = [first, step(1), step(2), step(3)];
        let mut bytes = match file {
            0 => gif_of(&steps, SIZE, Repeat::Finite(3), true),
            1 => apng_of(&steps, SIZE, 2, true),
            2 => webp_of(&steps, SIZE, 1),
            _ => encoded(webp_encoder(&rasters[0], 0, 80), &rasters, &[100; 3]),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let allowance = Allowance { memory_bytes: 4_000_000, ..Allowance::UNHURRIED };
        let _ = decode::decode(&bytes, Demand { page: 2, accepts_damage: true, ..Demand::of_edge(24) }, &allowance);
        if let Ok(Some(mut animation)) = decode::animation(&bytes, &allowance) {
            while let Ok(Some(_)) = animation.frames.next() {}
        }
    }
}

#[test]
fn frames_delays_and_loops_go_round_in_webp_and_gif() {
    let rasters = moving(64, 48, 6, false);
    let delays = [40, 100, 250, 70, 30, 1_000];
    for loops in [0, 1, 2, 7] {
        for (name, bytes, at_least) in [
            (
                "WebP",
                encoded(webp_encoder(&rasters[0], loops, 90), &rasters, &delays),
                31.0,
            ),
            (
                "GIF",
                encoded(gif_encoder(&rasters[0], loops), &rasters, &delays),
                30.0,
            ),
        ] {
            let (found, found_loops) = frames_of(&bytes);
            assert_eq!(found_loops, loops, "{name}");
            assert_eq!(
                found.iter().map(|frame| frame.delay_ms).collect::<Vec<_>>(),
                delays,
                "{name}"
            );
            for (i, (frame, wanted)) in found.iter().zip(&rasters).enumerate() {
                let psnr = psnr(&frame.raster, wanted);
                assert!(psnr > at_least, "frame {i} of the {name}: {psnr:.1} dB");
            }
        }
    }
}

#[test]
fn a_frame_that_changes_nothing_makes_the_one_before_last_longer() {
    let moving = moving(64, 48, 2, false);
    let rasters = [&moving[0], &moving[0], &moving[1], &moving[1], &moving[1]].map(Clone::clone);
    for bytes in [
        encoded(webp_encoder(&rasters[0], 0, 80), &rasters, &[100; 5]),
        encoded(gif_encoder(&rasters[0], 0), &rasters, &[100; 5]),
    ] {
        let (found, _) = frames_of(&bytes);
        assert_eq!(
            found.iter().map(|frame| frame.delay_ms).collect::<Vec<_>>(),
            [200, 300]
        );
    }
}

#[test]
fn holes_that_come_and_go_are_holes_in_the_answer() {
    let rasters = moving(64, 48, 5, true);
    for (name, bytes) in [
        (
            "WebP",
            encoded(webp_encoder(&rasters[0], 0, 95), &rasters, &[100; 5]),
        ),
        ("GIF", encoded(gif_encoder(&rasters[0], 0), &rasters, &[100; 5])),
    ] {
        let (found, _) = frames_of(&bytes);
        assert_eq!(found.len(), 5, "{name}");
        for (i, (found, wanted)) in found.iter().zip(&rasters).enumerate() {
            let alpha = |raster: &Raster| raster.pixels.chunks(4).map(|p| p[3]).collect::<Vec<_>>();
            assert_eq!(alpha(&found.raster), alpha(wanted), "frame {i} of the {name}");
        }
    }
}

#[test]
fn delays_that_nobody_means_are_those_of_browsers() {
    assert_eq!([0, 10, 11, 20, 100].map(shown_ms), [100, 100, 11, 20, 100]);
    let step = Step {
        left: 0,
        top: 0,
        width: 24,
        height: 18,
        colour: [1, 2, 3, 255],
        after: After::Keep,
        over: true,
        delay_ms: 10,
    };
    let (found, loops) = frames_of(&gif_of(&[step, step], SIZE, Repeat::Finite(4), false));
    assert_eq!((found[0].delay_ms, found[1].delay_ms, loops), (100, 100, 5));
}

fn picture(bytes: &[u8], page: u32) -> Raster {
    let demand = Demand {
        page,
        ..Demand::of_edge(u32::MAX)
    };
    decode::decode(bytes, demand, &Allowance::UNHURRIED)
        .unwrap()
        .pixels
        .into_raster()
        .unwrap()
}

#[test]
fn a_page_is_that_frame_and_one_beyond_the_end_is_the_last() {
    let step = |x: u32, colour| Step {
        left: x,
        top: 0,
        width: 8,
        height: 8,
        colour,
        after: After::Keep,
        over: true,
        delay_ms: 100,
    };
    let first = Step {
        width: 24,
        height: 18,
        ..step(0, [9, 9, 9, 255])
    };
    let steps = [first, step(2, [250, 0, 0, 255]), step(8, [0, 250, 0, 255])];
    let wanted = expected(&steps, 24, 18);
    for bytes in [
        gif_of(&steps, SIZE, Repeat::Infinite, false),
        apng_of(&steps, SIZE, 0, true),
        apng_of(&steps, SIZE, 0, false),
        webp_of(&steps, SIZE, 0),
    ] {
        for (page, frame) in [(0, 0), (1, 1), (2, 2), (3, 2), (9_999, 2)] {
            assert_same(&picture(&bytes, page), &wanted[frame], 0, &format!("page {page}"));
        }
    }
}

#[test]
fn a_frame_that_sticks_out_of_the_screen_is_cut_off() {
    let step = Step {
        left: 20,
        top: 10,
        width: 30,
        height: 30,
        colour: [7, 8, 9, 255],
        after: After::Clear,
        over: true,
        delay_ms: 100,
    };
    let beside = Step { left: 40, ..step };
    let (found, _) = frames_of(&gif_of(&[step, beside, step], SIZE, Repeat::Infinite, false));
    assert_eq!(found[0].raster, found[2].raster);
    assert!(found[1].raster.pixels.iter().all(|byte| *byte == 0));
}

fn rendered(bytes: &[u8], format: OutputFormat, animate: bool) -> crate::Rendered {
    let request = RenderRequest {
        source: Source::Original(bytes),
        original: Size {
            width: 64,
            height: 48,
        },
        options: &RenderOptions {
            width: Some(32),
            format,
            animate,
            ..RenderOptions::default()
        },
        watermark: None,
    };
    render(&request, &Allowance::UNHURRIED).unwrap()
}

#[test]
fn an_animation_is_rendered_moving_where_the_format_can_and_still_elsewhere() {
    let rasters = moving(64, 48, 4, false);
    let delays = [50, 100, 150, 200];
    for bytes in [
        encoded(gif_encoder(&rasters[0], 3), &rasters, &delays),
        encoded(webp_encoder(&rasters[0], 3, 90), &rasters, &delays),
    ] {
        for format in OutputFormat::ALL
            .into_iter()
            .filter(|format| *format != OutputFormat::Avif)
        {
            for animate in [true, false] {
                let answer = rendered(&bytes, format, animate);
                assert_eq!((answer.width, answer.height), (32, 24));
                assert_eq!(answer.format, format.format());
                if animate && format.can_animate() {
                    let (found, loops) = frames_of(&answer.bytes);
                    assert_eq!(loops, 3);
                    assert_eq!(
                        found.iter().map(|frame| frame.delay_ms).collect::<Vec<_>>(),
                        delays
                    );
                    assert_eq!((found[0].raster.width, found[0].raster.height), (32, 24));
                } else {
                    let found = decoded(&answer.bytes);
                    assert_eq!((found.width, found.height), (32, 24), "{format:?}");
                }
            }
        }
    }
}

#[test]
fn a_canvas_beyond_the_budget_is_refused_before_it_is_made() {
    let rasters = moving(64, 48, 2, false);
    let steps: Vec<_> = (0..2)
        .map(|i| Step {
            left: 0,
            top: 0,
            width: 64,
            height: 48,
            colour: [i, 0, 0, 255],
            after: After::Keep,
            over: true,
            delay_ms: 100,
        })
        .collect();
    let allowance = Allowance {
        memory_bytes: 20_000,
        ..Allowance::UNHURRIED
    };
    for bytes in [
        gif_of(&steps, (64, 48), Repeat::Infinite, false),
        apng_of(&steps, (64, 48), 0, false),
        webp_of(&steps, (64, 48), 0),
        encoded(gif_encoder(&rasters[0], 0), &rasters, &[100; 2]),
    ] {
        let animation = decode::animation(&bytes, &allowance).map(|_| ());
        assert!(
            matches!(animation, Err(ImagingError::OverBudget { .. })),
            "{animation:?}"
        );
        let still = decode::decode(&bytes, Demand::of_edge(64), &allowance).map(|_| ());
        assert!(matches!(still, Err(ImagingError::OverBudget { .. })), "{still:?}");
    }
}

#[test]
fn an_animation_ends_when_the_callers_time_is_over() {
    let rasters = moving(64, 48, 4, false);
    let bytes = encoded(gif_encoder(&rasters[0], 0), &rasters, &[100; 4]);
    let asked = std::sync::atomic::AtomicU32::new(0);
    let is_over = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 2;
    let allowance = Allowance {
        is_over: &is_over,
        ..Allowance::UNHURRIED
    };
    let mut animation = decode::animation(&bytes, &allowance).unwrap().unwrap();
    let mut drawn = 0;
    let mut draw = |raster: Raster| {
        drawn += 1;
        Ok(raster)
    };
    let result = render_animation(
        &mut *animation.frames,
        &mut draw,
        gif_encoder(&rasters[0], 0),
        &allowance,
    );
    assert_eq!(result, Err(ImagingError::OutOfTime));
    assert!(drawn < 4);
}

#[test]
fn limits_hold_for_all_frames_together() {
    let rasters = moving(64, 48, 3, false);
    let bytes = encoded(gif_encoder(&rasters[0], 0), &rasters, &[100; 3]);
    let limits = Limits {
        max_animation_pixels: 3 * 64 * 48 - 1,
        ..Limits::DEFAULT
    };
    let allowance = Allowance {
        limits,
        ..Allowance::UNHURRIED
    };
    let refused = decode::animation(&bytes, &allowance).map(|_| ()).unwrap_err();
    assert!(
        matches!(
            refused,
            ImagingError::Probe(ProbeError::TooManyAnimationPixels { .. })
        ),
        "{refused:?}"
    );
    assert_eq!(crate::probe::probe(&bytes, &Limits::DEFAULT).unwrap().frames, 3);
    assert_eq!(
        crate::probe::probe(&bytes, &Limits::DEFAULT).unwrap().format,
        ImageFormat::Gif
    );
}
