//! An unsharp mask: what a blur of one pixel takes away from the luminance is added once more.
//!
//! To red, green and blue alike, so that edges get no coloured fringes. Differences below a threshold are the grain of
//! sensors and codecs and stay as they are. What lies under transparent pixels does not count.
//!
//! 800 × 600 opaque pixels take 2.3 ms, on one core.

use super::byte;
use crate::raster::Raster;

/// A Gaussian of one pixel from its middle to one side, three pixels far: beyond are 0.3 % of it.
const KERNEL: [f32; 4] = [0.399_05, 0.242_04, 0.054_00, 0.004_43];

/// How far the kernel reaches.
const REACH: usize = KERNEL.len() - 1;

/// Of 255: steps of a codec at quality 80, and most of the grain of a good sensor, are smaller.
const THRESHOLD: f32 = 1.5;

/// Sharpens by an amount above 0 and at most 10.
pub(super) fn sharpen(raster: &mut Raster, amount: f32) {
    if raster.alpha {
        mask::<4>(raster, amount);
    } else {
        mask::<3>(raster, amount);
    }
}

/// Sharpens lightly after a picture was made smaller: `reduction_factor` is how many pixels of a side became one.
///
/// Of detail that is as fine as 0.4 waves a pixel Lanczos with three lobes leaves 82 % of the contrast, whatever the
/// factor, and of what is half as fine as pixels can show, 0.25 waves, all of it. An amount of 0.1 makes 90 % and 108 % of
/// that, one of 0.2 makes 98 % and 115 % (by the kernels' Fourier transforms): soon more is edged than sharp. So it is
/// nothing up to a factor of 2, and 0.15 at most, from a factor of 6 on.
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "whether renders get it is decided by the benchmark of visual quality"
    )
)]
pub(crate) fn after_reduction(raster: &mut Raster, reduction_factor: f64) {
    let amount = (reduction_factor.max(1.0).log2() - 1.0).clamp(0.0, 1.5) * 0.1;
    if amount > 0.0 {
        sharpen(raster, amount as f32);
    }
}

/// A row blurred across: luminance by alpha, and alpha.
struct BlurredRow {
    luma: Vec<f32>,
    alpha: Vec<f32>,
}

fn mask<const N: usize>(raster: &mut Raster, amount: f32) {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let row = |y: usize| y * width..(y + 1) * width;
    let pixels = raster.pixels.as_chunks_mut::<N>().0;
    // The rows around the one that is sharpened, blurred before any of them is: the picture is changed in place.
    let mut ring: [BlurredRow; 2 * REACH + 1] = std::array::from_fn(|_| BlurredRow {
        luma: vec![0.0; width],
        alpha: vec![1.0; width],
    });
    let mut line = vec![0.0; width + 2 * REACH];
    let (mut luma, mut alpha) = (vec![0.0; width], vec![1.0; width]);
    let mut ready = 0;
    for y in 0..height {
        while ready <= (y + REACH).min(height - 1) {
            let into = &mut ring[ready % (2 * REACH + 1)];
            across(
                &pixels[row(ready)],
                &mut line,
                |pixel| luma_of(pixel) * alpha_of(pixel),
                &mut into.luma,
            );
            if N == 4 {
                across(&pixels[row(ready)], &mut line, alpha_of, &mut into.alpha);
            }
            ready += 1;
        }
        let at = |y: usize| &ring[y.min(height - 1) % (2 * REACH + 1)];
        down(|i| (&at(y.saturating_sub(i)).luma, &at(y + i).luma), &mut luma);
        if N == 4 {
            down(|i| (&at(y.saturating_sub(i)).alpha, &at(y + i).alpha), &mut alpha);
        }
        for ((pixel, luma), alpha) in pixels[row(y)].iter_mut().zip(&luma).zip(&alpha) {
            // What is not seen itself may have nothing around it that is: nobody sees what becomes of it.
            let around = if N == 4 { luma / alpha.max(1e-6) } else { *luma };
            let difference = luma_of(pixel) - around;
            let kept = difference - difference.clamp(-THRESHOLD, THRESHOLD);
            for channel in &mut pixel[..3] {
                *channel = byte((f32::from(*channel) + amount * kept).clamp(0.0, 255.0));
            }
        }
    }
}

/// Blurs one number of each pixel along a row; `line` is for it with the ends going on.
fn across<const N: usize>(
    row: &[[u8; N]],
    line: &mut [f32],
    number: impl Fn(&[u8; N]) -> f32,
    into: &mut [f32],
) {
    let width = row.len();
    for (to, pixel) in line[REACH..].iter_mut().zip(row) {
        *to = number(pixel);
    }
    let (first, last) = (line[REACH], line[REACH + width - 1]);
    line[..REACH].fill(first);
    line[REACH + width..].fill(last);
    for (to, window) in into.iter_mut().zip(line.windows(2 * REACH + 1)) {
        *to = KERNEL[0] * window[REACH]
            + KERNEL[1] * (window[REACH - 1] + window[REACH + 1])
            + KERNEL[2] * (window[REACH - 2] + window[REACH + 2])
            + KERNEL[3] * (window[REACH - 3] + window[REACH + 3]);
    }
}

/// Blurs rows down; `pair` gives those that many rows above and below.
fn down<'a>(pair: impl Fn(usize) -> (&'a Vec<f32>, &'a Vec<f32>), into: &mut [f32]) {
    for (to, middle) in into.iter_mut().zip(pair(0).0) {
        *to = KERNEL[0] * middle;
    }
    for (i, weight) in KERNEL.into_iter().enumerate().skip(1) {
        let (above, below) = pair(i);
        for ((to, above), below) in into.iter_mut().zip(above).zip(below) {
            *to += weight * (above + below);
        }
    }
}

/// Luminance as JPEG's (ITU-T T.871), 0 to 255.
fn luma_of<const N: usize>(pixel: &[u8; N]) -> f32 {
    0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2])
}

/// How much of a pixel is seen, 0 to 1.
fn alpha_of<const N: usize>(pixel: &[u8; N]) -> f32 {
    if N == 4 {
        f32::from(pixel[N - 1]) * (1.0 / 255.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        resize::{SourceBox, resize},
        testing::photo,
    };

    /// How much neighbours differ, on average.
    fn acutance(raster: &Raster) -> f64 {
        let luma = raster.luminance();
        let rows = luma.chunks_exact(raster.width as usize);
        let steps = rows
            .flat_map(|row| row.windows(2))
            .map(|two| two[0].abs_diff(two[1]));
        steps.map(f64::from).sum::<f64>() / luma.len() as f64
    }

    fn edge(left: [u8; 3], right: [u8; 3]) -> Raster {
        let pixels = (0..30 * 20).flat_map(|i| if i % 30 < 15 { left } else { right });
        Raster::new(30, 20, false, pixels.collect()).unwrap()
    }

    #[test]
    fn edges_become_steeper_by_the_amount() {
        let mut before = 0.0;
        for amount in [0.001, 0.5, 1.0, 3.0, 10.0] {
            let mut raster = photo(160, 120);
            sharpen(&mut raster, amount);
            let found = acutance(&raster);
            assert!(found > before, "{amount}: {found}, before {before}");
            before = found;
        }
    }

    #[test]
    fn all_channels_change_alike_so_that_edges_get_no_colour() {
        let mut raster = edge([60, 90, 120], [120, 150, 180]);
        sharpen(&mut raster, 0.5);
        for pixel in raster.pixels.chunks(3) {
            let steps = (pixel[1] - pixel[0], pixel[2] - pixel[1]);
            assert_eq!(steps, (30, 30), "{pixel:?}");
        }
        let middle = &raster.pixels[30 * 3 * 10..30 * 3 * 11];
        assert!(middle[3 * 14] < 60 && middle[3 * 15] > 120, "{middle:?}");
        assert_eq!(middle[..3], [60, 90, 120], "far from the edge nothing changes");
    }

    #[test]
    fn grain_stays_as_it_is() {
        let grain = |i: usize| 100 + (i * 7919 / 13 % 2) as u8;
        let pixels: Vec<_> = (0..50 * 50).flat_map(|i| [grain(i); 3]).collect();
        let mut raster = Raster::new(50, 50, false, pixels.clone()).unwrap();
        sharpen(&mut raster, 10.0);
        assert_eq!(raster.pixels, pixels);
    }

    #[test]
    fn what_is_under_transparent_pixels_leaves_no_mark() {
        let pixels = (0..30 * 20).flat_map(|i| {
            if i % 30 < 15 {
                [0, 0, 0, 0]
            } else {
                [150, 150, 150, 255]
            }
        });
        let pixels: Vec<_> = pixels.collect();
        let mut raster = Raster::new(30, 20, true, pixels.clone()).unwrap();
        sharpen(&mut raster, 5.0);
        assert_eq!(raster.pixels, pixels);
    }

    #[test]
    fn pictures_of_any_size_are_sharpened() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 3), (5, 7)] {
            for raster in [photo(width, height), photo(width, height).with_alpha()] {
                let mut sharpened = raster.clone();
                sharpen(&mut sharpened, 10.0);
                assert_eq!(sharpened.pixels.len(), raster.pixels.len());
            }
        }
    }

    #[test]
    fn only_large_reductions_are_sharpened_and_only_a_little() {
        let whole = SourceBox::whole((800.0, 600.0));
        let small = resize(&photo(800, 600), whole, 200, 150).unwrap();
        for (factor, changed) in [
            (f64::NAN, false),
            (0.5, false),
            (2.0, false),
            (4.0, true),
            (1e9, true),
        ] {
            let mut found = small.clone();
            after_reduction(&mut found, factor);
            assert_eq!(found != small, changed, "{factor}");
            assert!(acutance(&found) < acutance(&small) * 1.25, "{factor}");
        }
    }
}
