use super::*;
use crate::testing::photo;

fn off(pixels: &[u8], palette: &Palette, indices: &[u8]) -> f64 {
    let squares: f64 = pixels
        .chunks(4)
        .zip(indices)
        .map(|(pixel, index)| {
            let entry = palette.entries()[usize::from(*index)];
            let off = pixel
                .iter()
                .zip(entry)
                .map(|(a, b)| f64::from(a.abs_diff(b)).powi(2));
            off.sum::<f64>()
        })
        .sum();
    10.0 * (255.0 * 255.0 * 3.0 * indices.len() as f64 / squares.max(1e-9)).log10()
}

#[test]
fn few_colours_are_kept_exactly_and_sorted() {
    let pixels = [[9, 8, 7, 255], [1, 2, 3, 255], [9, 8, 7, 255], [5, 5, 5, 0]].concat();
    let mut palette = Palette::of(&Histogram::of(&pixels), 255);
    assert_eq!(palette.entries(), [[1, 2, 3], [9, 8, 7]]);
    for dither in [Dither::Diffused, Dither::Ordered] {
        assert_eq!(palette.indices(&pixels, 4, (0, 0), dither, 2), [1, 0, 1, 2]);
    }
}

#[test]
fn a_palette_has_as_many_colours_as_are_asked_for_and_the_same_each_time() {
    let pixels = photo(200, 150).with_alpha().pixels;
    let histogram = Histogram::of(&pixels);
    for colours in [1, 2, 16, 255, 256] {
        let palette = Palette::of(&histogram, colours);
        assert_eq!(palette.entries().len(), colours);
        assert_eq!(
            palette.entries(),
            Palette::of(&Histogram::of(&pixels), colours).entries()
        );
    }
    let none = Palette::of(&Histogram::of(&[1, 2, 3, 0]), 255);
    assert_eq!(none.entries().len(), 0);
}

#[test]
fn more_colours_are_nearer() {
    let pixels = photo(200, 150).with_alpha().pixels;
    let histogram = Histogram::of(&pixels);
    let mut before = 0.0;
    for colours in [2, 8, 32, 128, 256] {
        let mut palette = Palette::of(&histogram, colours);
        // Without the grain that dithering adds.
        palette.error = 0.0;
        let indices = palette.indices(&pixels, 200, (0, 0), Dither::Ordered, 0);
        let psnr = off(&pixels, &palette, &indices);
        assert!(
            psnr > before,
            "{colours} colours give {psnr:.1} dB after {before:.1}"
        );
        before = psnr;
    }
    assert!(before > 33.0, "{before:.1} dB");
}

#[test]
fn diffusion_keeps_the_mean_of_what_has_no_colour_of_its_own() {
    let grey: Vec<u8> = [100, 100, 100, 255].repeat(64 * 64);
    let mut palette = Palette::of(&Histogram::of(&[[0, 0, 0, 255], [255; 4]].concat()), 2);
    let indices = palette.indices(&grey, 64, (0, 0), Dither::Diffused, 0);
    let mean = indices.iter().map(|index| u32::from(*index) * 255).sum::<u32>() / (64 * 64);
    assert!(mean.abs_diff(100) <= 2, "{mean}");
}

#[test]
fn an_ordered_pattern_lies_still() {
    let pixels = photo(64, 32).with_alpha().pixels;
    let mut palette = Palette::of(&Histogram::of(&pixels), 16);
    let whole = palette.indices(&pixels, 64, (0, 0), Dither::Ordered, 0);
    let lower: Vec<u8> = pixels[4 * 64 * 5..].to_vec();
    let part = palette.indices(&lower, 64, (0, 5), Dither::Ordered, 0);
    assert_eq!(whole[64 * 5..], part);
}
