//! How often each colour is there, in bins: what palettes are made of.

use std::collections::HashMap;

use crate::analyse::oklab::{Oklab, to_oklab};

/// Pixels of one bin differ by less than this in each channel, by half of it in green.
const BIN_BITS: [u32; 3] = [5, 6, 5];

/// Colours that are nearly the same, as their mean.
pub(super) struct Bin {
    pub(super) colour: Oklab,
    pub(super) rgb: [f32; 3],
    pub(super) weight: f32,
}

/// How often each colour is there.
pub(crate) struct Histogram {
    pub(super) bins: Vec<Bin>,
    /// Every colour, where there are few.
    pub(super) exact: Option<Vec<[u8; 3]>>,
}

impl Histogram {
    /// Whether there are no more colours than this, of up to 256.
    pub(crate) fn has_at_most(&self, colours: usize) -> bool {
        self.exact.as_ref().is_some_and(|exact| exact.len() <= colours)
    }

    /// Of RGBA pixels; those that are not opaque do not count.
    pub(crate) fn of(pixels: &[u8]) -> Self {
        let mut sums = vec![([0_u64; 3], 0_u32); 1 << BIN_BITS.iter().sum::<u32>()];
        let mut exact = Some(HashMap::new());
        let mut before = None;
        for pixel in pixels.chunks_exact(4).filter(|pixel| pixel[3] == 255) {
            let rgb = [pixel[0], pixel[1], pixel[2]];
            let index = rgb.iter().zip(BIN_BITS).fold(0, |index, (channel, bits)| {
                (index << bits) | usize::from(channel >> (8 - bits))
            });
            let (sum, count) = &mut sums[index];
            sum.iter_mut()
                .zip(rgb)
                .for_each(|(sum, channel)| *sum += u64::from(channel));
            *count += 1;
            if let Some(colours) = exact.as_mut().filter(|_| before != Some(rgb)) {
                colours.insert(rgb, ());
                if colours.len() > 256 {
                    exact = None;
                }
            }
            before = Some(rgb);
        }
        let bins = sums.into_iter().filter(|(_, count)| *count > 0);
        let bins = bins.map(|(sum, count)| {
            let rgb = sum.map(|sum| sum as f32 / count as f32);
            Bin {
                colour: to_oklab(rgb),
                rgb,
                weight: count as f32,
            }
        });
        let exact = exact.map(|colours| {
            let mut colours: Vec<_> = colours.into_keys().collect();
            colours.sort_unstable();
            colours
        });
        Self {
            bins: bins.collect(),
            exact,
        }
    }
}
