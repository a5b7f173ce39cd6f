//! A few colours for many: the palette of a GIF.
//!
//! Colours are binned, split where they differ most (median cut by variance, after Wu 1991), moved to the middle of what is
//! nearest to them (k-means), all in Oklab, where distances are as people see them. Deterministic. Written here because
//! the crates for it are under the GPL (imagequant), or split in RGB (color_quant).

mod histogram;

use std::collections::HashMap;

use self::histogram::Bin;
pub(crate) use self::histogram::Histogram;

use crate::analyse::oklab::{Oklab, to_oklab};

/// Rounds of k-means. Measured on a generated photograph of 800 × 600 with 256 colours and an ordered pattern: none gives
/// 32.7 dB, 1 gives 33.3, 3 give 33.5 and 8 no more. All of it takes 37 to 50 ms with diffusion, 11 to 17 with a pattern.
const ROUNDS: usize = 3;
/// Of the table that remembers which entry is nearest: finer, since dithering asks for colours between the bins.
const TABLE_BITS: u32 = 6;
/// An entry of that table which nobody has asked for yet.
const UNKNOWN: u16 = u16::MAX;
/// How far ordered dithering spreads colours, in multiples of the palette's own error. Measured on a moving scene of 16
/// frames: 0 gives 37.9 dB and 853 kB, but steps in soft colours; 1 gives 36.9 and 913, 2 gives 35.0 and 977.
const SPREAD: f32 = 1.0;

/// How colours between two entries are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dither {
    /// By handing each pixel's error to those beside and below it (Floyd and Steinberg 1976), on every other row from the
    /// right. The best still picture.
    Diffused,
    /// By an 8 × 8 pattern (Bayer 1973) that lies still: what does not change from one frame to the next does not flicker.
    Ordered,
}

/// Up to 256 colours.
pub(crate) struct Palette {
    entries: Vec<[u8; 3]>,
    centres: Centres,
    /// Where the palette has every colour: which entry it is.
    exact: Option<HashMap<[u8; 3], u8>>,
    /// Root mean square of what a channel is off by.
    error: f32,
    /// The nearest entry for each colour, as far as it was asked for.
    table: Vec<u16>,
}

/// The entries channel by channel, so that distances to all of them are computed at once.
#[derive(Default)]
struct Centres([Vec<f32>; 3]);

impl Centres {
    fn of(colours: impl Iterator<Item = Oklab>) -> Self {
        let mut centres = Self::default();
        for colour in colours {
            for (channel, value) in centres.0.iter_mut().zip(colour) {
                channel.push(value);
            }
        }
        centres
    }

    /// The nearest centre and its squared distance.
    fn nearest(&self, [l, a, b]: Oklab) -> (usize, f32) {
        let [ls, aa, bs] = &self.0;
        let mut distances = [f32::INFINITY; 256];
        for (((distance, cl), ca), cb) in distances.iter_mut().zip(ls).zip(aa).zip(bs) {
            *distance = (cl - l) * (cl - l) + (ca - a) * (ca - a) + (cb - b) * (cb - b);
        }
        // Lane by lane first, then among the lanes: both are loops without branches.
        let mut least = [f32::INFINITY; 16];
        for lanes in distances.chunks_exact(16) {
            for (least, distance) in least.iter_mut().zip(lanes) {
                *least = least.min(*distance);
            }
        }
        let least = least.into_iter().fold(f32::INFINITY, f32::min);
        let index = distances.iter().position(|distance| *distance == least);
        (index.unwrap_or(0), least)
    }
}

impl Palette {
    /// The best palette of at most so many colours, 1 to 256.
    pub(crate) fn of(histogram: &Histogram, max_colours: usize) -> Self {
        if let Some(colours) = &histogram.exact
            && colours.len() <= max_colours
        {
            let exact = colours
                .iter()
                .zip(0..=255)
                .map(|(colour, index)| (*colour, index));
            return Self {
                entries: colours.clone(),
                centres: Centres::of(colours.iter().map(|colour| to_oklab(colour.map(f32::from)))),
                exact: Some(exact.collect()),
                error: 0.0,
                table: Vec::new(),
            };
        }
        let bins = &histogram.bins;
        let groups = split(bins, max_colours);
        let mut means: Vec<[f32; 3]> = Vec::with_capacity(groups.len());
        let mut owners = vec![0; bins.len()];
        for (owner, group) in groups.iter().enumerate() {
            means.push(mean(group.iter().map(|bin| &bins[*bin])).unwrap_or_default());
            group.iter().for_each(|bin| owners[*bin] = owner);
        }
        for _ in 0..ROUNDS {
            let centres = Centres::of(means.iter().map(|mean| to_oklab(*mean)));
            let mut sums = vec![([0.0_f32; 3], 0.0_f32); means.len()];
            for (bin, owner) in bins.iter().zip(&mut owners) {
                *owner = centres.nearest(bin.colour).0;
                let (sum, weight) = &mut sums[*owner];
                sum.iter_mut()
                    .zip(bin.rgb)
                    .for_each(|(sum, channel)| *sum += channel * bin.weight);
                *weight += bin.weight;
            }
            for (mean, (sum, weight)) in means.iter_mut().zip(sums) {
                // A centre that nothing is nearest to stays where it is.
                if weight > 0.0 {
                    *mean = sum.map(|sum| sum / weight);
                }
            }
        }
        let (squares, weight) =
            bins.iter()
                .zip(&owners)
                .fold((0.0, 0.0), |(squares, weight), (bin, owner)| {
                    let off = bin.rgb.iter().zip(means[*owner]).map(|(a, b)| (a - b) * (a - b));
                    (squares + off.sum::<f32>() * bin.weight, weight + bin.weight)
                });
        let entries: Vec<_> = means.iter().map(|mean| mean.map(|c| c.round() as u8)).collect();
        Self {
            centres: Centres::of(entries.iter().map(|entry| to_oklab(entry.map(f32::from)))),
            entries,
            exact: None,
            error: (squares / 3.0 / f32::max(weight, 1.0)).sqrt(),
            table: vec![UNKNOWN; 1 << (3 * TABLE_BITS)],
        }
    }

    /// Red, green and blue of each entry.
    pub(crate) fn entries(&self) -> &[[u8; 3]] {
        &self.entries
    }

    /// How far these colours are from the palette's, as squared distances in Oklab: their mean, and the worst.
    pub(crate) fn distance(&self, histogram: &Histogram) -> (f32, f32) {
        if let (Some(own), Some(colours)) = (&self.exact, &histogram.exact)
            && colours.iter().all(|colour| own.contains_key(colour))
        {
            return (0.0, 0.0);
        }
        let (mut sum, mut weight, mut worst) = (0.0, 0.0, 0.0);
        for bin in &histogram.bins {
            let (_, distance) = self.centres.nearest(bin.colour);
            sum += distance * bin.weight;
            weight += bin.weight;
            worst = f32::max(worst, distance);
        }
        (sum / f32::max(weight, 1.0), worst)
    }

    fn nearest(&mut self, rgb: [i32; 3]) -> u8 {
        let at = rgb.map(|channel| channel.clamp(0, 255) as usize >> (8 - TABLE_BITS));
        let at = at.iter().fold(0, |at, channel| (at << TABLE_BITS) | channel);
        if self.table.is_empty() {
            self.table = vec![UNKNOWN; 1 << (3 * TABLE_BITS)];
        }
        if self.table[at] == UNKNOWN {
            // The middle of the cell, so that its corners are equally badly served.
            let middle = |shift: u32| {
                let cell = (at >> (shift * TABLE_BITS)) & ((1 << TABLE_BITS) - 1);
                ((cell << (8 - TABLE_BITS)) as f32) + ((1 << (7 - TABLE_BITS)) as f32 - 0.5)
            };
            let (index, _) = self.centres.nearest(to_oklab([middle(2), middle(1), middle(0)]));
            self.table[at] = index as u16;
        }
        self.table[at] as u8
    }

    /// The entry of each RGBA pixel; `transparent` for those that are not opaque. `left` and `top` say where on the canvas
    /// the pixels stand, so that an ordered pattern goes on from one frame to the next.
    pub(crate) fn indices(
        &mut self,
        pixels: &[u8],
        width: usize,
        (left, top): (usize, usize),
        dither: Dither,
        transparent: u8,
    ) -> Vec<u8> {
        if let Some(exact) = &self.exact {
            let mut before = ([0; 3], None);
            let indices: Option<Vec<u8>> = pixels
                .chunks_exact(4)
                .map(|pixel| {
                    let rgb = [pixel[0], pixel[1], pixel[2]];
                    if pixel[3] != 255 {
                        return Some(transparent);
                    }
                    if before.1.is_none() || before.0 != rgb {
                        before = (rgb, exact.get(&rgb).copied());
                    }
                    before.1
                })
                .collect();
            // None where the palette is another picture's.
            if let Some(indices) = indices {
                return indices;
            }
        }
        match dither {
            Dither::Diffused => self.diffused(pixels, width, transparent),
            Dither::Ordered => self.ordered(pixels, width, (left, top), transparent),
        }
    }

    fn ordered(
        &mut self,
        pixels: &[u8],
        width: usize,
        (left, top): (usize, usize),
        transparent: u8,
    ) -> Vec<u8> {
        // -1 to 1 around nothing, in steps of 1/64.
        let pattern: [i32; 64] = std::array::from_fn(|at| {
            let (x, y) = (at & 7, at >> 3);
            let bits = |shift: usize| (((x ^ y) >> shift) & 1) << 1 | ((y >> shift) & 1);
            let rank = bits(0) << 4 | bits(1) << 2 | bits(2);
            ((2.0 * (rank as f32 + 0.5) / 64.0 - 1.0) * SPREAD * self.error).round() as i32
        });
        let mut indices = Vec::with_capacity(pixels.len() / 4);
        for (y, row) in pixels.chunks_exact(4 * width).enumerate() {
            for (x, pixel) in row.chunks_exact(4).enumerate() {
                indices.push(if pixel[3] == 255 {
                    let shift = pattern[((top + y) & 7) << 3 | ((left + x) & 7)];
                    self.nearest([pixel[0], pixel[1], pixel[2]].map(|c| i32::from(c) + shift))
                } else {
                    transparent
                });
            }
        }
        indices
    }

    fn diffused(&mut self, pixels: &[u8], width: usize, transparent: u8) -> Vec<u8> {
        let mut indices = vec![transparent; pixels.len() / 4];
        // Errors in sixteenths, with a pixel of margin on both sides.
        let mut here = vec![[0_i32; 3]; width + 2];
        let mut below = here.clone();
        let rows = pixels
            .chunks_exact(4 * width)
            .zip(indices.chunks_exact_mut(width));
        for (y, (row, indices)) in rows.enumerate() {
            let mut draw = |x: usize, ahead: isize, here: &mut [[i32; 3]], below: &mut [[i32; 3]]| {
                let pixel = &row[4 * x..4 * x + 4];
                if pixel[3] != 255 {
                    return;
                }
                let asked: [i32; 3] =
                    std::array::from_fn(|c| (i32::from(pixel[c]) + (here[x + 1][c] + 8) / 16).clamp(0, 255));
                let index = self.nearest(asked);
                indices[x] = index;
                let entry = self.entries[usize::from(index)];
                let next = (x + 1).wrapping_add_signed(ahead);
                let behind = (x + 1).wrapping_add_signed(-ahead);
                for c in 0..3 {
                    let off = asked[c] - i32::from(entry[c]);
                    here[next][c] += 7 * off;
                    below[behind][c] += 3 * off;
                    below[x + 1][c] += 5 * off;
                    below[next][c] += off;
                }
            };
            if y % 2 == 0 {
                (0..width).for_each(|x| draw(x, 1, &mut here, &mut below));
            } else {
                (0..width).rev().for_each(|x| draw(x, -1, &mut here, &mut below));
            }
            std::mem::swap(&mut here, &mut below);
            below.fill([0; 3]);
        }
        indices
    }
}

fn mean<'a>(bins: impl Iterator<Item = &'a Bin>) -> Option<[f32; 3]> {
    let (sum, weight) = bins.fold(([0.0_f32; 3], 0.0_f32), |(mut sum, weight), bin| {
        sum.iter_mut()
            .zip(bin.rgb)
            .for_each(|(sum, channel)| *sum += channel * bin.weight);
        (sum, weight + bin.weight)
    });
    (weight > 0.0).then(|| sum.map(|sum| sum / weight))
}

/// Bins in at most `max` groups: the group whose colours differ most along one axis is split at their mean, again and again.
fn split(bins: &[Bin], max: usize) -> Vec<Vec<usize>> {
    struct Group {
        bins: Vec<usize>,
        axis: usize,
        mean: f32,
        /// The sum of squares along the axis.
        spread: f32,
    }
    let group = |members: Vec<usize>| {
        let mut sums = [(0.0_f64, 0.0_f64); 3];
        let mut weight = 0.0_f64;
        for bin in members.iter().map(|bin| &bins[*bin]) {
            weight += f64::from(bin.weight);
            for ((sum, squares), channel) in sums.iter_mut().zip(bin.colour) {
                *sum += f64::from(channel * bin.weight);
                *squares += f64::from(channel) * f64::from(channel) * f64::from(bin.weight);
            }
        }
        let spread = |axis: usize| sums[axis].1 - sums[axis].0 * sums[axis].0 / weight.max(1.0);
        let axis = (0..3)
            .max_by(|a, b| spread(*a).total_cmp(&spread(*b)))
            .unwrap_or(0);
        Group {
            axis,
            mean: (sums[axis].0 / weight.max(1.0)) as f32,
            spread: if members.len() > 1 {
                spread(axis) as f32
            } else {
                0.0
            },
            bins: members,
        }
    };
    let mut groups = vec![group((0..bins.len()).collect())];
    while groups.len() < max {
        let widest = (0..groups.len()).max_by(|a, b| groups[*a].spread.total_cmp(&groups[*b].spread));
        let Some(widest) = widest.filter(|widest| groups[*widest].spread > 0.0) else {
            break;
        };
        let Group {
            bins: members,
            axis,
            mean,
            ..
        } = groups.swap_remove(widest);
        let (low, high): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|bin| bins[*bin].colour[axis] < mean);
        // One side is empty where colours differ by less than numbers can: then there is nothing to split.
        let is_split = !low.is_empty() && !high.is_empty();
        for mut side in [low, high].into_iter().filter(|side| !side.is_empty()).map(group) {
            if !is_split {
                side.spread = 0.0;
            }
            groups.push(side);
        }
    }
    groups.into_iter().map(|group| group.bins).collect()
}

#[cfg(test)]
mod tests;
