//! AVIFs whose tables are absurd.

use crate::{Case, case};

const SOUND: &[u8] = include_bytes!("../fixtures/plain.avif");

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), &kind[..], body].concat()
}

/// A box with a version and flags.
fn full(kind: &[u8; 4], version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, flags], body].concat())
}

fn kind_of_file() -> Vec<u8> {
    boxed(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
}

fn size(width: u32, height: u32) -> Vec<u8> {
    full(
        b"ispe",
        0,
        0,
        &[width.to_be_bytes(), height.to_be_bytes()].concat(),
    )
}

fn item(id: u16, kind: &[u8; 4]) -> Vec<u8> {
    full(
        b"infe",
        2,
        0,
        &[&id.to_be_bytes(), &[0, 0][..], kind, b"\0"].concat(),
    )
}

fn items(entries: &[Vec<u8>]) -> Vec<u8> {
    let count = (entries.len() as u16).to_be_bytes();
    full(b"iinf", 0, 0, &[&count[..], &entries.concat()].concat())
}

/// Properties, and which of them belong to which item.
fn properties(boxes: &[Vec<u8>], belongings: &[(u16, u8)]) -> Vec<u8> {
    let mut body = (belongings.len() as u32).to_be_bytes().to_vec();
    for (item, index) in belongings {
        body.extend(item.to_be_bytes());
        body.extend([1, *index]);
    }
    let tables = [boxed(b"ipco", &boxes.concat()), full(b"ipma", 0, 0, &body)].concat();
    boxed(b"iprp", &tables)
}

/// Where items lie inside of `idat`: from here, so many bytes, this often.
fn places(entries: &[(u16, u32, u32, u16)]) -> Vec<u8> {
    let mut body = vec![0x44, 0x00];
    body.extend((entries.len() as u16).to_be_bytes());
    for (item, from, length, times) in entries {
        body.extend(item.to_be_bytes());
        body.extend([0, 1, 0, 0]);
        body.extend(times.to_be_bytes());
        for _ in 0..*times {
            body.extend(from.to_be_bytes());
            body.extend(length.to_be_bytes());
        }
    }
    full(b"iloc", 1, 0, &body)
}

fn reference(kind: &[u8; 4], from: u16, to: &[u16]) -> Vec<u8> {
    let mut body = from.to_be_bytes().to_vec();
    body.extend((to.len() as u16).to_be_bytes());
    to.iter().for_each(|to| body.extend(to.to_be_bytes()));
    boxed(kind, &body)
}

fn references(entries: &[Vec<u8>]) -> Vec<u8> {
    full(b"iref", 0, 0, &entries.concat())
}

fn file(tables: &[Vec<u8>]) -> Vec<u8> {
    let primary = full(b"pitm", 0, 0, &[0, 1]);
    let meta = full(b"meta", 0, 0, &[primary, tables.concat()].concat());
    [kind_of_file(), meta].concat()
}

/// The coded picture of the sound file, which is its `mdat`.
fn coded() -> Vec<u8> {
    let at = SOUND.windows(4).position(|kind| kind == b"mdat").unwrap();
    SOUND[at + 4..].to_vec()
}

/// The sound picture, said to be so large.
fn of_size(width: u32, height: u32) -> Vec<u8> {
    let coded = coded();
    file(&[
        items(&[item(1, b"av01")]),
        properties(&[size(width, height)], &[(1, 1)]),
        places(&[(1, 0, coded.len() as u32, 1)]),
        boxed(b"idat", &coded),
    ])
}

/// A grid whose tiles are all the same item.
fn grid(columns: u16, rows: u16, (width, height): (u32, u32)) -> Vec<u8> {
    let coded = coded();
    let mut plan = vec![0, 1, (rows - 1) as u8, (columns - 1) as u8];
    plan.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    let tiles = vec![2; usize::from(columns) * usize::from(rows)];
    file(&[
        items(&[item(1, b"grid"), item(2, b"av01")]),
        references(&[reference(b"dimg", 1, &tiles)]),
        properties(&[size(width, height), size(64, 48)], &[(1, 1), (2, 2)]),
        places(&[
            (1, coded.len() as u32, plan.len() as u32, 1),
            (2, 0, coded.len() as u32, 1),
        ]),
        boxed(b"idat", &[coded, plan].concat()),
    ])
}

/// Boxes in boxes.
fn nested(levels: usize) -> Vec<u8> {
    let whole = 8 * levels;
    let mut boxes = Vec::with_capacity(whole);
    for level in 0..levels {
        boxes.extend(((whole - 8 * level) as u32).to_be_bytes());
        boxes.extend(b"iprp");
    }
    boxes
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("2^32 − 1 pixels a side", || of_size(u32::MAX, u32::MAX)),
        case("a small picture said to be 10,000 × 10,000", || {
            of_size(10_000, 10_000)
        }),
        case("a small picture said to be 4,000 × 4,000", || {
            of_size(4_000, 4_000)
        }),
        case("a grid of 255 × 255 tiles", || grid(255, 255, (10_000, 9_000))),
        case("a grid of 32 × 32 tiles, each the same picture", || {
            grid(32, 32, (2_048, 1_536))
        }),
        case("a grid of 32 × 32 tiles on 100 million pixels", || {
            grid(32, 32, (10_000, 10_000))
        }),
        case("250,000 boxes, each inside of the one before", || {
            file(&[nested(250_000)])
        }),
        case(
            "a table of places that says it has 2^32 − 1 items of 65,535 parts",
            || {
                let body = [&[0x44, 0x00][..], &u32::MAX.to_be_bytes(), &[0xff; 60_000]].concat();
                file(&[properties(&[size(64, 48)], &[(1, 1)]), full(b"iloc", 2, 0, &body)])
            },
        ),
        case("a part that lies 2^63 bytes away", || {
            let mut body = vec![0x88, 0x80, 0, 1, 0, 1, 0, 0];
            body.extend((1_u64 << 63).to_be_bytes());
            body.extend([0, 1]);
            body.extend([u64::MAX.to_be_bytes(), u64::MAX.to_be_bytes()].concat());
            file(&[
                items(&[item(1, b"av01")]),
                properties(&[size(64, 48)], &[(1, 1)]),
                full(b"iloc", 0, 0, &body),
            ])
        }),
        case("65,535 parts that are all the same megabyte", || {
            let tables = [
                items(&[item(1, b"av01")]),
                properties(&[size(64, 48)], &[(1, 1)]),
                places(&[(1, 0, 1_000_000, 65_535)]),
                boxed(b"idat", &vec![0; 1_000_000]),
            ];
            file(&tables)
        }),
        case("100,000 alpha channels and 150,000 belongings", || {
            let alpha = reference(b"auxl", 9, &[1]);
            file(&[
                items(&[item(1, b"av01")]),
                references(&vec![alpha; 100_000]),
                properties(&[size(64, 48)], &vec![(1, 1); 150_000]),
            ])
        }),
        case("250,000 properties", || {
            file(&[
                items(&[item(1, b"av01")]),
                properties(&vec![boxed(b"free", &[]); 250_000], &[(1, 1)]),
            ])
        }),
        case("a million boxes that nobody knows", || {
            [
                kind_of_file(),
                boxed(b"free", &[]).repeat(1_000_000),
                SOUND.to_vec(),
            ]
            .concat()
        }),
    ]
}
