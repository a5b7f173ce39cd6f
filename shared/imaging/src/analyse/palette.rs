//! The main colours: k-means in Oklab (Ottosson 2020), where distances are as people see them.
//!
//! Deterministic: the pixels are binned first, and the first centres are chosen by size and distance, not by chance.
//! Written here because okolors gives no shares and brings two crates and a copy of `image` for sixty lines.

use domain::PaletteColour;

use super::{
    colour_names,
    oklab::{Oklab, distance, to_hex, to_oklab},
};
use crate::raster::Raster;

/// At most so many colours.
const MAX_COLOURS: usize = 6;
/// Rounds of k-means; the centres of a few thousand bins stand still after about ten.
const ROUNDS: usize = 12;
/// Colours nearer than this in Oklab are one (0.02 is a just noticeable difference).
const MERGE_DISTANCE: f32 = 0.07;
/// Smaller shares are dropped: they are noise.
const MIN_SHARE: f32 = 0.005;

fn nearest(centres: &[Oklab], colour: Oklab) -> usize {
    let by_distance =
        |a: &usize, b: &usize| distance(centres[*a], colour).total_cmp(&distance(centres[*b], colour));
    (0..centres.len()).min_by(by_distance).unwrap_or(0)
}

/// Colours with their weights: pixels binned by the top five bits of each channel, each bin as its mean.
fn bins(raster: &Raster) -> Vec<(Oklab, f32)> {
    let mut bins = vec![([0.0_f32; 3], 0.0_f32); 1 << 15];
    for pixel in raster.pixels.chunks_exact(raster.channels()) {
        let weight = pixel.get(3).map_or(1.0, |alpha| f32::from(*alpha) / 255.0);
        let index = pixel[..3]
            .iter()
            .fold(0, |index, c| (index << 5) | usize::from(c >> 3));
        let (sum, total) = &mut bins[index];
        sum.iter_mut()
            .zip(pixel)
            .for_each(|(sum, c)| *sum += f32::from(*c) * weight);
        *total += weight;
    }
    bins.retain(|(_, weight)| *weight > 0.0);
    bins.into_iter()
        .map(|(sum, weight)| (to_oklab(sum.map(|sum| sum / weight)), weight))
        .collect()
}

/// The main colours, the largest share first; none for a picture that is wholly transparent.
pub(crate) fn palette(small: &Raster) -> Vec<PaletteColour> {
    let bins = bins(small);
    let mut centres: Vec<Oklab> = Vec::new();
    while centres.len() < MAX_COLOURS.min(bins.len()) {
        // The first is the largest bin; each next one is large and far from those before (k-means++ without dice).
        let gain = |(colour, weight): &(Oklab, f32)| {
            weight
                * centres
                    .iter()
                    .map(|centre| distance(*centre, *colour))
                    .fold(1.0, f32::min)
        };
        let Some((colour, _)) = bins.iter().max_by(|a, b| gain(a).total_cmp(&gain(b))) else {
            break;
        };
        centres.push(*colour);
    }
    for _ in 0..ROUNDS {
        let mut sums = vec![([0.0_f32; 3], 0.0_f32); centres.len()];
        for (colour, weight) in &bins {
            let (sum, total) = &mut sums[nearest(&centres, *colour)];
            sum.iter_mut().zip(colour).for_each(|(sum, c)| *sum += c * weight);
            *total += weight;
        }
        for (centre, (sum, total)) in centres.iter_mut().zip(sums) {
            if total > 0.0 {
                *centre = sum.map(|sum| sum / total);
            }
        }
    }
    shares(&bins, merged(centres))
}

/// Without centres that stand next to an earlier one.
fn merged(centres: Vec<Oklab>) -> Vec<Oklab> {
    centres
        .into_iter()
        .fold(Vec::new(), |mut kept: Vec<Oklab>, centre| {
            if kept
                .iter()
                .all(|other| distance(*other, centre) > MERGE_DISTANCE * MERGE_DISTANCE)
            {
                kept.push(centre);
            }
            kept
        })
}

fn shares(bins: &[(Oklab, f32)], centres: Vec<Oklab>) -> Vec<PaletteColour> {
    let mut weights = vec![0.0_f32; centres.len()];
    for (colour, weight) in bins {
        weights[nearest(&centres, *colour)] += weight;
    }
    let total: f32 = weights.iter().sum();
    let mut colours: Vec<PaletteColour> = centres
        .into_iter()
        .zip(weights)
        // Three digits are more than anybody sees, and keep the JSON short.
        .map(|(centre, weight)| PaletteColour {
            hex: to_hex(centre),
            name: Some(colour_names::name(centre).to_owned()),
            share: (weight / total * 1_000.0).round() / 1_000.0,
        })
        .filter(|colour| colour.share >= MIN_SHARE)
        .collect();
    colours.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.hex.cmp(&b.hex)));
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_colour_comes_first_with_its_share() {
        let pixels = (0..100 * 100).flat_map(|i| {
            if i % 100 < 70 {
                [200, 30, 30]
            } else {
                [20, 60, 180]
            }
        });
        let found = palette(&Raster::new(100, 100, false, pixels.collect()).unwrap());
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            (found[0].name.as_deref(), found[1].name.as_deref()),
            (Some("red"), Some("blue"))
        );
        assert_eq!((found[0].hex.as_str(), found[0].share), ("#c81e1e", 0.7));
        assert_eq!((found[1].hex.as_str(), found[1].share), ("#143cb4", 0.3));
    }

    #[test]
    fn a_gradient_has_at_most_six_colours_and_the_same_ones_each_time() {
        let pixels: Vec<u8> = (0..100_u32 * 100)
            .flat_map(|i| [(i % 100 * 255 / 99) as u8, (i / 100 * 255 / 99) as u8, 128])
            .collect();
        let raster = Raster::new(100, 100, false, pixels).unwrap();
        let found = palette(&raster);
        assert!((4..=6).contains(&found.len()), "{found:?}");
        assert!((found.iter().map(|colour| colour.share).sum::<f32>() - 1.0).abs() < 0.02);
        assert_eq!(found, palette(&raster));
    }

    #[test]
    fn what_is_transparent_does_not_count() {
        let pixels = (0..100).flat_map(|i| {
            if i % 2 == 0 {
                [0, 255, 0, 0]
            } else {
                [255, 255, 255, 255]
            }
        });
        let found = palette(&Raster::new(10, 10, true, pixels.collect()).unwrap());
        assert_eq!(
            found.iter().map(|colour| colour.hex.as_str()).collect::<Vec<_>>(),
            ["#ffffff"]
        );
        assert_eq!(palette(&Raster::new(1, 1, true, vec![9, 9, 9, 0]).unwrap()), []);
    }
}
