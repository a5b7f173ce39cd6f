//! Brightness, contrast, gamma and saturation.
//!
//! The first three are one table for all channels; saturation is a matrix behind it. Between the two are more than eight
//! bits, so that everything is rounded once. Alpha stays as it is.
//!
//! 800 × 600 opaque pixels take 0.5 ms without saturation and 1.9 ms with it, on one core.

use super::sane;
use crate::{options::Adjustments, raster::Raster};

/// What 1 of 255 is between the table and the matrix.
const FINE: f64 = 64.0;

/// What 1 is in the matrix: a table's value times twice this stays below 2³¹.
const UNIT: f64 = 4_096.0;

/// The weights of red, green and blue in luminance, those of CSS's `saturate()` (Filter Effects 1, section 13.2: ITU-R
/// BT.709).
const LUMA: [f64; 3] = [0.213, 0.715, 0.072];

/// Whether nothing would change.
pub(super) fn is_idle(adjustments: &Adjustments) -> bool {
    let tones = Tones::of(adjustments);
    tones.is_table_idle() && tones.saturation == 1.0
}

/// Applies the four.
pub(super) fn tone(raster: &mut Raster, adjustments: &Adjustments) {
    let tones = Tones::of(adjustments);
    match (tones.saturation == 1.0, raster.alpha) {
        (true, _) if tones.is_table_idle() => {}
        (true, false) => look_up::<3>(raster, &tones),
        (true, true) => look_up::<4>(raster, &tones),
        (false, false) => saturate::<3>(raster, &tones),
        (false, true) => saturate::<4>(raster, &tones),
    }
}

/// The four, within their bounds.
struct Tones {
    brightness: f64,
    contrast: f64,
    gamma: f64,
    saturation: f64,
}

impl Tones {
    fn of(adjustments: &Adjustments) -> Self {
        let factor = |number| f64::from(sane(number, 0.0, 2.0, 1.0));
        Self {
            brightness: factor(adjustments.brightness),
            contrast: factor(adjustments.contrast),
            gamma: f64::from(sane(adjustments.gamma, 0.1, 10.0, 1.0)),
            saturation: factor(adjustments.saturation),
        }
    }

    fn is_table_idle(&self) -> bool {
        self.brightness == 1.0 && self.contrast == 1.0 && self.gamma == 1.0
    }

    /// What becomes of a byte, 0 to 1.
    fn at(&self, byte: usize) -> f64 {
        let bright = byte as f64 / 255.0 * self.brightness;
        let contrasted = (bright - 0.5) * self.contrast + 0.5;
        contrasted.clamp(0.0, 1.0).powf(1.0 / self.gamma)
    }
}

fn look_up<const N: usize>(raster: &mut Raster, tones: &Tones) {
    let table: [u8; 256] = std::array::from_fn(|byte| (tones.at(byte) * 255.0).round() as u8);
    for pixel in raster.pixels.as_chunks_mut::<N>().0 {
        for channel in &mut pixel[..3] {
            *channel = table[usize::from(*channel)];
        }
    }
}

fn saturate<const N: usize>(raster: &mut Raster, tones: &Tones) {
    let table: [i32; 256] = std::array::from_fn(|byte| (tones.at(byte) * 255.0 * FINE).round() as i32);
    let own = (tones.saturation * UNIT).round() as i32;
    let [red, green, _] = LUMA.map(|weight| (weight * UNIT).round() as i32);
    // What is left, so that gray stays gray to the last bit.
    let weights = [red, green, UNIT as i32 - red - green];
    let (unit, half) = (UNIT as i32, (UNIT * FINE / 2.0) as i32);
    let shift = (UNIT * FINE).log2() as u32;
    for pixel in raster.pixels.as_chunks_mut::<N>().0 {
        let toned = [0, 1, 2].map(|i| table[usize::from(pixel[i])]);
        let luma =
            (toned[0] * weights[0] + toned[1] * weights[1] + toned[2] * weights[2]) >> UNIT.log2() as u32;
        for (channel, toned) in pixel[..3].iter_mut().zip(toned) {
            let mixed = toned * own + luma * (unit - own);
            *channel = ((mixed + half) >> shift).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toned(pixel: [u8; 3], adjustments: Adjustments) -> [u8; 3] {
        let mut raster = Raster::new(1, 1, false, pixel.to_vec()).unwrap();
        tone(&mut raster, &adjustments);
        let mut with_alpha = Raster::new(1, 1, true, [&pixel[..], &[77]].concat()).unwrap();
        tone(&mut with_alpha, &adjustments);
        assert_eq!(with_alpha.pixels, [&raster.pixels[..], &[77]].concat());
        [raster.pixels[0], raster.pixels[1], raster.pixels[2]]
    }

    fn asked(set: impl FnOnce(&mut Adjustments)) -> Adjustments {
        let mut adjustments = Adjustments::default();
        set(&mut adjustments);
        adjustments
    }

    #[test]
    fn each_tone_does_what_its_name_says() {
        let pixel = [100, 20, 200];
        assert_eq!(toned(pixel, asked(|a| a.brightness = 1.5)), [150, 30, 255]);
        assert_eq!(toned(pixel, asked(|a| a.brightness = 0.0)), [0; 3]);
        assert_eq!(toned(pixel, asked(|a| a.contrast = 2.0)), [73, 0, 255]);
        assert_eq!(toned(pixel, asked(|a| a.contrast = 0.0)), [128; 3]);
        // 255 · (100 / 255)^½ is 159.7.
        assert_eq!(toned(pixel, asked(|a| a.gamma = 2.0)), [160, 71, 226]);
        assert_eq!(toned(pixel, asked(|a| a.gamma = 0.5)), [39, 2, 157]);
        // The luminance is 0.213 · 100 + 0.715 · 20 + 0.072 · 200 = 50.
        assert_eq!(toned(pixel, asked(|a| a.saturation = 0.0)), [50; 3]);
        assert_eq!(toned(pixel, asked(|a| a.saturation = 2.0)), [150, 0, 255]);
        assert_eq!(toned(pixel, asked(|a| a.saturation = 0.5)), [75, 35, 125]);
    }

    #[test]
    fn the_default_and_what_is_no_number_change_nothing() {
        let nothing = asked(|a| {
            a.brightness = f32::NAN;
            a.contrast = f32::NAN;
            a.gamma = f32::NAN;
            a.saturation = f32::NAN;
        });
        for adjustments in [Adjustments::default(), nothing] {
            assert!(is_idle(&adjustments));
            assert_eq!(toned([1, 99, 254], adjustments), [1, 99, 254]);
        }
        assert!(!is_idle(&asked(|a| a.saturation = 0.99)));
        assert!(!is_idle(&asked(|a| a.gamma = 1.01)));
    }

    #[test]
    fn numbers_out_of_bounds_count_as_the_nearest_within() {
        let wild = |number| {
            asked(|a| {
                a.brightness = number;
                a.gamma = number;
                a.saturation = number;
            })
        };
        assert_eq!(
            toned([10, 20, 30], wild(f32::INFINITY)),
            toned(
                [10, 20, 30],
                asked(|a| {
                    a.brightness = 2.0;
                    a.gamma = 10.0;
                    a.saturation = 2.0;
                })
            )
        );
        assert_eq!(toned([10, 20, 30], wild(-7.0)), [0; 3]);
    }

    #[test]
    fn gray_stays_gray_whatever_its_saturation() {
        for saturation in [0.0, 0.37, 1.2, 2.0] {
            for gray in 0..=255 {
                assert_eq!(toned([gray; 3], asked(|a| a.saturation = saturation)), [gray; 3]);
            }
        }
    }
}
