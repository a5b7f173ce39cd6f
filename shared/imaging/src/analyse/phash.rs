//! A hash that near duplicates share: the signs of brightness differences (dHash, Krawetz 2013).
//!
//! Measured by the tests below: 0 to 4 bits apart for another size and for quality 30, 5 for a frame of 5 % cut off, up to
//! 13 for 5 % cut off at one corner, 20 and more for other pictures.

use crate::raster::Raster;

const COLUMNS: usize = 9;
const ROWS: usize = 8;

/// 16 hexadecimal digits: eight rows of eight bits, the first bit of a row the highest; a bit is 1 where the luminance
/// rises from left to right.
pub(crate) fn perceptual_hash(small: &Raster) -> String {
    let (width, height) = (small.width as usize, small.height as usize);
    let luminance = small.luminance();
    // Plain means: a filter with lobes would ring at hard edges and flip bits.
    let span = |cell: usize, cells: usize, side: usize| {
        let from = cell * side / cells;
        from..((cell + 1) * side).div_ceil(cells).max(from + 1)
    };
    let mean = |column: usize, row: usize| {
        let (across, down) = (span(column, COLUMNS, width), span(row, ROWS, height));
        let count = (across.len() * down.len()) as u64;
        let sum: u64 = down
            .flat_map(|y| across.clone().map(move |x| (x, y)))
            .map(|(x, y)| u64::from(luminance[y * width + x]))
            .sum();
        // In 256ths, so that soft gradients still have a direction.
        sum * 256 / count
    };
    let hash = (0..ROWS)
        .flat_map(|row| (1..COLUMNS).map(move |column| (column, row)))
        .fold(0_u64, |hash, (column, row)| {
            (hash << 1) | u64::from(mean(column - 1, row) < mean(column, row))
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        resize::{SourceBox, resize},
        testing::{JpegKind, jpeg_of, photo},
    };

    #[test]
    fn rising_luminance_sets_every_bit_and_falling_none() {
        let ramp = |falls: bool| {
            let level = |x: u8| if falls { 200 - 2 * x } else { 2 * x };
            let pixels = (0..60)
                .flat_map(|_| (0..100_u8).flat_map(move |x| [level(x); 3]))
                .collect();
            perceptual_hash(&Raster::new(100, 60, false, pixels).unwrap())
        };
        assert_eq!(
            (ramp(false).as_str(), ramp(true).as_str()),
            ("ffffffffffffffff", "0000000000000000")
        );
    }

    fn hash(raster: &Raster) -> u64 {
        u64::from_str_radix(
            &perceptual_hash(&crate::analyse::small(&crate::pixels::Pixels::Raster(raster.clone())).unwrap()),
            16,
        )
        .unwrap()
    }

    /// The part of the picture that begins at these parts of its sides, and is as large as the third says.
    fn cut(raster: &Raster, left: f64, top: f64, part: f64) -> Raster {
        let (width, height) = (f64::from(raster.width), f64::from(raster.height));
        let source = SourceBox {
            left: left * width,
            top: top * height,
            width: part * width,
            height: part * height,
        };
        resize(raster, source, (part * width) as u32, (part * height) as u32).unwrap()
    }

    /// Soft light and dark, of another kind for each seed.
    fn other(seed: u32) -> Raster {
        let mut noise = seed.wrapping_mul(2_654_435_761);
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        let pixels = (0..12 * 8).flat_map(|_| [next(); 3]).collect();
        let coarse = Raster::new(12, 8, false, pixels).unwrap();
        resize(&coarse, SourceBox::whole((12.0, 8.0)), 900, 600).unwrap()
    }

    #[test]
    fn near_duplicates_are_few_bits_apart() {
        let original = photo(1_200, 800);
        let first = hash(&original);
        let far = |raster: &Raster| (first ^ hash(raster)).count_ones();
        let whole = SourceBox::whole((1_200.0, 800.0));
        let half = resize(&original, whole, 600, 400).unwrap();
        assert!(far(&half) <= 2, "half the size: {}", far(&half));
        let icon = resize(&original, whole, 150, 100).unwrap();
        assert!(far(&icon) <= 4, "an eighth of the size: {}", far(&icon));
        let poor = jpeg_of(
            &original.pixels,
            1_200,
            800,
            JpegKind {
                quality: 30,
                ..JpegKind::default()
            },
        );
        let found = crate::ingest(
            &poor,
            &crate::IngestOptions::default(),
            &crate::Allowance::UNHURRIED,
        )
        .unwrap();
        let poor = u64::from_str_radix(&found.analysis.perceptual_hash, 16).unwrap();
        assert!((first ^ poor).count_ones() <= 4, "quality 30");
        let framed = cut(&original, 0.025, 0.025, 0.95);
        assert!(far(&framed) <= 10, "5 % less around it: {}", far(&framed));
        for (left, top) in [(0.0, 0.0), (0.05, 0.0), (0.0, 0.05), (0.05, 0.05)] {
            let cut = cut(&original, left, top, 0.95);
            assert!(far(&cut) <= 14, "5 % less from {left}, {top}: {}", far(&cut));
        }
    }

    #[test]
    fn other_pictures_are_at_least_20_bits_apart() {
        let mut pictures: Vec<Raster> = (1..6).map(other).collect();
        pictures.push(photo(900, 600));
        let hashes: Vec<u64> = pictures.iter().map(hash).collect();
        for (i, one) in hashes.iter().enumerate() {
            for (j, other) in hashes.iter().enumerate().skip(i + 1) {
                let apart = (one ^ other).count_ones();
                assert!(apart >= 20, "{i} and {j}: {apart}");
            }
        }
    }

    #[test]
    fn a_single_pixel_has_a_hash() {
        assert_eq!(
            perceptual_hash(&Raster::new(1, 1, false, vec![3, 4, 5]).unwrap()),
            "0000000000000000"
        );
    }
}
