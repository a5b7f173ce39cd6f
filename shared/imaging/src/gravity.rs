//! Which part of a picture is kept when something must go.

use crate::{
    geometry::{alignment, focal},
    options::Gravity,
    raster::Raster,
};

/// The longer side of the copy that detail is looked for in, in pixels: enough to see a face, cheap to search.
pub(crate) const DETAIL_EDGE: u32 = 128;

/// The upper left corner of the window to keep, as parts of the upright picture; `shown` is the window's size. `detail` is
/// a small upright copy, asked for only where detail decides.
pub(crate) fn corner(gravity: Gravity, shown: (f64, f64), detail: Option<&Raster>) -> (f64, f64) {
    let room = (1.0 - shown.0, 1.0 - shown.1);
    match (gravity, detail) {
        (Gravity::Point { x, y }, _) => {
            // The point comes as near to the window's centre as the edges allow.
            let start = |point: f64, shown: f64, room: f64| (point - shown / 2.0).clamp(0.0, room.max(0.0));
            (start(focal(x), shown.0, room.0), start(focal(y), shown.1, room.1))
        }
        (Gravity::Auto, Some(detail)) => most_detailed(detail, shown),
        _ => {
            let (across, down) = alignment(gravity);
            (room.0 * across, room.1 * down)
        }
    }
}

/// How steeply the luminance changes at each pixel: the sum of both central differences.
fn edge_energy(raster: &Raster) -> Vec<u32> {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let luma = raster.luminance();
    let at = |x: usize, y: usize| i32::from(luma[y.min(height - 1) * width + x.min(width - 1)]);
    let mut energy = Vec::with_capacity(luma.len());
    for y in 0..height {
        for x in 0..width {
            let across = at(x + 1, y) - at(x.saturating_sub(1), y);
            let down = at(x, y + 1) - at(x, y.saturating_sub(1));
            energy.push(across.unsigned_abs() + down.unsigned_abs());
        }
    }
    energy
}

/// The window with the most edges in it, by an integral image; of equal ones, the one nearest to the centre.
fn most_detailed(raster: &Raster, shown: (f64, f64)) -> (f64, f64) {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let stride = width + 1;
    let mut sums = vec![0_u64; stride * (height + 1)];
    for (y, row) in edge_energy(raster).chunks_exact(width).enumerate() {
        let mut in_row = 0;
        for (x, energy) in row.iter().enumerate() {
            in_row += u64::from(*energy);
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + in_row;
        }
    }
    let side = |part: f64, side: usize| ((part * side as f64).round() as usize).clamp(1, side);
    let (window_width, window_height) = (side(shown.0, width), side(shown.1, height));
    let (room_x, room_y) = (width - window_width, height - window_height);
    let sum = |x: usize, y: usize| {
        sums[(y + window_height) * stride + x + window_width] + sums[y * stride + x]
            - sums[y * stride + x + window_width]
            - sums[(y + window_height) * stride + x]
    };
    let from_centre = |x: usize, y: usize| (2 * x).abs_diff(room_x) + (2 * y).abs_diff(room_y);
    let best = (0..=room_y)
        .flat_map(|y| (0..=room_x).map(move |x| (x, y)))
        .max_by_key(|&(x, y)| (sum(x, y), std::cmp::Reverse(from_centre(x, y))));
    let (x, y) = best.unwrap_or((room_x / 2, room_y / 2));
    // As parts of the room, so that the window at the very edge reaches the very edge.
    let part = |at: usize, room: usize, shown: f64| {
        if room == 0 {
            (1.0 - shown) / 2.0
        } else {
            at as f64 / room as f64 * (1.0 - shown)
        }
    };
    (part(x, room_x, shown.0), part(y, room_y, shown.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gray, with a checkerboard between these columns.
    fn with_detail(width: u32, height: u32, columns: std::ops::Range<u32>) -> Raster {
        let pixel = |x: u32, y: u32| {
            if columns.contains(&x) && (x / 2 + y / 2).is_multiple_of(2) {
                [255; 3]
            } else {
                [90; 3]
            }
        };
        let pixels = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
            .collect();
        Raster::new(width, height, false, pixels).unwrap()
    }

    #[test]
    fn auto_finds_the_detail() {
        let raster = with_detail(120, 60, 90..110);
        let (x, y) = corner(Gravity::Auto, (0.5, 1.0), Some(&raster));
        assert!(
            x <= 90.0 / 120.0 && x + 0.5 >= 110.0 / 120.0,
            "the window begins at {x}"
        );
        assert_eq!(y, 0.0);
    }

    #[test]
    fn auto_takes_the_centre_where_nothing_stands_out() {
        let flat = with_detail(101, 40, 0..0);
        let (x, _) = corner(Gravity::Auto, (0.5, 1.0), Some(&flat));
        assert!((x - 0.25).abs() < 0.02, "{x}");
    }

    #[test]
    fn a_focal_point_is_centred_as_far_as_the_edges_allow() {
        let at = |x, y| corner(Gravity::Point { x, y }, (0.5, 0.25), None);
        assert_eq!(at(0.5, 0.5), (0.25, 0.375));
        assert_eq!(at(0.0, 1.0), (0.0, 0.75));
        assert_eq!(at(f32::NAN, 7.0), (0.25, 0.75));
    }

    #[test]
    fn sides_and_corners_are_where_their_names_say() {
        let shown = (0.5, 0.5);
        assert_eq!(corner(Gravity::TopLeft, shown, None), (0.0, 0.0));
        assert_eq!(corner(Gravity::BottomRight, shown, None), (0.5, 0.5));
        assert_eq!(corner(Gravity::Right, shown, None), (0.5, 0.25));
    }
}
