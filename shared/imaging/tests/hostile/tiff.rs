//! TIFFs that go round in circles, and strips and tiles without number.

use crate::{Case, bytes::zlib_of_zeros, case};

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A little-endian TIFF of one directory at its beginning, and bytes behind it. Values that do not fit into four bytes are
/// places.
fn tiff(entries: &[(u16, u16, u32, u32)], next: u32, behind: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(next.to_le_bytes());
    file.extend(behind);
    file
}

/// Where the bytes behind a directory of so many entries begin.
const fn behind(entries: usize) -> u32 {
    (8 + 2 + 12 * entries + 4) as u32
}

/// A gray picture in one strip.
fn gray(side: u32, compression: u32, data: &[u8]) -> Vec<u8> {
    strips(side, compression, (side, 1), data)
}

/// A gray picture in strips, whose places and lengths are all the same: those of the data.
fn strips(side: u32, compression: u32, (rows, count): (u32, u32), data: &[u8]) -> Vec<u8> {
    let at = behind(9);
    let length = data.len() as u32;
    // One value stands in its entry; more stand behind the directory.
    let (places, lengths, tables) = if count == 1 {
        (at, length, Vec::new())
    } else {
        let data_at = at + 8 * count;
        let tables = [
            data_at.to_le_bytes().repeat(count as usize),
            length.to_le_bytes().repeat(count as usize),
        ];
        (at, at + 4 * count, tables.concat())
    };
    let entries = [
        (256, LONG, 1, side),
        (257, LONG, 1, side),
        (258, SHORT, 1, 8),
        (259, SHORT, 1, compression),
        (262, SHORT, 1, 1),
        (273, LONG, count, places),
        (277, SHORT, 1, 1),
        (278, LONG, 1, rows),
        (279, LONG, count, lengths),
    ];
    tiff(&entries, 0, &[&tables[..], data].concat())
}

/// One byte repeated 128 times, in two.
fn run_lengths(count: usize) -> Vec<u8> {
    [0x81, 0].repeat(count / 128 + 1)
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a directory whose next one is itself", || {
            let mut file = gray(64, 1, &[0; 4_096]);
            let next = behind(9) as usize - 4;
            file[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
            file
        }),
        case("a directory that lies 4 GB away", || {
            b"II*\0\xff\xff\xff\xff\0\0".to_vec()
        }),
        case("2^32 − 1 pixels a side", || gray(u32::MAX, 1, &[0; 16])),
        case("100 million pixels without data", || gray(10_000, 1, &[0; 16])),
        case("100 million pixels, deflated", || {
            gray(10_000, 8, &zlib_of_zeros(100_000_000))
        }),
        case("64 million pixels in run lengths", || {
            gray(8_000, 32_773, &run_lengths(64_000_000))
        }),
        case("a gigabyte deflated behind 64 × 64 pixels", || {
            gray(64, 8, &zlib_of_zeros(1_000_000_000))
        }),
        case("2^32 − 1 strips", || {
            let entries = [
                (256, LONG, 1, 1_000),
                (257, LONG, 1, 1_000),
                (258, SHORT, 1, 8),
                (259, SHORT, 1, 1),
                (262, SHORT, 1, 1),
                (273, LONG, u32::MAX, 8),
                (277, SHORT, 1, 1),
                (278, LONG, 1, 1),
                (279, LONG, u32::MAX, 8),
            ];
            tiff(&entries, 0, &[0; 64])
        }),
        case("9,000 strips of one row, each the same megabyte deflated", || {
            strips(9_000, 8, (1, 9_000), &zlib_of_zeros(100_000_000))
        }),
        case("65,000 entries without number", || {
            tiff(&vec![(65_000, LONG, u32::MAX, 8); 65_000], 0, &[])
        }),
        case("tiles of 65,535 × 65,535 on a small picture", || {
            let entries = [
                (256, LONG, 1, 64),
                (257, LONG, 1, 64),
                (258, SHORT, 1, 8),
                (259, SHORT, 1, 8),
                (262, SHORT, 1, 1),
                (277, SHORT, 1, 1),
                (322, LONG, 1, 65_520),
                (323, LONG, 1, 65_520),
                (324, LONG, 1, behind(9)),
            ];
            tiff(&entries, 0, &zlib_of_zeros(10_000_000))
        }),
        case("65,535 samples a pixel", || {
            let entries = [
                (256, LONG, 1, 5_000),
                (257, LONG, 1, 5_000),
                (258, SHORT, 1, 16),
                (259, SHORT, 1, 1),
                (262, SHORT, 1, 2),
                (273, LONG, 1, 8),
                (277, SHORT, 1, 65_535),
                (278, LONG, 1, 5_000),
                (279, LONG, 1, 64),
            ];
            tiff(&entries, 0, &[0; 64])
        }),
    ]
}
