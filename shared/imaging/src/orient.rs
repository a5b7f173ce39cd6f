//! The eight ways in which a picture can lie in its file.

use crate::{
    options::{Flip, Rotation},
    planar::{Planar, Plane},
    raster::Raster,
};

/// What has to be done to the stored pixels: swap rows and columns, then mirror across, then mirror down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    transpose: bool,
    mirror_across: bool,
    mirror_down: bool,
}

impl Orientation {
    /// EXIF's number (CIPA DC-008, tag 274); anything but 1 to 8 means upright.
    pub(crate) const fn from_exif(value: u32) -> Self {
        let (transpose, mirror_across, mirror_down) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self {
            transpose,
            mirror_across,
            mirror_down,
        }
    }

    /// EXIF's number, 1 to 8.
    pub(crate) const fn exif(self) -> u8 {
        match (self.transpose, self.mirror_across, self.mirror_down) {
            (false, false, false) => 1,
            (false, true, false) => 2,
            (false, true, true) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (true, true, false) => 6,
            (true, true, true) => 7,
            (true, false, true) => 8,
        }
    }

    /// What a caller asks for: mirror, then turn, as Cloudflare does.
    pub(crate) const fn of(rotation: Rotation, flip: Flip) -> Self {
        let mirror = Self::from_exif(match flip {
            Flip::None => 1,
            Flip::Horizontal => 2,
            Flip::Vertical => 4,
            Flip::Both => 3,
        });
        mirror.then(Self::from_exif(match rotation {
            Rotation::None => 1,
            Rotation::Quarter => 6,
            Rotation::Half => 3,
            Rotation::ThreeQuarters => 8,
        }))
    }

    /// HEIF's `irot`.
    pub(crate) const fn quarter_turns_against_the_clock(turns: u8) -> Self {
        Self::from_exif(match turns % 4 {
            1 => 8,
            2 => 3,
            3 => 6,
            _ => 1,
        })
    }

    /// HEIF's `imir`: across swaps left and right, otherwise top and bottom.
    pub(crate) const fn mirror(across: bool) -> Self {
        Self::from_exif(if across { 2 } else { 4 })
    }

    /// This, and then `next`.
    pub(crate) const fn then(self, next: Self) -> Self {
        // A transposition behind mirrors swaps which axis they mirror.
        let (across, down) = if next.transpose {
            (self.mirror_down, self.mirror_across)
        } else {
            (self.mirror_across, self.mirror_down)
        };
        Self {
            transpose: self.transpose != next.transpose,
            mirror_across: across != next.mirror_across,
            mirror_down: down != next.mirror_down,
        }
    }

    /// The sides after the orientation.
    pub(crate) const fn sides(self, width: u32, height: u32) -> (u32, u32) {
        if self.transpose {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Where a rectangle of the upright picture lies in the stored one; left, top, width, height, each a part of 1.
    pub(crate) fn stored_box(self, [left, top, width, height]: [f64; 4]) -> [f64; 4] {
        let left = if self.mirror_across {
            1.0 - left - width
        } else {
            left
        };
        let top = if self.mirror_down { 1.0 - top - height } else { top };
        if self.transpose {
            [top, left, height, width]
        } else {
            [left, top, width, height]
        }
    }

    /// Where a rectangle of the stored picture lies in the upright one: the inverse of [`stored_box`](Self::stored_box).
    pub(crate) fn upright_box(self, [left, top, width, height]: [f64; 4]) -> [f64; 4] {
        let [left, top, width, height] = if self.transpose {
            [top, left, height, width]
        } else {
            [left, top, width, height]
        };
        let across = Self {
            transpose: false,
            ..self
        };
        across.stored_box([left, top, width, height])
    }

    /// Turns the picture upright.
    pub(crate) fn apply(self, raster: Raster) -> Raster {
        if self == Self::default() {
            return raster;
        }
        let pixels = if raster.alpha {
            self.turn::<4>(raster.width, raster.height, &raster.pixels)
        } else {
            self.turn::<3>(raster.width, raster.height, &raster.pixels)
        };
        let (width, height) = self.sides(raster.width, raster.height);
        Raster {
            width,
            height,
            alpha: raster.alpha,
            pixels,
        }
    }

    /// Whether quartered chroma of a picture with these sides, as stored, stays where it belongs: of an odd side the last
    /// samples lie half outside, and no mirror may bring them to the front.
    pub(crate) const fn keeps_quarters(self, stored_width: u32, stored_height: u32) -> bool {
        let (width, height) = self.sides(stored_width, stored_height);
        (!self.mirror_across || width.is_multiple_of(2)) && (!self.mirror_down || height.is_multiple_of(2))
    }

    /// Turns the picture upright.
    pub(crate) fn apply_to_planes(self, planar: Planar) -> Planar {
        if self == Self::default() {
            return planar;
        }
        let turned = |plane: Plane| {
            let (width, height) = self.sides(plane.width, plane.height);
            Plane {
                samples: self.turn::<1>(plane.width, plane.height, &plane.samples),
                width,
                height,
            }
        };
        Planar {
            luma: turned(planar.luma),
            chroma: planar.chroma.map(|planes| planes.map(turned)),
            step: self.sides(planar.step.0, planar.step.1),
        }
    }

    fn turn<const N: usize>(self, stored_width: u32, stored_height: u32, pixels: &[u8]) -> Vec<u8> {
        let (width, height) = self.sides(stored_width, stored_height);
        let (stored_width, stored_height) = (stored_width as usize, stored_height as usize);
        let from = pixels.as_chunks::<N>().0;
        let mut pixels = vec![0; pixels.len()];
        let rows = pixels.as_chunks_mut::<N>().0.chunks_exact_mut(width as usize);
        for (y, row) in rows.enumerate() {
            let y = if self.mirror_down {
                height as usize - 1 - y
            } else {
                y
            };
            for (x, pixel) in row.iter_mut().enumerate() {
                let x = if self.mirror_across {
                    width as usize - 1 - x
                } else {
                    x
                };
                let (stored_x, stored_y) = if self.transpose { (y, x) } else { (x, y) };
                debug_assert!(stored_x < stored_width && stored_y < stored_height);
                *pixel = from[stored_y * stored_width + stored_x];
            }
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of three pixels, named 1 to 6 by their red.
    fn letters() -> Raster {
        Raster::new(3, 2, false, (1..=6).flat_map(|n| [n, 0, 0]).collect()).unwrap()
    }

    fn reds(raster: &Raster) -> Vec<u8> {
        raster.pixels.chunks(raster.channels()).map(|p| p[0]).collect()
    }

    #[test]
    fn each_orientation_turns_the_stored_pixels_upright() {
        let expected: [(u32, u32, [u8; 6]); 8] = [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ];
        for (exif, width, pixels) in expected {
            let upright = Orientation::from_exif(exif).apply(letters());
            assert_eq!(
                (upright.width, reds(&upright)),
                (width, pixels.to_vec()),
                "orientation {exif}"
            );
            let with_alpha = Orientation::from_exif(exif).apply(letters().with_alpha());
            assert_eq!(reds(&with_alpha), pixels, "orientation {exif} with alpha");
            assert_eq!(u32::from(Orientation::from_exif(exif).exif()), exif);
        }
    }

    #[test]
    fn two_turns_in_one_are_the_same_as_one_after_the_other() {
        for first in 1..=8 {
            for second in 1..=8 {
                let (first, second) = (Orientation::from_exif(first), Orientation::from_exif(second));
                let one_by_one = second.apply(first.apply(letters()));
                assert_eq!(
                    first.then(second).apply(letters()),
                    one_by_one,
                    "{first:?}, {second:?}"
                );
            }
        }
    }

    #[test]
    fn a_box_of_the_upright_picture_is_found_in_the_stored_one() {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif);
            let upright = orientation.apply(letters());
            // The upper left pixel of the upright picture, as a box.
            let (w, h) = (f64::from(upright.width), f64::from(upright.height));
            let [left, top, ..] = orientation.stored_box([0.0, 0.0, 1.0 / w, 1.0 / h]);
            let (x, y) = ((left * 3.0).round() as usize, (top * 2.0).round() as usize);
            assert_eq!(
                reds(&letters())[y * 3 + x],
                reds(&upright)[0],
                "orientation {exif}"
            );
        }
    }

    #[test]
    fn a_picture_is_mirrored_first_and_turned_with_the_clock_then() {
        // Letters are 1 2 3 over 4 5 6.
        for (rotation, flip, expected) in [
            (Rotation::None, Flip::None, [1, 2, 3, 4, 5, 6]),
            (Rotation::Quarter, Flip::None, [4, 1, 5, 2, 6, 3]),
            (Rotation::Half, Flip::None, [6, 5, 4, 3, 2, 1]),
            (Rotation::ThreeQuarters, Flip::None, [3, 6, 2, 5, 1, 4]),
            (Rotation::None, Flip::Horizontal, [3, 2, 1, 6, 5, 4]),
            (Rotation::None, Flip::Vertical, [4, 5, 6, 1, 2, 3]),
            (Rotation::None, Flip::Both, [6, 5, 4, 3, 2, 1]),
            (Rotation::Quarter, Flip::Horizontal, [6, 3, 5, 2, 4, 1]),
            (Rotation::Quarter, Flip::Vertical, [1, 4, 2, 5, 3, 6]),
        ] {
            let turned = Orientation::of(rotation, flip).apply(letters());
            assert_eq!(reds(&turned), expected, "{rotation:?} {flip:?}");
        }
    }

    #[test]
    fn a_box_comes_back_from_the_stored_picture_as_it_went() {
        let upright = [0.125, 0.25, 0.5, 0.0625];
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif);
            let back = orientation.upright_box(orientation.stored_box(upright));
            assert_eq!(back, upright, "orientation {exif}");
        }
    }
}
