//! Where pixels stand, and how they are mixed.

use png::{BitDepth, ColorType};

use super::profiles::rendered;
use crate::{
    options::{Fit, RenderOptions},
    orient::Orientation,
    testing::{
        QUARTERS, assert_near, extended_webp, jpeg, middles, orientation_tiff, png_of, quarters, webp,
        with_exif,
    },
};

#[test]
fn every_orientation_of_every_format_that_has_one_is_upright() {
    for number in 1..=8_u16 {
        let inverse = match number {
            6 => 8,
            8 => 6,
            same => u32::from(same),
        };
        let stored = Orientation::from_exif(inverse).apply(quarters(64, 48));
        let (size, exif) = ((stored.width, stored.height), orientation_tiff(number));
        let png = png_of(size, ColorType::Rgb, BitDepth::Eight, &stored.pixels, |info| {
            info.exif_metadata = Some(exif.clone().into());
        });
        let webp = extended_webp(&webp(&stored), size, 0x08, &[], &[(b"EXIF", &exif)]);
        for (file, by) in [(with_exif(&jpeg(&stored), &exif), 8), (png, 0), (webp, 8)] {
            let found = rendered(&file, (64, 48), &RenderOptions::default());
            assert_eq!((found.width, found.height), (64, 48));
            assert_near(&middles(&found), &QUARTERS, by, &format!("orientation {number}"));
        }
    }
}

#[test]
fn sixteen_bits_keep_the_mean_of_every_window() {
    let (width, height) = (256_u32, 64_u32);
    let sample = |x: u32, y: u32| 30_000 + 7 * x + 11 * y;
    let samples: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(sample(x, y) as u16).to_be_bytes(); 3]))
        .flatten()
        .collect();
    let file = png_of(
        (width, height),
        ColorType::Rgb,
        BitDepth::Sixteen,
        &samples,
        |_| {},
    );
    let found = rendered(&file, (width, height), &RenderOptions::default());
    for (top, left) in (0..height - 15).flat_map(|y| (0..width - 15).map(move |x| (y, x))) {
        let error: f64 = (top..top + 16)
            .flat_map(|y| (left..left + 16).map(move |x| (x, y)))
            .map(|(x, y)| {
                let pixel = &found.pixels[3 * (y * width + x) as usize..][..3];
                assert!(pixel[0] == pixel[1] && pixel[1] == pixel[2], "gray stays gray");
                f64::from(pixel[0]) - f64::from(sample(x, y)) / 257.0
            })
            .sum();
        assert!((error / 256.0).abs() < 0.1, "{left}, {top}: {error}");
    }
}

#[test]
fn an_edge_of_alpha_is_the_premultiplied_mean_of_both_sides() {
    // Even stripes would need the kernel; a wide opaque and a wide faint half need it only beside the edge.
    let (width, height) = (96_u32, 24_u32);
    let (left, right) = ([240, 140, 20, 255], [20, 40, 200, 51]);
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|i| if i % width < 48 { left } else { right })
        .collect();
    let file = png_of((width, height), ColorType::Rgba, BitDepth::Eight, &pixels, |_| {});
    // 31 columns: the middle one, the sixteenth, has the edge in its centre, and every kernel is even.
    let options = RenderOptions {
        width: Some(31),
        height: Some(8),
        fit: Fit::Squeeze,
        ..RenderOptions::default()
    };
    let found = rendered(&file, (width, height), &options);
    let pixel = |x: usize| &found.pixels[4 * (31 * 4 + x)..][..4];
    let alpha = (255.0 + 51.0) / 2.0;
    let expected: Vec<u8> = (0..3)
        .map(|c| (f64::from(left[c]) * 255.0 + f64::from(right[c]) * 51.0) / (2.0 * alpha))
        .chain([alpha])
        .map(|value| value.round() as u8)
        .collect();
    for (found, expected) in [(pixel(15), &expected[..]), (pixel(2), &left), (pixel(28), &right)] {
        assert!(
            found.iter().zip(expected).all(|(f, e)| f.abs_diff(*e) <= 2),
            "{found:?}, expected {expected:?}"
        );
    }
}
