//! One colour on another, both with straight alpha (Porter and Duff's "over", 1984).

use crate::options::Colour;

/// A pixel on a pixel. Hidden colours of what is fully transparent don't shine through.
pub(super) fn pixel(top: [u8; 4], under: [u8; 4]) -> [u8; 4] {
    let (top_alpha, under_alpha) = (u32::from(top[3]), u32::from(under[3]));
    // In 255ths of 255ths, so that everything is rounded once.
    let top_part = top_alpha * 255;
    let under_part = under_alpha * (255 - top_alpha);
    let alpha = top_part + under_part;
    if alpha == 0 {
        return [0; 4];
    }
    let mix = |i: usize| {
        let sum = u32::from(top[i]) * top_part + u32::from(under[i]) * under_part;
        ((sum + alpha / 2) / alpha) as u8
    };
    [mix(0), mix(1), mix(2), ((alpha + 127) / 255) as u8]
}

/// A pixel on an opaque one.
pub(super) fn opaque(top: [u8; 4], under: [u8; 3]) -> [u8; 3] {
    let alpha = u32::from(top[3]);
    [0, 1, 2].map(|i| ((u32::from(top[i]) * alpha + u32::from(under[i]) * (255 - alpha) + 127) / 255) as u8)
}

/// A colour on a colour.
pub(super) fn colour(top: Colour, under: Colour) -> Colour {
    let [red, green, blue, alpha] = pixel(rgba(top), rgba(under));
    Colour {
        red,
        green,
        blue,
        alpha,
    }
}

/// The colour as a pixel.
pub(super) const fn rgba(colour: Colour) -> [u8; 4] {
    [colour.red, colour.green, colour.blue, colour.alpha]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opaque_hides_and_what_is_transparent_shows() {
        let (red, blue) = ([200, 10, 20, 255], [0, 0, 240, 128]);
        assert_eq!(pixel(red, blue), red);
        assert_eq!(pixel([9, 9, 9, 0], blue), blue);
        assert_eq!(pixel(blue, [9, 9, 9, 0]), blue);
        assert_eq!(pixel([9, 9, 9, 0], [7, 7, 7, 0]), [0; 4]);
    }

    #[test]
    fn two_half_transparent_colours_mix_by_what_is_seen_of_each() {
        // Alpha 128 on 128 is 128 + 128 · 127 / 255 = 192; of that the upper one is two thirds.
        let mixed = pixel([240, 0, 0, 128], [0, 0, 240, 128]);
        assert_eq!(mixed, [160, 0, 80, 192]);
    }

    #[test]
    fn on_an_opaque_pixel_both_ways_agree() {
        for alpha in 0..=255 {
            let top = [255, 3, 77, alpha];
            let [red, green, blue] = opaque(top, [10, 200, 76]);
            assert_eq!(pixel(top, [10, 200, 76, 255]), [red, green, blue, 255]);
        }
    }
}
