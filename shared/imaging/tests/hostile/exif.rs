//! EXIF blocks that go round in circles and point into nothing.

use crate::{Case, case, jpeg, png, webp};

/// A little-endian TIFF of one directory: tag, type, count, value or place; then the place of the next directory.
fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend(next.to_le_bytes());
    tiff
}

fn in_jpeg(tiff: &[u8]) -> Vec<u8> {
    jpeg::small(&jpeg::segment(0xe1, &[b"Exif\0\0", tiff].concat()))
}

/// Directories one behind the other, each of one entry.
fn chain(count: u32) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    for n in 1..=count {
        tiff.extend([1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
        tiff.extend((8 + 18 * n).to_le_bytes());
    }
    tiff
}

pub(crate) fn cases() -> Vec<Case> {
    const EXIF: u16 = 0x8769;
    const GPS: u16 = 0x8825;
    const DESCRIPTION: u16 = 0x010e;
    vec![
        case("a directory whose next one is itself", || {
            in_jpeg(&directory(&[(0x0112, 3, 1, 6)], 8))
        }),
        case("a directory that is its own EXIF and GPS directory", || {
            in_jpeg(&directory(
                &[(EXIF, 4, 1, 8), (GPS, 4, 1, 8), (0xa005, 4, 1, 8)],
                0,
            ))
        }),
        case("values 4 GB away", || {
            in_jpeg(&directory(
                &[
                    (DESCRIPTION, 2, u32::MAX, u32::MAX),
                    (EXIF, 4, 1, u32::MAX),
                    (GPS, 4, u32::MAX, 8),
                ],
                u32::MAX,
            ))
        }),
        case("5,000 descriptions that are all the whole block", || {
            in_jpeg(&directory(&vec![(DESCRIPTION, 2, 60_000, 8); 5_000], 0))
        }),
        case(
            "a block of 2 MB, whose 65,535 entries are each 2 MB of numbers",
            || {
                let mut tiff = directory(&vec![(0x9286, 1, 1_900_000, 8); 65_535], 0);
                tiff.resize(2_000_000, 1);
                png::small(&png::chunk(b"eXIf", &tiff))
            },
        ),
        case(
            "a block of 2 MB, whose 65,535 entries are each 200,000 fractions",
            || {
                let mut tiff = directory(&vec![(0x829a, 5, 200_000, 8); 65_535], 0);
                tiff.resize(2_000_000, 1);
                webp::small(&[], &[webp::chunk(b"EXIF", &tiff)], 0x08)
            },
        ),
        case("100,000 directories in a row", || {
            webp::small(&[], &[webp::chunk(b"EXIF", &chain(100_000))], 0x08)
        }),
    ]
}
