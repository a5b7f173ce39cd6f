//! A hash that near duplicates share: the signs of brightness differences (dHash, Krawetz 2013).
//!
//! Measured before (notes/crates.md): 0 bits apart for half the size and for quality 30, 4 for a 5 % crop, 34 to 40 for
//! other pictures.

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

    #[test]
    fn a_single_pixel_has_a_hash() {
        assert_eq!(
            perceptual_hash(&Raster::new(1, 1, false, vec![3, 4, 5]).unwrap()),
            "0000000000000000"
        );
    }
}
