//! GIFs of many frames, large frames, and frames that never end.

use crate::{Case, case};

pub(crate) fn screen(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([0xf0, 0, 0]); // A table of two colours.
    file.extend([0, 0, 0, 255, 255, 255]);
    file
}

/// In blocks of up to 255 bytes, as GIF wants its data.
fn blocks(data: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    for block in data.chunks(255) {
        written.push(block.len() as u8);
        written.extend(block);
    }
    written.push(0);
    written
}

fn frame(width: u16, height: u16, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x2c, 0, 0, 0, 0];
    frame.extend(width.to_le_bytes());
    frame.extend(height.to_le_bytes());
    frame.extend([0, 2]);
    frame.extend(blocks(data));
    frame
}

/// One pixel: clear, nought, end, in codes of three bits.
fn pixel() -> Vec<u8> {
    frame(1, 1, &[0x44, 0x01])
}

/// Codes that each mean all that the one before meant, and one pixel more: twelve bits stand for thousands of pixels.
fn growing(pixels: u64) -> Vec<u8> {
    const CLEAR: u32 = 4;
    const END: u32 = 5;
    let mut bits = crate::bytes::Bits::default();
    let mut written = 0;
    let mut size = 3;
    while written < pixels {
        bits.put(CLEAR, size);
        size = 3;
        bits.put(0, size);
        written += 1;
        for (code, length) in (6..4_096).zip(2..) {
            if written >= pixels {
                break;
            }
            bits.put(code, size);
            written += length;
            // The reader's table has just grown to `code`.
            if code + 1 == 1 << size && size < 12 {
                size += 1;
            }
        }
    }
    bits.put(END, size);
    bits.bytes()
}

const TRAILER: [u8; 1] = [0x3b];

/// A wait between frames, as real animations have.
fn control() -> Vec<u8> {
    vec![0x21, 0xf9, 4, 0, 10, 0, 0, 0]
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("100,000 frames of one pixel", || {
            [
                screen(1, 1),
                [control(), pixel()].concat().repeat(100_000),
                TRAILER.to_vec(),
            ]
            .concat()
        }),
        case("100,000 frames of one pixel and no end", || {
            [screen(1, 1), [control(), pixel()].concat().repeat(100_000)].concat()
        }),
        case("199 frames on a screen of 5,000 × 5,000 pixels", || {
            [screen(5_000, 5_000), pixel().repeat(199), TRAILER.to_vec()].concat()
        }),
        case("a screen of 65,535 × 65,535 and one pixel", || {
            [screen(65_535, 65_535), pixel(), TRAILER.to_vec()].concat()
        }),
        case("a screen of 10,000 × 10,000 and one pixel", || {
            [screen(10_000, 10_000), pixel(), TRAILER.to_vec()].concat()
        }),
        case("a screen of 5,600 × 5,600 and one pixel", || {
            [screen(5_600, 5_600), pixel(), TRAILER.to_vec()].concat()
        }),
        case("a frame of 65,535 × 65,535 on a screen of one pixel", || {
            [
                screen(1, 1),
                frame(65_535, 65_535, &growing(10_000_000)),
                TRAILER.to_vec(),
            ]
            .concat()
        }),
        case("25 million pixels in a few kilobytes of LZW", || {
            [
                screen(5_000, 5_000),
                frame(5_000, 5_000, &growing(25_000_000)),
                TRAILER.to_vec(),
            ]
            .concat()
        }),
        case("a billion pixels of LZW for a frame of one", || {
            [
                screen(1, 1),
                frame(1, 1, &growing(1_000_000_000)),
                TRAILER.to_vec(),
            ]
            .concat()
        }),
        case("16 MB of comments", || {
            let comment = [vec![0x21, 0xfe], blocks(&[b'a'; 255])].concat();
            [screen(1, 1), comment.repeat(62_000), pixel(), TRAILER.to_vec()].concat()
        }),
        case("a comment of 32 MB in one", || {
            let comment = [vec![0x21, 0xfe], blocks(&vec![b'a'; 32_000_000])].concat();
            [screen(1, 1), comment, pixel(), TRAILER.to_vec()].concat()
        }),
    ]
}

/// A sound square of one colour.
pub(crate) fn picture(side: u16) -> Vec<u8> {
    let pixels = u64::from(side) * u64::from(side);
    [
        screen(side, side),
        frame(side, side, &growing(pixels)),
        TRAILER.to_vec(),
    ]
    .concat()
}
