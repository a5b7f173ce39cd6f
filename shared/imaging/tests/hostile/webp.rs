//! WebPs whose pixels cost no bits.

use crate::{Case, bytes::Bits, case};

pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [
        b"RIFF",
        &(body.len() as u32 + 4).to_le_bytes()[..],
        b"WEBP",
        &body,
    ]
    .concat()
}

pub(crate) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [&kind[..], &(body.len() as u32).to_le_bytes(), body].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// Five codes of one symbol each, which take no bits: every pixel is the same.
fn one_colour(bits: &mut Bits) {
    bits.put(0, 1); // No colour cache.
    bits.put(0, 1); // No groups of codes.
    for _ in 0..5 {
        bits.put(1, 1); // A simple code
        bits.put(0, 1); // of one symbol
        bits.put(0, 1); // of one bit:
        bits.put(0, 1); // nought.
    }
}

/// A lossless picture of one colour (RFC 9649, section 3).
fn lossless(width: u32, height: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(1, 1); // With alpha.
    bits.put(0, 3);
    bits.put(0, 1); // No transforms.
    one_colour(&mut bits);
    chunk(b"VP8L", &bits.bytes())
}

/// The header of a lossy key frame and a little of its data (RFC 6386, section 9).
fn lossy(width: u16, height: u16, data: usize) -> Vec<u8> {
    let mut body = vec![0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a];
    body.extend(width.to_le_bytes());
    body.extend(height.to_le_bytes());
    body.resize(body.len() + data, 0);
    // The first part's length stands in the first three bytes.
    let first = (data as u32 / 2) << 5 | 0x10;
    body[..3].copy_from_slice(&first.to_le_bytes()[..3]);
    chunk(b"VP8 ", &body)
}

pub(crate) fn extended(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    chunk(
        b"VP8X",
        &[vec![flags, 0, 0, 0], side(width), side(height)].concat(),
    )
}

/// The alpha of a lossy picture: nought everywhere, losslessly compressed.
fn alpha() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(1, 8); // Compressed, not filtered.
    bits.put(0, 1); // No transforms.
    one_colour(&mut bits);
    chunk(b"ALPH", &bits.bytes())
}

pub(crate) fn small(before: &[Vec<u8>], behind: &[Vec<u8>], flags: u8) -> Vec<u8> {
    riff(&[
        extended(flags, 64, 64),
        before.concat(),
        lossless(64, 64),
        behind.concat(),
    ])
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("16,383 × 16,383 lossless pixels of one colour", || {
            riff(&[lossless(16_383, 16_383)])
        }),
        case("10,000 × 10,000 lossless pixels of one colour", || {
            riff(&[lossless(10_000, 10_000)])
        }),
        case("5,700 × 5,700 lossless pixels of one colour", || {
            riff(&[lossless(5_700, 5_700)])
        }),
        case("16,383 × 6,100 lossy pixels without data", || {
            riff(&[lossy(16_383, 6_100, 2_000)])
        }),
        case("5,700 × 5,700 lossy pixels without data", || {
            riff(&[lossy(5_700, 5_700, 2_000)])
        }),
        case("5,700 × 5,700 lossy pixels without data, with alpha", || {
            riff(&[extended(0x10, 5_700, 5_700), alpha(), lossy(5_700, 5_700, 2_000)])
        }),
        case("a canvas of 2^24 × 2^24 pixels around a small picture", || {
            riff(&[extended(0x10, 1 << 24, 1 << 24), lossless(64, 64)])
        }),
        case("a part that says it has 4 GB", || {
            let mut file = riff(&[lossless(64, 64)]);
            file[16..20].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
            file
        }),
        case("a million parts that nobody knows", || {
            small(&[chunk(b"none", &[]).repeat(1_000_000)], &[], 0)
        }),
        case("an EXIF block of 32 MB", || {
            small(&[], &[chunk(b"EXIF", &vec![b'M'; 32_000_000])], 0x08)
        }),
        case("a colour profile of 32 MB", || {
            small(&[chunk(b"ICCP", &vec![0; 32_000_000])], &[], 0x20)
        }),
    ]
}
