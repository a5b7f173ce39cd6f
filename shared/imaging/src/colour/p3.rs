//! The profile that an answer in Display P3 carries.
//!
//! Written here and not by moxcms, which sets the time of writing into it: the same answer has the same bytes. Made after
//! ICC.1:2022 (version 4.3): a matrix, one curve for the three channels, a name, and the terms.

/// Its length: next to nothing beside a picture.
#[cfg(test)]
pub(crate) const DISPLAY_P3_ICC_BYTES: usize = 492;

/// The primaries of Display P3 in XYZ, adapted to D50 by Bradford, in 1/65536.
const PRIMARIES: [[i32; 3]; 3] = [
    [0x0000_83df, 0x0000_3dbf, -0x45],
    [0x0000_4abf, 0x0000_b137, 0x0000_0ab9],
    [0x0000_2838, 0x0000_110b, 0x0000_c8b9],
];
/// D50, the white of all profiles.
const WHITE: [i32; 3] = [0x0000_f6d6, 0x0001_0000, 0x0000_d32d];
/// D65 to D50 by Bradford.
const ADAPTATION: [i32; 9] = [
    0x0001_0c42,
    0x0000_05de,
    -0x0cda,
    0x0000_0793,
    0x0000_fd90,
    -0x0446,
    -0x025d,
    0x0000_03dd,
    0x0000_c06e,
];
/// sRGB's curve (IEC 61966-2-1): exponent, scale, offset, slope and end of the line in the darks.
const CURVE: [f64; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];

fn numbers(kind: &[u8; 4], values: &[i32]) -> Vec<u8> {
    let values = values.iter().flat_map(|value| value.to_be_bytes());
    kind.iter().copied().chain([0; 4]).chain(values).collect()
}

fn text(english: &str) -> Vec<u8> {
    let utf16: Vec<u8> = english.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let length = (utf16.len() as u32).to_be_bytes();
    [
        b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS",
        &length[..],
        &28_u32.to_be_bytes(),
        &utf16,
    ]
    .concat()
}

/// The profile.
pub(super) fn icc() -> Vec<u8> {
    let [red, green, blue] = PRIMARIES;
    let curve: Vec<u8> = CURVE
        .iter()
        .flat_map(|value| ((value * 65_536.0).round() as i32).to_be_bytes())
        .collect();
    let curve = [b"para\0\0\0\0\0\x03\0\0", &curve[..]].concat();
    let tags: [(&[&[u8; 4]], Vec<u8>); 8] = [
        (&[b"desc"], text("Display P3")),
        (&[b"cprt"], text("CC0")),
        (&[b"wtpt"], numbers(b"XYZ ", &WHITE)),
        (&[b"chad"], numbers(b"sf32", &ADAPTATION)),
        (&[b"rXYZ"], numbers(b"XYZ ", &red)),
        (&[b"gXYZ"], numbers(b"XYZ ", &green)),
        (&[b"bXYZ"], numbers(b"XYZ ", &blue)),
        (&[b"rTRC", b"gTRC", b"bTRC"], curve),
    ];
    let count: usize = tags.iter().map(|(names, _)| names.len()).sum();
    let (mut table, mut data) = ((count as u32).to_be_bytes().to_vec(), Vec::new());
    let data_at = 128 + 4 + 12 * count;
    for (names, mut body) in tags {
        for name in names {
            table.extend(*name);
            table.extend(((data_at + data.len()) as u32).to_be_bytes());
            table.extend((body.len() as u32).to_be_bytes());
        }
        body.resize(body.len().next_multiple_of(4), 0);
        data.extend(body);
    }
    let mut profile = ((data_at + data.len()) as u32).to_be_bytes().to_vec();
    profile.extend(b"\0\0\0\0\x04\x30\0\0mntrRGB XYZ ");
    // The first of January 2026: a date must stand there.
    profile.extend([0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    profile.extend(b"acsp");
    profile.resize(68, 0);
    profile.extend(WHITE.iter().flat_map(|value| value.to_be_bytes()));
    profile.resize(128, 0);
    profile.extend(table);
    profile.extend(data);
    profile
}
