//! The inverse DCT to fewer samples than the eight by eight that a block was made of.
//!
//! N samples come of the N lowest frequencies alone, by the inverse DCT of N points: with the orthonormal factors of both
//! sizes (ITU-T T.81, A.3.3), the sum is that of eight points with its higher terms left out, divided by the same 8.
//! libjpeg-turbo takes means of all eight samples instead. Ours is sharper, costs less, and at equal bytes its answers
//! score the same. Down the columns even and odd frequencies are parted as Loeffler, Ligtenberg and Moschytz do
//! ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989); along the rows it is a plain sum of products: more
//! multiplications, but four at a time, and no transposing. Floats, because the oldest x86-64 multiplies four of them at
//! once, but not four integers.

use std::f32::consts::SQRT_2;

/// The most coefficients of a block, and one behind them for all that are not wanted.
pub(super) const ROOM: usize = 32;

/// √2·cos(π/8) and √2·cos(3π/8).
const OUTER: f32 = SQRT_2 * 0.923_879_5;
const INNER: f32 = SQRT_2 * 0.382_683_43;

/// What each frequency adds to each sample, of two and of four.
const WAVES_OF_2: [[f32; 2]; 2] = [[1.0, 1.0], [1.0, -1.0]];
const WAVES_OF_4: [[f32; 4]; 4] = [
    [1.0, 1.0, 1.0, 1.0],
    [OUTER, INNER, -INNER, -OUTER],
    [1.0, -1.0, -1.0, 1.0],
    [INNER, -OUTER, OUTER, -INNER],
];

type Four = [f32; 4];

// Loops, not `map`: the compiler makes vectors of these alone.
#[inline(always)]
fn sum(mut a: Four, b: Four) -> Four {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a
}

#[inline(always)]
fn difference(mut a: Four, b: Four) -> Four {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= b;
    }
    a
}

#[inline(always)]
fn scaled(mut a: Four, by: f32) -> Four {
    for a in &mut a {
        *a *= by;
    }
    a
}

/// Down four columns at once.
#[inline(always)]
fn down([a, b, c, d]: [Four; 4]) -> [Four; 4] {
    let even = [sum(a, c), difference(a, c)];
    let odd = [
        sum(scaled(b, OUTER), scaled(d, INNER)),
        difference(scaled(b, INNER), scaled(d, OUTER)),
    ];
    [
        sum(even[0], odd[0]),
        sum(even[1], odd[1]),
        difference(even[1], odd[1]),
        difference(even[0], odd[0]),
    ]
}

/// Along a row.
#[inline(always)]
fn along<const N: usize>(terms: &[f32; N], waves: &[[f32; N]; N]) -> [u8; N] {
    let mut sums = [terms[0]; N];
    for (term, wave) in terms.iter().zip(waves).skip(1) {
        for (sum, height) in sums.iter_mut().zip(wave) {
            *sum += term * height;
        }
    }
    let mut levels = [0; N];
    for (into, sum) in levels.iter_mut().zip(sums) {
        *into = level(sum);
    }
    levels
}

/// The nearest level.
#[allow(
    clippy::manual_clamp,
    reason = "clamp keeps what is not a number, and its test makes single steps of vectors"
)]
#[inline(always)]
fn level(value: f32) -> u8 {
    // A float of this size has no bits behind the point: the lowest ones are the rounded number.
    const WHOLE: f32 = 12_582_912.0;
    (value.max(0.0).min(255.0) + WHOLE).to_bits() as u8
}

/// Transforms `N` by `N` coefficients, row behind row and divided by 8, and puts the samples into rows that are `stride`
/// apart. `N` is 1, 2 or 4.
#[inline]
pub(super) fn inverse<const N: usize>(coefficients: &[f32; ROOM], into: &mut [u8], stride: usize) {
    match N {
        4 => {
            let mut rows = [[0.0; 4]; 4];
            for (row, terms) in rows.iter_mut().zip(coefficients.as_chunks().0) {
                *row = *terms;
            }
            for (y, row) in down(rows).iter().enumerate() {
                put(&along(row, &WAVES_OF_4), into, y * stride);
            }
        }
        2 => {
            let [a, b, c, d, ..] = *coefficients;
            let rows = [[a + c, b + d], [a - c, b - d]];
            for (y, row) in rows.iter().enumerate() {
                put(&along(row, &WAVES_OF_2), into, y * stride);
            }
        }
        _ => flat::<N>(coefficients, into, stride),
    }
}

/// The same where all coefficients but the first are zero.
#[inline(always)]
pub(super) fn flat<const N: usize>(coefficients: &[f32; ROOM], into: &mut [u8], stride: usize) {
    let row = [level(coefficients[0]); N];
    for y in 0..N {
        put(&row, into, y * stride);
    }
}

#[inline(always)]
fn put<const N: usize>(row: &[u8; N], into: &mut [u8], at: usize) {
    if let Some(into) = into.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<N>) {
        *into = *row;
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use super::*;

    /// As the mathematics has it (ITU-T T.81, A.3.3, with fewer points).
    fn exact<const N: usize>(coefficients: &[f32; ROOM]) -> [[f64; N]; N] {
        let wave = |x: usize, k: usize| {
            let norm = if k == 0 { FRAC_1_SQRT_2 } else { 1.0 };
            norm * ((2 * x + 1) as f64 * k as f64 * PI / (2 * N) as f64).cos()
        };
        let mut samples = [[0.0; N]; N];
        for (y, row) in samples.iter_mut().enumerate() {
            for (x, sample) in row.iter_mut().enumerate() {
                for (at, coefficient) in coefficients.iter().take(N * N).enumerate() {
                    // An eighth is in the coefficients, and a quarter is the standard's.
                    *sample += 2.0 * f64::from(*coefficient) * wave(x, at % N) * wave(y, at / N);
                }
            }
        }
        samples
    }

    fn check<const N: usize>() {
        let mut noise = 7_u32;
        for round in 0..200 {
            let mut coefficients = [0.0; ROOM];
            for (k, coefficient) in coefficients.iter_mut().take(N * N).enumerate() {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let size = if k == 0 { 255.0 } else { 40.0 };
                *coefficient = (noise >> 8) as f32 / 16_777_216.0 * size;
            }
            if round == 0 {
                coefficients[1..].fill(0.0);
            }
            let stride = N + 3;
            let mut into = vec![7; stride * N];
            inverse::<N>(&coefficients, &mut into, stride);
            for (row, exact) in into.chunks(stride).zip(exact::<N>(&coefficients)) {
                for (sample, exact) in row.iter().zip(exact) {
                    let off = f64::from(*sample) - exact.clamp(0.0, 255.0);
                    assert!(off.abs() < 0.501, "{N}: {sample} instead of {exact}");
                }
                assert_eq!(row[N..], [7, 7, 7]);
            }
        }
    }

    #[test]
    fn the_transforms_are_as_exact_as_a_byte() {
        check::<1>();
        check::<2>();
        check::<4>();
    }
}
