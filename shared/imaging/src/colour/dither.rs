//! Sixteen bits to eight.
//!
//! Rounded, a smooth gradient of 16 bits becomes steps that are seen in skies. A pattern of thresholds (Bayer, 8 × 8) spreads
//! what rounding would lose over the neighbours: no pixel is a whole level from its true value, and the mean of 64 is right
//! to a hundredth. It is the same each time, needs no state, and leaves 8-bit content in 16-bit files as it was. All
//! channels of a pixel share the threshold, so that gray stays gray. Alpha is rounded: its edges are no gradients.
//!
//! It is done at full size, before the resize: 16 bits would double the memory of the largest buffer for the one
//! step in which pixels are averaged anyway, which the pattern survives as the value it stands for.

const SIDE: usize = 8;

/// Each number of 0 to 63 once, such that every smaller square has low and high ones.
const THRESHOLDS: [[u8; SIDE]; SIDE] = thresholds();

const fn thresholds() -> [[u8; SIDE]; SIDE] {
    let mut table = [[0; SIDE]; SIDE];
    let mut y = 0;
    while y < SIDE {
        let mut x = 0;
        while x < SIDE {
            // The bits of x ^ y and y, interleaved from the lowest.
            let (a, b) = ((x ^ y) as u8, y as u8);
            let mut bit = 0;
            while bit < 3 {
                let pair = ((a >> bit) & 1) << 1 | (b >> bit) & 1;
                table[y][x] |= pair << (2 * (2 - bit));
                bit += 1;
            }
            x += 1;
        }
        y += 1;
    }
    table
}

/// To the nearest.
pub(super) const fn rounded(sample: u16) -> u8 {
    ((sample as u32 * 255 + 32_767) / 65_535) as u8
}

/// Up where the part that is lost is larger than the threshold of this place.
fn dithered(sample: u16, threshold: u8) -> u8 {
    // In parts of 1/128 of a level, a level being 257: thresholds stand in the middles of 64 equal parts.
    ((u32::from(sample) * 128 + (2 * u32::from(threshold) + 1) * 257) / (257 * 128)) as u8
}

/// Appends row `y` of pixels with as many channels; the last one is alpha where `alpha` says so.
pub(super) fn narrow_row(row: &[u16], y: usize, channels: usize, alpha: bool, out: &mut Vec<u8>) {
    let thresholds = THRESHOLDS[y % SIDE];
    let colours = channels - usize::from(alpha);
    for (x, pixel) in row.chunks_exact(channels).enumerate() {
        let threshold = thresholds[x % SIDE];
        out.extend(pixel[..colours].iter().map(|sample| dithered(*sample, threshold)));
        out.extend(pixel[colours..].iter().map(|alpha| rounded(*alpha)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thresholds_are_each_number_once() {
        let mut all = THRESHOLDS.concat();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..64));
        assert_eq!(THRESHOLDS[0][..2], [0, 32]);
    }

    #[test]
    fn a_smooth_ramp_keeps_its_mean_in_every_window_and_no_pixel_is_a_level_off() {
        // 20 levels over 512 pixels: rounded, each step would be 26 pixels wide.
        let (width, height) = (512, 64);
        let sample = |x: usize, y: usize| (9_000 + 10 * x + 3 * y) as u16;
        let mut pixels = Vec::new();
        for y in 0..height {
            let row: Vec<u16> = (0..width).map(|x| sample(x, y)).collect();
            narrow_row(&row, y, 1, false, &mut pixels);
        }
        let mut worst = 0.0_f64;
        for top in 0..=height - 16 {
            for left in 0..=width - 16 {
                let mut error = 0.0;
                for (y, x) in (top..top + 16).flat_map(|y| (left..left + 16).map(move |x| (y, x))) {
                    let (found, exact) = (pixels[y * width + x], sample(x, y));
                    assert!(found.abs_diff(rounded(exact)) <= 1);
                    assert!((f64::from(found) - f64::from(exact) / 257.0).abs() < 1.0);
                    error += f64::from(found) - f64::from(exact) / 257.0;
                }
                worst = worst.max((error / 256.0).abs());
            }
        }
        assert!(worst < 0.1, "a window is {worst:.3} levels off");
    }

    #[test]
    fn eight_bits_in_sixteen_alpha_and_the_ends_are_what_they_were() {
        let row: Vec<u16> = (0..=255_u16).flat_map(|level| [level * 257; 4]).collect();
        for y in 0..8 {
            let mut out = Vec::new();
            narrow_row(&row, y, 4, true, &mut out);
            assert!(out.iter().copied().eq((0..=255_u8).flat_map(|level| [level; 4])));
        }
        // Alpha of 128.6 levels is 129 at each place.
        let mut out = Vec::new();
        narrow_row(&[33_050; 32], 3, 4, true, &mut out);
        assert!(out.chunks(4).all(|pixel| pixel[3] == 129));
        assert!(out.chunks(4).any(|pixel| pixel[0] == 128) && out.chunks(4).any(|pixel| pixel[0] == 129));
        assert!(
            out.chunks(4)
                .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
        );
    }

    #[test]
    fn rounding_is_to_the_nearest() {
        assert_eq!(
            [0, 128, 129, 0x7fff, 0x8000, 0xff7f, 0xffff].map(rounded),
            [0, 0, 1, 127, 128, 255, 255]
        );
    }
}
