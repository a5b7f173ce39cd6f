//! PNGs that promise little and hold much, and the other way round.

use crate::{Case, bytes::zlib_of_zeros, case};

const GRAY: u8 = 0;
const RGB: u8 = 2;
const RGBA: u8 = 6;

pub(crate) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut table = [0_u32; 256];
    for (i, entry) in table.iter_mut().enumerate() {
        *entry = (0..8).fold(i as u32, |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        });
    }
    let crc = kind.iter().chain(body).fold(u32::MAX, |crc, byte| {
        table[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8)
    });
    [
        &(body.len() as u32).to_be_bytes(),
        &kind[..],
        body,
        &(!crc).to_be_bytes(),
    ]
    .concat()
}

fn header(side: u32, depth: u8, colour: u8, interlaced: bool) -> Vec<u8> {
    let side = side.to_be_bytes();
    let body = [&side[..], &side, &[depth, colour, 0, 0, u8::from(interlaced)]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &body)].concat()
}

/// A square PNG of zeros with these chunks before its pixels.
fn square(side: u32, depth: u8, colour: u8, interlaced: bool, before: &[u8]) -> Vec<u8> {
    let channels = match colour {
        RGB => 3,
        RGBA => 4,
        _ => 1,
    };
    let row = (u64::from(side) * channels * u64::from(depth)).div_ceil(8) + 1;
    // The rows of seven passes are a little longer together.
    let length = row * u64::from(side) + if interlaced { 4 * u64::from(side) } else { 0 };
    [
        header(side, depth, colour, interlaced),
        before.to_vec(),
        chunk(b"IDAT", &zlib_of_zeros(length)),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A small PNG with these chunks before its pixels.
pub(crate) fn small(before: &[u8]) -> Vec<u8> {
    square(64, 8, RGB, false, before)
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("50,000 × 50,000 pixels of one bit, all zero", || {
            square(50_000, 1, GRAY, false, &[])
        }),
        case("10,000 × 10,000 pixels of one bit", || {
            square(10_000, 1, GRAY, false, &[])
        }),
        case("10,000 × 10,000 gray pixels", || {
            square(10_000, 8, GRAY, false, &[])
        }),
        case("10,000 × 10,000 pixels with alpha", || {
            square(10_000, 8, RGBA, false, &[])
        }),
        case("10,000 × 10,000 interlaced pixels of 16 bits with alpha", || {
            square(10_000, 16, RGBA, true, &[])
        }),
        case("7,000 × 7,000 interlaced pixels", || {
            square(7_000, 8, RGB, true, &[])
        }),
        case("2^31 − 1 pixels a side", || header(0x7fff_ffff, 8, RGBA, false)),
        case("100 million pixels and no data", || header(10_000, 8, RGB, false)),
        case("one pixel, and a gigabyte of data behind it", || {
            let data = chunk(b"IDAT", &zlib_of_zeros(1_000_000_000));
            [header(1, 8, RGB, false), data, chunk(b"IEND", &[])].concat()
        }),
        case("a colour profile (iCCP) of 500 MB in 3 MB", || {
            small(&chunk(
                b"iCCP",
                &[b"name\0\0", &zlib_of_zeros(500_000_000)[..]].concat(),
            ))
        }),
        case("a text (zTXt) of 500 MB in 3 MB", || {
            small(&chunk(
                b"zTXt",
                &[b"Comment\0\0", &zlib_of_zeros(500_000_000)[..]].concat(),
            ))
        }),
        case("a text (iTXt) of 500 MB in 3 MB, named as XMP", || {
            let head = b"XML:com.adobe.xmp\0\x01\0\0\0";
            small(&chunk(b"iTXt", &[head, &zlib_of_zeros(500_000_000)[..]].concat()))
        }),
        case("20 texts of 50 MB each", || {
            let text = chunk(
                b"zTXt",
                &[b"Comment\0\0", &zlib_of_zeros(50_000_000)[..]].concat(),
            );
            small(&text.repeat(20))
        }),
        case("a million empty texts", || {
            small(&chunk(b"tEXt", b"a\0").repeat(1_000_000))
        }),
        case("500,000 empty pieces of data", || {
            small(&chunk(b"IDAT", &[]).repeat(500_000))
        }),
        case("an EXIF block of 16 MB", || {
            small(&chunk(b"eXIf", &vec![b'M'; 16_000_000]))
        }),
    ]
}
