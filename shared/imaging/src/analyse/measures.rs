//! How sharp a picture is and how it is exposed, on a copy with a longer side of at most 640 pixels.
//!
//! The copy has a fixed size because sharpness is a matter of size: what is looked at is whether the picture is sharp
//! when it is seen whole on a screen, and a blur that vanishes there does no harm. Grain vanishes there too. Smaller pictures
//! are measured as they are, and appear sharper by that.

use domain::Measures;

use super::oklab::to_oklab;
use crate::{
    ImagingError,
    raster::Raster,
    resize::{SourceBox, resize},
};

/// That of the smallest mezzanine, unless configured otherwise: then nothing has to be resized.
const MEASURED_EDGE: u32 = 640;
/// The variance of the Laplacian (Pech-Pacheco et al. 2000) at which the sharpness is a half: 100, below which people
/// customarily call a picture blurred, becomes 0.25.
const HALF_SHARP_VARIANCE: f64 = 300.0;
/// Luminances up to this one, and down from the other, are clipped: JPEG moves black and white by a few levels.
const SHADOW: u8 = 4;
const HIGHLIGHT: u8 = 251;

/// All of them, with three digits.
pub(crate) fn measures(rung: &Raster) -> Result<Measures, ImagingError> {
    let scale = f64::from(MEASURED_EDGE) / f64::from(rung.longer_side());
    if scale < 1.0 {
        let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
        let whole = SourceBox::whole((f64::from(rung.width), f64::from(rung.height)));
        return Ok(of(&resize(rung, whole, side(rung.width), side(rung.height))?));
    }
    Ok(of(rung))
}

fn of(copy: &Raster) -> Measures {
    let luminance = copy.luminance();
    let mut counts = [0_u64; 256];
    for (i, luma) in luminance.iter().enumerate() {
        // What cannot be seen is neither dark nor bright.
        if !copy.alpha || copy.pixels[4 * i + 3] >= 128 {
            counts[usize::from(*luma)] += 1;
        }
    }
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Measures::default();
    }
    let part = |sum: f64| sum / total as f64;
    let mean_of = |value: &dyn Fn(f64) -> f64| {
        let sum = |(level, count): (usize, &u64)| value(lightness(level as f32)) * *count as f64;
        part(counts.iter().enumerate().map(sum).sum())
    };
    let mean = mean_of(&|lightness| lightness);
    let variance = mean_of(&|lightness| (lightness - mean).powi(2));
    let share = |counts: &[u64]| part(counts.iter().sum::<u64>() as f64);
    let blur = laplacian_variance(&luminance, copy.width as usize);
    Measures {
        sharpness: three_digits(blur / (blur + HALF_SHARP_VARIANCE)),
        lightness: three_digits(mean),
        contrast: three_digits(variance.sqrt()),
        clipped_shadows: three_digits(share(&counts[..=usize::from(SHADOW)])),
        clipped_highlights: three_digits(share(&counts[usize::from(HIGHLIGHT)..])),
    }
}

/// Oklab's lightness of a gray.
fn lightness(level: f32) -> f64 {
    f64::from(to_oklab([level; 3])[0])
}

fn three_digits(value: f64) -> f32 {
    ((value * 1_000.0).round() / 1_000.0) as f32
}

/// How much a pixel differs from the mean of its four neighbours, as the variance of four times that.
fn laplacian_variance(luminance: &[u8], width: usize) -> f64 {
    let (mut count, mut sum, mut squares) = (0_u64, 0_i64, 0_i64);
    let rows: Vec<&[u8]> = luminance.chunks_exact(width).collect();
    for rows in rows.windows(3) {
        for x in 1..width.saturating_sub(1) {
            let around = [rows[0][x], rows[2][x], rows[1][x - 1], rows[1][x + 1]];
            let around: i64 = around.iter().map(|luma| i64::from(*luma)).sum();
            let laplacian = 4 * i64::from(rows[1][x]) - around;
            count += 1;
            sum += laplacian;
            squares += laplacian * laplacian;
        }
    }
    if count == 0 {
        return 0.0;
    }
    let mean = sum as f64 / count as f64;
    squares as f64 / count as f64 - mean * mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::photo;

    /// As much smaller and back: a blur over so many pixels.
    fn blurred(raster: &Raster, by: u32) -> Raster {
        let whole = |raster: &Raster| SourceBox::whole((f64::from(raster.width), f64::from(raster.height)));
        let small = resize(raster, whole(raster), raster.width / by, raster.height / by).unwrap();
        resize(&small, whole(&small), raster.width, raster.height).unwrap()
    }

    /// Gray with leaves of all sizes: edges as a photograph has them.
    fn leaves() -> Raster {
        let pixel = |x: u32, y: u32| {
            let (x, y) = (x as f32, y as f32);
            let leaf = (x * 0.31 + (y * 0.07).sin() * 4.0).sin() * (y * 0.23 + (x * 0.05).cos() * 5.0).sin();
            [if leaf > 0.1 { 170 } else { 90 }; 3]
        };
        let pixels = (0..400)
            .flat_map(|y| (0..600).flat_map(move |x| pixel(x, y)))
            .collect();
        Raster::new(600, 400, false, pixels).unwrap()
    }

    #[test]
    fn a_blurred_picture_is_less_sharp_than_the_same_one() {
        let sharp = leaves();
        let sharpness = |raster: &Raster| measures(raster).unwrap().sharpness;
        let found = [
            sharpness(&sharp),
            sharpness(&blurred(&sharp, 3)),
            sharpness(&blurred(&sharp, 8)),
        ];
        assert!(found[0] > 0.5 && found[0] > found[1] + 0.2, "{found:?}");
        assert!(found[1] > found[2] && found[2] < 0.25, "{found:?}");
    }

    #[test]
    fn sharpness_is_that_of_the_whole_picture_on_a_screen_whatever_its_size() {
        let photo = photo(1_500, 1_000);
        let whole = SourceBox::whole((1_500.0, 1_000.0));
        let half = resize(&photo, whole, 750, 500).unwrap();
        let found = [&photo, &half].map(|raster| measures(raster).unwrap().sharpness);
        assert!((found[0] - found[1]).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn exposure_is_measured() {
        let rows = |levels: [u8; 4]| {
            let pixels = levels.iter().flat_map(|level| vec![*level; 3 * 8 * 2]).collect();
            measures(&Raster::new(8, 8, false, pixels).unwrap()).unwrap()
        };
        let found = rows([0, 0, 0, 255]);
        assert_eq!((found.clipped_shadows, found.clipped_highlights), (0.75, 0.25));
        assert_eq!((found.lightness, found.contrast), (0.25, 0.433));
        let flat = rows([128; 4]);
        assert_eq!((flat.lightness, flat.contrast, flat.sharpness), (0.6, 0.0, 0.0));
        assert_eq!((flat.clipped_shadows, flat.clipped_highlights), (0.0, 0.0));
    }

    #[test]
    fn what_is_transparent_is_neither_dark_nor_bright() {
        let pixels = [[0, 0, 0, 0], [128, 128, 128, 255]].concat().repeat(50);
        let found = measures(&Raster::new(10, 10, true, pixels).unwrap()).unwrap();
        assert_eq!(
            (found.clipped_shadows, found.clipped_highlights, found.lightness),
            (0.0, 0.0, 0.6)
        );
        let nothing = Raster::new(2, 1, true, vec![0; 8]).unwrap();
        assert_eq!(measures(&nothing).unwrap(), Measures::default());
    }
}
