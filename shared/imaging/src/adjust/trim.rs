//! Where a picture begins and ends when its margins of one colour are cut off.

use crate::raster::Raster;

/// Everything.
const WHOLE: [f64; 4] = [0.0, 0.0, 1.0, 1.0];

/// The smallest box of all that differs from the margin's colour by more than `tolerance` in any channel: left, top, width
/// and height as parts of 1. The whole picture where nothing would be left.
///
/// The margin's colour is that of the corner which most of the other corners are like. What is all but transparent is
/// alike, whatever colour hides under it.
pub(crate) fn content_box(raster: &Raster, tolerance: u8) -> [f64; 4] {
    let found = if raster.alpha {
        bounds::<4>(raster, tolerance)
    } else {
        bounds::<3>(raster, tolerance)
    };
    let Some([left, top, right, bottom]) = found else {
        return WHOLE;
    };
    let (width, height) = (f64::from(raster.width), f64::from(raster.height));
    [
        left as f64 / width,
        top as f64 / height,
        (right - left) as f64 / width,
        (bottom - top) as f64 / height,
    ]
}

/// Left, top, right and bottom of the content in pixels, the latter two excluded.
fn bounds<const N: usize>(raster: &Raster, tolerance: u8) -> Option<[usize; 4]> {
    let width = raster.width as usize;
    let pixels = raster.pixels.as_chunks::<N>().0;
    let margin = margin_colour(pixels, width, tolerance)?;
    let differs = |pixel: &[u8; N]| !is_alike(pixel, &margin, tolerance);

    let rows = || pixels.chunks_exact(width);
    let top = rows().position(|row| row.iter().any(differs))?;
    let bottom = rows().rposition(|row| row.iter().any(differs))? + 1;
    // Of each row only what is not known to be content yet is looked at.
    let (mut left, mut right) = (width, 0);
    for row in rows().take(bottom).skip(top) {
        left = row[..left].iter().position(differs).unwrap_or(left);
        right = row[right..]
            .iter()
            .rposition(differs)
            .map_or(right, |last| right + last + 1);
    }
    Some([left, top, right, bottom])
}

fn margin_colour<const N: usize>(pixels: &[[u8; N]], width: usize, tolerance: u8) -> Option<[u8; N]> {
    let last = pixels.len().checked_sub(1)?;
    let corners = [0, width - 1, last + 1 - width, last].map(|at| pixels[at]);
    let alike = |corner: &[u8; N]| {
        let others = corners.iter();
        others.filter(|other| is_alike(corner, other, tolerance)).count()
    };
    // The last of equals wins in `max_by_key`: backwards that is the first.
    corners.into_iter().rev().max_by_key(alike)
}

fn is_alike<const N: usize>(a: &[u8; N], b: &[u8; N], tolerance: u8) -> bool {
    let unseen = N == 4 && a[N - 1].max(b[N - 1]) <= tolerance;
    unseen || a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 × 8 pixels of one colour with a box of another from (3, 2) to (7, 5).
    fn boxed<const N: usize>(margin: [u8; N], content: [u8; N]) -> Raster {
        let pixels = (0..80).flat_map(|i| {
            let (x, y) = (i % 10, i / 10);
            if (3..7).contains(&x) && (2..5).contains(&y) {
                content
            } else {
                margin
            }
        });
        Raster::new(10, 8, N == 4, pixels.collect()).unwrap()
    }

    const CONTENT: [f64; 4] = [0.3, 0.25, 0.4, 0.375];

    #[test]
    fn a_margin_of_one_colour_is_cut_off() {
        let raster = boxed([250, 250, 250], [40, 90, 200]);
        assert_eq!(content_box(&raster, 0), CONTENT);
        assert_eq!(content_box(&raster.with_alpha(), 10), CONTENT);
    }

    #[test]
    fn what_differs_by_no_more_than_the_tolerance_is_margin() {
        let raster = boxed([250, 250, 250], [250, 240, 250]);
        assert_eq!(content_box(&raster, 9), CONTENT);
        assert_eq!(content_box(&raster, 10), WHOLE, "nothing would be left");
    }

    #[test]
    fn a_transparent_margin_is_one_whatever_its_hidden_colours() {
        let mut raster = boxed([0, 0, 0, 0], [0, 0, 0, 255]);
        raster.pixels[4..7].copy_from_slice(&[255, 7, 99]);
        assert_eq!(content_box(&raster, 0), CONTENT);
        let translucent = boxed([9, 9, 9, 0], [9, 9, 9, 20]);
        assert_eq!(content_box(&translucent, 5), CONTENT);
    }

    #[test]
    fn a_corner_that_the_picture_reaches_does_not_decide() {
        let mut raster = boxed([250, 250, 250], [40, 90, 200]);
        raster.pixels[..3].copy_from_slice(&[0, 0, 0]);
        assert_eq!(content_box(&raster, 10), [0.0, 0.0, 0.7, 0.625]);
    }

    #[test]
    fn one_colour_and_one_pixel_stay_whole() {
        assert_eq!(content_box(&boxed([7, 8, 9], [7, 8, 9]), 0), WHOLE);
        let pixel = Raster::new(1, 1, true, vec![1, 2, 3, 4]).unwrap();
        assert_eq!(content_box(&pixel, 255), WHOLE);
    }

    #[test]
    fn content_that_reaches_the_edges_is_kept_whole() {
        let mut raster = Raster::new(4, 4, false, vec![255; 48]).unwrap();
        // A diagonal, but not its ends.
        for i in [1, 2] {
            raster.pixels[3 * (4 * i + i)] = 0;
        }
        assert_eq!(content_box(&raster, 0), [0.25, 0.25, 0.5, 0.5]);
        raster.pixels[3 * 4] = 0;
        raster.pixels[3 * 7] = 0;
        assert_eq!(content_box(&raster, 0), [0.0, 0.25, 1.0, 0.5]);
    }
}
