//! Colour profiles that promise tables which they do not have, or have enormous ones.

use crate::{Case, case, jpeg, png};

/// A profile of one kind of pixel to Lab (ICC.1:2022, section 7), with these tags.
fn profile(space: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut head = vec![0; 128];
    head[8..12].copy_from_slice(&[4, 0x40, 0, 0]);
    head[12..16].copy_from_slice(b"prtr");
    head[16..20].copy_from_slice(space);
    head[20..24].copy_from_slice(b"Lab ");
    head[36..40].copy_from_slice(b"acsp");
    // D50, as every profile says.
    head[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    head.extend((tags.len() as u32).to_be_bytes());
    let mut at = 132 + 12 * tags.len();
    for (name, body) in tags {
        head.extend(*name);
        head.extend((at as u32).to_be_bytes());
        head.extend((body.len() as u32).to_be_bytes());
        at += body.len();
    }
    tags.iter().for_each(|(_, body)| head.extend(body));
    let length = (head.len() as u32).to_be_bytes();
    head[..4].copy_from_slice(&length);
    head
}

/// A table of 16-bit samples (section 10.10): so many inputs, grid points on each, and samples that are there.
fn table(inputs: u8, points: u8, samples: usize) -> Vec<u8> {
    let mut body = b"mft2\0\0\0\0".to_vec();
    body.extend([inputs, 3, points, 0]);
    for i in 0..9 {
        body.extend(if i % 4 == 0 { [0, 1, 0, 0] } else { [0; 4] });
    }
    body.extend([0, 2, 0, 2]);
    body.extend([0, 0, 0xff, 0xff].repeat(usize::from(inputs)));
    body.extend((0..samples).flat_map(|i| ((i * 251) as u16).to_be_bytes()));
    body.extend([0, 0, 0xff, 0xff].repeat(3));
    body
}

/// In PNG, where one chunk holds all of it; stored and not compressed.
fn in_png(icc: &[u8]) -> Vec<u8> {
    let mut zlib = vec![0x78, 0x01];
    for block in icc.chunks(60_000) {
        let length = block.len() as u16;
        zlib.push(0);
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    zlib.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0]);
    png::small(&png::chunk(b"iCCP", &[b"name\0\0", &zlib[..]].concat()))
}

/// In the pieces of a JPEG in four inks.
fn in_cmyk_jpeg(icc: &[u8]) -> Vec<u8> {
    let pieces: Vec<&[u8]> = icc.chunks(65_000).collect();
    let segments: Vec<u8> = pieces
        .iter()
        .enumerate()
        .flat_map(|(i, piece)| {
            let head = [&b"ICC_PROFILE\0"[..], &[i as u8 + 1, pieces.len() as u8]].concat();
            jpeg::segment(0xe2, &[head, piece.to_vec()].concat())
        })
        .collect();
    jpeg::small_cmyk(&segments)
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a table of 255 × 255 × 255 points that is not there", || {
            in_png(&profile(b"RGB ", &[(b"A2B0", table(3, 255, 10))]))
        }),
        case("a table of 255 points on each of 15 inputs", || {
            in_png(&profile(b"RGB ", &[(b"A2B0", table(15, 255, 10))]))
        }),
        case("a table of 100 × 100 × 100 points", || {
            in_png(&profile(b"RGB ", &[(b"A2B0", table(3, 100, 3_000_000))]))
        }),
        case("a table of 30 points on each of four inks", || {
            in_cmyk_jpeg(&profile(b"CMYK", &[(b"A2B0", table(4, 30, 2_430_000))]))
        }),
        case("a profile that says it has 2^32 − 1 tags", || {
            let mut icc = profile(b"RGB ", &[(b"A2B0", table(3, 2, 24))]);
            icc[128..132].copy_from_slice(&[0xff; 4]);
            in_png(&icc)
        }),
        case("600,000 tags that are all the same table", || {
            let mut icc = profile(b"RGB ", &[(b"A2B0", table(3, 17, 14_739))]);
            let tag = icc[132..144].to_vec();
            icc[128..132].copy_from_slice(&600_000_u32.to_be_bytes());
            icc.splice(132..132, tag.repeat(599_999));
            in_png(&icc)
        }),
        case("curves of 500,000 points for each colour", || {
            let mut curve = b"curv\0\0\0\0".to_vec();
            curve.extend(500_000_u32.to_be_bytes());
            curve.extend((0..500_000_u32).flat_map(|i| ((i / 8) as u16).to_be_bytes()));
            let place = |x: u32| {
                [
                    &b"XYZ \0\0\0\0"[..],
                    &x.to_be_bytes(),
                    &x.to_be_bytes(),
                    &x.to_be_bytes(),
                ]
                .concat()
            };
            let mut icc = profile(
                b"RGB ",
                &[
                    (b"rTRC", curve.clone()),
                    (b"gTRC", curve.clone()),
                    (b"bTRC", curve),
                    (b"rXYZ", place(0x6fa2)),
                    (b"gXYZ", place(0x6299)),
                    (b"bXYZ", place(0x24a0)),
                ],
            );
            icc[20..24].copy_from_slice(b"XYZ ");
            in_png(&icc)
        }),
    ]
}
