//! What resizing in the light of the encoding costs against linear light: the numbers in `resize`.

use super::colours::{difference, srgb_decode, to_bytes};
use crate::{
    raster::Raster,
    resize::{SourceBox, resize},
    testing::photo,
};

/// A half of the size, each pixel the mean of four in linear light.
fn halved_linear(raster: &Raster) -> Raster {
    let (width, height) = (raster.width as usize / 2, raster.height as usize / 2);
    let at = |x: usize, y: usize, c: usize| {
        srgb_decode(f64::from(raster.pixels[3 * (y * raster.width as usize + x) + c]) / 255.0)
    };
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (2 * y, 2 * x))) {
        pixels.extend(to_bytes([0, 1, 2].map(|c| {
            (at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c)) / 4.0
        })));
    }
    Raster::new(width as u32, height as u32, false, pixels).unwrap()
}

/// The same mean in the light of the encoding, so that nothing but the light differs.
fn halved_encoded(raster: &Raster) -> Raster {
    let (width, height) = (raster.width as usize / 2, raster.height as usize / 2);
    let at = |x: usize, y: usize, c: usize| u32::from(raster.pixels[3 * (y * raster.width as usize + x) + c]);
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (2 * y, 2 * x))) {
        pixels.extend([0, 1, 2].map(|c| {
            ((at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c) + 2) / 4) as u8
        }));
    }
    Raster::new(width as u32, height as u32, false, pixels).unwrap()
}

fn pixels(raster: &Raster) -> impl Iterator<Item = [u8; 3]> + '_ {
    raster.pixels.chunks_exact(3).map(|p| [p[0], p[1], p[2]])
}

fn mean_difference(a: &Raster, b: &Raster) -> f64 {
    let sum: f64 = pixels(a).zip(pixels(b)).map(|(a, b)| difference(a, b)).sum();
    sum / f64::from(a.width * a.height)
}

#[test]
fn the_light_of_the_encoding_is_far_off_on_a_checkerboard_and_not_seen_on_a_photograph() {
    let board = (0..64 * 64).flat_map(|i| [if (i + i / 64) % 2 == 0 { 255 } else { 0 }; 3]);
    let board = Raster::new(64, 64, false, board.collect()).unwrap();
    let ours = resize(&board, SourceBox::whole((64.0, 64.0)), 32, 32).unwrap();
    let middle = 3 * (16 * 32 + 16);
    let (ours, linear) = (ours.pixels[middle], halved_linear(&board).pixels[middle]);
    assert!(ours.abs_diff(128) <= 2 && linear == 188, "{ours} and {linear}");

    let photo = photo(800, 600);
    let found = mean_difference(&halved_encoded(&photo), &halved_linear(&photo));
    assert!(found < 0.5, "mean ΔE {found:.3}");
}
