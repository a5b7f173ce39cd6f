//! A frame of one colour.

use super::background;
use crate::{options::Colour, raster::Raster};

/// The picture with a frame around it, which makes it larger by twice the frame's width. The colour is that of the frame on
/// the background already.
pub(super) fn framed(raster: Raster, width: u32, colour: Colour) -> Raster {
    if width == 0 {
        return raster;
    }
    let size = (raster.width + 2 * width, raster.height + 2 * width);
    background::set_on(raster, size, (width, width), colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_as_wide_on_every_side() {
        let raster = Raster::new(2, 1, false, vec![9; 6]).unwrap();
        let framed = framed(raster, 2, Colour::WHITE);
        assert_eq!((framed.width, framed.height), (6, 5));
        let at = |x: usize, y: usize| framed.pixels[3 * (6 * y + x)];
        for y in 0..5 {
            for x in 0..6 {
                let inside = y == 2 && (2..4).contains(&x);
                assert_eq!(at(x, y), if inside { 9 } else { 255 }, "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_frame_of_no_width_is_none() {
        let raster = Raster::new(2, 1, false, vec![9; 6]).unwrap();
        assert_eq!(framed(raster.clone(), 0, Colour::WHITE), raster);
    }
}
