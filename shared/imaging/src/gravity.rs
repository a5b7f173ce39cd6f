//! Which part of a picture is kept when something must go.

mod saliency;

use saliency::Saliency;

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
        (Gravity::Auto, Some(detail)) => most_salient(detail, shown),
        _ => {
            let (across, down) = alignment(gravity);
            (room.0 * across, room.1 * down)
        }
    }
}

/// The window in which most stands out.
fn most_salient(raster: &Raster, shown: (f64, f64)) -> (f64, f64) {
    let saliency = Saliency::of(raster);
    let side = |part: f64, side: usize| ((part * side as f64).round() as usize).clamp(1, side);
    let (width, height) = (side(shown.0, saliency.width), side(shown.1, saliency.height));
    let (x, y) = saliency.best_window(width, height);
    let (room_x, room_y) = (saliency.width - width, saliency.height - height);
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

/// The part of each side that the region has whose centre is the focus: enough for one subject.
const FOCUS_PART: (usize, usize) = (2, 5);

/// The centre of what stands out most, as parts of the width and the height with three digits; `small` is a small upright
/// copy.
pub(crate) fn focus(small: &Raster) -> (f32, f32) {
    let saliency = Saliency::of(small);
    let side = |side: usize| (side * FOCUS_PART.0).div_ceil(FOCUS_PART.1);
    let size = (side(saliency.width), side(saliency.height));
    let (x, y) = saliency.centre_of(saliency.best_window(size.0, size.1), size);
    let three_digits = |part: f32| (part * 1_000.0).round() / 1_000.0;
    (three_digits(x), three_digits(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 120 × 60 pixels.
    fn painted(pixel: impl Fn(u32, u32) -> [u8; 3]) -> Raster {
        let pixels = (0..60_u32).flat_map(|y| (0..120_u32).map(move |x| (x, y)));
        let pixels = pixels.flat_map(|(x, y)| pixel(x, y)).collect();
        Raster::new(120, 60, false, pixels).unwrap()
    }

    fn is_in_disc(x: u32, y: u32, (left, top): (u32, u32), radius: u32) -> bool {
        x.abs_diff(left).pow(2) + y.abs_diff(top).pow(2) < radius * radius
    }

    /// The same grain each time, 0 to `size`.
    fn grain(x: u32, y: u32, size: u32) -> u8 {
        let mixed = (x * 7_919 + y * 104_729 + 12_345).wrapping_mul(2_246_822_519);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(3_266_489_917);
        ((mixed >> 16) % (size + 1)) as u8
    }

    fn left_edge(raster: &Raster, part: f64) -> f64 {
        corner(Gravity::Auto, (part, 1.0), Some(raster)).0
    }

    #[test]
    fn auto_finds_a_colour_in_a_busy_gray_texture() {
        let raster = painted(|x, y| {
            if is_in_disc(x, y, (95, 30), 12) {
                [210, 30, 40]
            } else {
                [60 + grain(x, y, 140); 3]
            }
        });
        let left = left_edge(&raster, 0.4);
        assert!(left <= 83.0 / 120.0 && left + 0.4 >= 107.0 / 120.0, "{left}");
        let (x, y) = focus(&raster);
        assert!((x - 0.79).abs() < 0.05 && (y - 0.5).abs() < 0.05, "{x}, {y}");
    }

    #[test]
    fn auto_prefers_a_face_to_leaves() {
        for tone in [[224, 172, 125], [141, 85, 46], [84, 54, 38]] {
            let raster = painted(|x, y| {
                // Less light on the same colour.
                let shade = 100 - u32::from(grain(x, y, 30));
                if is_in_disc(x, y, (25, 30), 14) {
                    tone.map(|channel: u32| (channel * shade / 100) as u8)
                } else if is_in_disc(x, y, (95, 30), 14) {
                    [60, 110, 40].map(|channel: u32| (channel * shade / 100) as u8)
                } else {
                    [150; 3]
                }
            });
            let left = left_edge(&raster, 0.4);
            assert!(
                left <= 11.0 / 120.0 && left + 0.4 >= 39.0 / 120.0,
                "{tone:?}: {left}"
            );
            assert!((focus(&raster).0 - 0.21).abs() < 0.05, "{:?}", focus(&raster));
        }
    }

    #[test]
    fn of_equals_the_same_one_is_taken_each_time() {
        let twice = painted(|x, y| {
            let is_spot = is_in_disc(x, y, (20, 30), 8) || is_in_disc(119 - x, y, (20, 30), 8);
            if is_spot { [200, 40, 40] } else { [120; 3] }
        });
        let first = left_edge(&twice, 0.3);
        assert!((0..5).all(|_| left_edge(&twice, 0.3) == first));
        assert!(first < 0.2, "the left one of two mirrored ones: {first}");
    }

    #[test]
    fn the_focus_of_a_flat_picture_is_its_centre() {
        assert_eq!(focus(&painted(|_, _| [77; 3])), (0.5, 0.5));
        assert_eq!(
            focus(&Raster::new(1, 1, false, vec![1, 2, 3]).unwrap()),
            (0.5, 0.5)
        );
        assert_eq!(focus(&Raster::new(2, 1, true, vec![0; 8]).unwrap()), (0.5, 0.5));
    }

    #[test]
    fn what_is_transparent_does_not_stand_out() {
        let pixels = (0..100 * 20).flat_map(|i| match i % 100 {
            0..30 => [255 * (i % 2) as u8, 0, 0, 0],
            70..80 => [200, 40, 40, 255],
            _ => [120, 120, 120, 255],
        });
        let raster = Raster::new(100, 20, true, pixels.collect()).unwrap();
        let left = left_edge(&raster, 0.3);
        assert!(left <= 0.7 && left + 0.3 >= 0.8, "{left}");
    }

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
