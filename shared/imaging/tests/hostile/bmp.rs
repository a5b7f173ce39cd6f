//! BMPs that are larger than their files.

use crate::{Case, case};

fn bmp((width, height): (i32, i32), bits: u16, compression: u32, colours: u32, pixels: &[u8]) -> Vec<u8> {
    let table = vec![0; if bits <= 8 { 4 << bits } else { 0 }];
    let at = 54 + table.len() as u32;
    [
        &b"BM"[..],
        &(at + pixels.len() as u32).to_le_bytes(),
        &[0; 4],
        &at.to_le_bytes(),
        &40_u32.to_le_bytes(),
        &width.to_le_bytes(),
        &height.to_le_bytes(),
        &[1, 0],
        &bits.to_le_bytes(),
        &compression.to_le_bytes(),
        &[0; 12],
        &colours.to_le_bytes(),
        &[0; 4],
        &table,
        pixels,
    ]
    .concat()
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("2^31 − 1 pixels a side", || {
            bmp((i32::MAX, i32::MAX), 32, 0, 0, &[0; 16])
        }),
        case("−2^31 pixels a side", || {
            bmp((i32::MIN, i32::MIN), 32, 0, 0, &[0; 16])
        }),
        case("100 million pixels without data", || {
            bmp((10_000, 10_000), 24, 0, 0, &[0; 16])
        }),
        case("100 million pixels in run lengths that end at once", || {
            bmp((10_000, 10_000), 8, 1, 0, &[0, 1])
        }),
        case("49 million pixels in run lengths", || {
            let row = [[255, 7].repeat(27), vec![115, 7, 0, 0]].concat();
            bmp((7_000, 7_000), 8, 1, 0, &[row.repeat(7_000), vec![0, 1]].concat())
        }),
        case("ten million steps that go nowhere", || {
            bmp(
                (64, 64),
                8,
                1,
                0,
                &[[0, 2, 0, 0].repeat(10_000_000), vec![0, 1]].concat(),
            )
        }),
        case("2^32 − 1 colours", || {
            bmp((64, 64), 8, 0, u32::MAX, &[0; 4_096])
        }),
    ]
}
