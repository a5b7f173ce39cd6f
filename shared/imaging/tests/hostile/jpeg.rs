//! JPEGs that are small to send and large to read.

use crate::{Case, case};

/// A segment with its length.
pub(crate) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

const BASELINE: u8 = 0xc0;
const EXTENDED: u8 = 0xc1;
const PROGRESSIVE: u8 = 0xc2;
const LOSSLESS: u8 = 0xc3;
const ARITHMETIC: u8 = 0xc9;
const ARITHMETIC_PROGRESSIVE: u8 = 0xca;

/// Everything before the first scan: one quantisation table, and one Huffman table of each class whose only code, a single
/// zero bit, means "no coefficient".
fn head(frame: u8, depth: u8, (width, height): (u16, u16), components: u8, sampling: u8) -> Vec<u8> {
    let mut table = vec![0];
    table.extend([1; 64]);
    let mut body = vec![depth];
    body.extend(height.to_be_bytes());
    body.extend(width.to_be_bytes());
    body.push(components);
    for component in 1..=components {
        body.extend([component, if component == 1 { sampling } else { 0x11 }, 0]);
    }
    let mut codes = vec![1];
    codes.extend([0; 15]);
    codes.push(0);
    [
        vec![0xff, 0xd8],
        segment(0xdb, &table),
        segment(frame, &body),
        segment(0xc4, &[&[0x00], &codes[..]].concat()),
        segment(0xc4, &[&[0x10], &codes[..]].concat()),
    ]
    .concat()
}

/// A scan of these components with these coefficients and bits.
fn scan(components: u8, from: u8, to: u8, bits: u8, data: &[u8]) -> Vec<u8> {
    let mut body = vec![components];
    (1..=components).for_each(|component| body.extend([component, 0]));
    body.extend([from, to, bits]);
    [segment(0xda, &body), data.to_vec()].concat()
}

const END: [u8; 2] = [0xff, 0xd9];

fn whole(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), END.to_vec()].concat()
}

/// The first scan, and this many that say nothing new.
fn many_scans(side: u16, count: usize) -> Vec<u8> {
    let empty = scan(1, 1, 63, 0, &[]);
    whole(&[
        head(PROGRESSIVE, 8, (side, side), 1, 0x11),
        scan(1, 0, 0, 0, &[]),
        empty.repeat(count),
    ])
}

/// A small sound picture with these segments.
pub(crate) fn small(segments: &[u8]) -> Vec<u8> {
    let mut file = whole(&[head(BASELINE, 8, (64, 64), 1, 0x11), scan(1, 0, 63, 0, &[0; 64])]);
    file.splice(2..2, segments.iter().copied());
    file
}

/// A small picture in four inks with these segments.
pub(crate) fn small_cmyk(segments: &[u8]) -> Vec<u8> {
    let mut file = whole(&[head(BASELINE, 8, (64, 64), 4, 0x11), scan(4, 0, 63, 0, &[0; 256])]);
    file.splice(2..2, segments.iter().copied());
    file
}

pub(crate) fn cases() -> Vec<Case> {
    let one_scan = |frame, depth, side, components, sampling| {
        move || {
            whole(&[
                head(frame, depth, (side, side), components, sampling),
                scan(
                    components,
                    0,
                    if frame == PROGRESSIVE || frame == ARITHMETIC_PROGRESSIVE {
                        0
                    } else {
                        63
                    },
                    0,
                    &[0; 1_000],
                ),
            ])
        }
    };
    vec![
        case("65,535 × 65,535 pixels", one_scan(BASELINE, 8, 65_535, 3, 0x22)),
        case(
            "100 million pixels in 1 kB",
            one_scan(BASELINE, 8, 10_000, 3, 0x22),
        ),
        case("100 million pixels in 1 kB, one tall column", || {
            whole(&[
                head(BASELINE, 8, (1_526, 65_500), 3, 0x11),
                scan(3, 0, 63, 0, &[0; 1_000]),
            ])
        }),
        case(
            "100 million progressive pixels",
            one_scan(PROGRESSIVE, 8, 10_000, 3, 0x11),
        ),
        case(
            "100 million progressive gray pixels",
            one_scan(PROGRESSIVE, 8, 10_000, 1, 0x11),
        ),
        case("100 million pixels, a scan for each colour", || {
            let one = |component: u8| segment(0xda, &[1, component, 0, 0, 63, 0]);
            whole(&[
                head(BASELINE, 8, (10_000, 10_000), 3, 0x22),
                one(1),
                one(2),
                one(3),
            ])
        }),
        case("10,000 progressive scans of 16 million pixels", || {
            many_scans(4_000, 10_000)
        }),
        case("90 progressive scans of 100 million pixels", || {
            many_scans(10_000, 90)
        }),
        case("100,000 baseline scans", || {
            whole(&[
                head(BASELINE, 8, (2_000, 2_000), 3, 0x11),
                segment(0xda, &[1, 1, 0, 0, 63, 0]).repeat(100_000),
            ])
        }),
        case(
            "100 million arithmetic-coded pixels",
            one_scan(ARITHMETIC, 8, 10_000, 3, 0x22),
        ),
        case(
            "64 million arithmetic-coded progressive pixels",
            one_scan(ARITHMETIC_PROGRESSIVE, 8, 8_000, 1, 0x11),
        ),
        case("16 million arithmetic-coded pixels of noise", || {
            let mut noise = 1_u32;
            let data: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((noise >> 24) as u8).min(0xfe)
            })
            .take(8_000_000)
            .collect();
            whole(&[
                head(ARITHMETIC, 8, (4_000, 4_000), 3, 0x11),
                scan(3, 0, 63, 0, &data),
            ])
        }),
        case("samples of 12 bits", one_scan(EXTENDED, 12, 1_000, 3, 0x11)),
        case("100 million lossless samples", || {
            whole(&[
                head(LOSSLESS, 8, (10_000, 10_000), 3, 0x11),
                scan(3, 1, 0, 0, &[0; 1_000]),
            ])
        }),
        case("5,000 segments of 64 bytes for programs", || {
            small(&segment(0xe5, &[7; 64]).repeat(5_000))
        }),
        case("a million empty segments for programs", || {
            small(&segment(0xe5, &[]).repeat(1_000_000))
        }),
        case("65,000 pieces of a colour profile", || {
            small(&segment(0xe2, b"ICC_PROFILE\0\x01\xff profile").repeat(65_000))
        }),
        case("20 MB of padding before a marker", || {
            small(&vec![0xff; 20_000_000])
        }),
        case("20 MB of padding behind the picture's data", || {
            whole(&[
                head(BASELINE, 8, (64, 64), 1, 0x11),
                scan(1, 0, 63, 0, &[0; 64]),
                vec![0; 20_000_000],
            ])
        }),
        case("a height that is to follow (DNL), and never does", || {
            whole(&[
                head(BASELINE, 8, (10_000, 0), 1, 0x11),
                scan(1, 0, 63, 0, &[0; 64]),
            ])
        }),
        case("a restart behind each block, and no data", move || {
            let mut file = one_scan(BASELINE, 8, 10_000, 1, 0x11)();
            file.splice(2..2, segment(0xdd, &[0, 1]));
            file
        }),
    ]
}
