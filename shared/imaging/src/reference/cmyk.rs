//! Small profiles of inks, made by code: CMYK to Lab by a table.
//!
//! The press that they describe: each ink lets through its complement of linear sRGB, black all of it alike, and the products
//! of that are the colour. A test can compute that without any table.

use super::colours::{Rgb, lab_of_linear};

/// How the table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// ICC.1:2022, section 10.10: `mft2`.
    Sixteen,
    /// Section 10.11: `mft1`.
    Eight,
    /// Section 10.12: `mAB `, with the table between curves that change nothing; version 4.
    Curves,
}

/// Points along each ink: as few as a table may have and still follow the products.
const GRID: usize = 9;

/// The colour of inks, 0 to 1 each, in linear sRGB.
pub(crate) fn printed([c, m, y, k]: [f64; 4]) -> Rgb {
    // No ink is black alone, and no two are: the colour stays inside sRGB.
    let through = |ink: f64| 1.0 - 0.9 * ink;
    [c, m, y].map(|ink| through(ink) * through(k))
}

fn lab16(lab: [f64; 3], is_v2: bool) -> [u16; 3] {
    // Version 2 encodes L* 100 as 0xff00 and a* 0 as 0x8000; version 4 as 0xffff and 0x8080.
    let scale = if is_v2 { 65_280.0 } else { 65_535.0 };
    [
        lab[0] / 100.0 * scale,
        (lab[1] + 128.0) / 255.0 * scale,
        (lab[2] + 128.0) / 255.0 * scale,
    ]
    .map(|value| value.round().clamp(0.0, 65_535.0) as u16)
}

fn table(kind: Table) -> Vec<u8> {
    let step = |i: usize| i as f64 / (GRID - 1) as f64;
    let mut samples = Vec::new();
    // The first ink varies least.
    for i in 0..GRID.pow(4) {
        let inks = [GRID.pow(3), GRID.pow(2), GRID, 1].map(|place| step(i / place % GRID));
        let lab = lab_of_linear(printed(inks));
        match kind {
            Table::Eight => {
                // Of 8 bits a* 0 is 128.
                let values = [lab[0] * 2.55, lab[1] + 128.0, lab[2] + 128.0];
                samples.extend(values.map(|value| value.round().clamp(0.0, 255.0) as u8));
            }
            Table::Sixteen => samples.extend(lab16(lab, true).iter().flat_map(|v| v.to_be_bytes())),
            Table::Curves => samples.extend(lab16(lab, false).iter().flat_map(|v| v.to_be_bytes())),
        }
    }
    samples
}

fn lut(kind: Table) -> Vec<u8> {
    let samples = table(kind);
    if kind == Table::Curves {
        let curve = b"curv\0\0\0\0\0\0\0\0";
        let (b_at, clut_at) = (32, 32 + 3 * curve.len());
        let a_at = clut_at + 20 + samples.len().next_multiple_of(4);
        let mut tag = b"mAB \0\0\0\0\x04\x03\0\0".to_vec();
        for offset in [b_at, 0, 0, clut_at, a_at] {
            tag.extend((offset as u32).to_be_bytes());
        }
        tag.extend(curve.repeat(3));
        let mut grid = [0; 16];
        grid[..4].fill(GRID as u8);
        tag.extend(grid);
        tag.extend([2, 0, 0, 0]);
        tag.extend(samples);
        tag.resize(a_at, 0);
        tag.extend(curve.repeat(4));
        return tag;
    }
    let mut tag = if kind == Table::Sixteen { b"mft2" } else { b"mft1" }.to_vec();
    tag.extend([0, 0, 0, 0, 4, 3, GRID as u8, 0]);
    for cell in [1_i32, 0, 0, 0, 1, 0, 0, 0, 1] {
        tag.extend((cell << 16).to_be_bytes());
    }
    let straight = |count: usize| -> Vec<u8> {
        match kind {
            Table::Sixteen => [0_u16, 65_535]
                .repeat(count)
                .iter()
                .flat_map(|v| v.to_be_bytes())
                .collect(),
            _ => (0..count).flat_map(|_| 0..=255_u8).collect(),
        }
    };
    if kind == Table::Sixteen {
        tag.extend([0, 2, 0, 2]);
    }
    tag.extend(straight(4));
    tag.extend(samples);
    tag.extend(straight(3));
    tag
}

/// A profile of a printer with one table under this name.
pub(crate) fn profile(kind: Table, name: &[u8; 4]) -> Vec<u8> {
    let lut = lut(kind);
    let data_at = 128 + 4 + 12;
    let mut profile = ((data_at + lut.len()) as u32).to_be_bytes().to_vec();
    profile.extend(b"\0\0\0\0");
    profile.push(if kind == Table::Curves { 4 } else { 2 });
    profile.extend(b"\0\0\0prtrCMYKLab ");
    profile.extend([0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    profile.extend(b"acsp");
    profile.resize(68, 0);
    for number in [0xf6d6_u32, 0x1_0000, 0xd32d] {
        profile.extend(number.to_be_bytes());
    }
    profile.resize(128, 0);
    profile.extend(1_u32.to_be_bytes());
    profile.extend(name);
    profile.extend((data_at as u32).to_be_bytes());
    profile.extend((lut.len() as u32).to_be_bytes());
    profile.extend(lut);
    profile
}
