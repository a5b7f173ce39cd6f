//! BMP from file to mezzanine.

use super::{ingested, pixels, taken, top_middles};
use crate::{
    Allowance, ImagingError, IngestOptions, ProbeError, ingest,
    testing::{
        QUARTERS, assert_near,
        bmp_file::{bmp, bmp_of, bottom_up, info},
        photo, quarters,
    },
};

/// The number of the quarter that a pixel of a picture of 64 × 48 lies in.
fn quarter(i: usize) -> usize {
    usize::from(i % 64 >= 32) + 2 * usize::from(i / 64 >= 24)
}

fn palette(size: usize) -> Vec<u8> {
    QUARTERS
        .iter()
        .flat_map(|[r, g, b]| [*b, *g, *r, 0][..size].to_vec())
        .collect()
}

#[test]
fn bmp_is_read_in_every_depth() {
    assert_near(&top_middles(&bmp(&quarters(63, 47))), &QUARTERS, 6, "24 bits");

    let indices: Vec<u8> = (0..64 * 48).map(|i| quarter(i) as u8).collect();
    let eight = bmp_of(
        &info(40, (64, 48), 8, 0),
        &[palette(4), vec![0; 252 * 4]].concat(),
        &bottom_up(&indices, 64),
    );
    assert_near(&top_middles(&eight), &QUARTERS, 6, "8 bits");
    let packed: Vec<u8> = indices.chunks(2).map(|two| two[0] << 4 | two[1]).collect();
    let four = bmp_of(
        &info(124, (64, 48), 4, 0),
        &[palette(4), vec![0; 12 * 4]].concat(),
        &bottom_up(&packed, 32),
    );
    assert_near(&top_middles(&four), &QUARTERS, 6, "4 bits");
    // Two colours: the left half is the first one.
    let bits = [0_u8, 0, 0, 0, 255, 255, 255, 255].repeat(48);
    let one = bmp_of(&info(40, (64, 48), 1, 0), &palette(4)[..8], &bottom_up(&bits, 8));
    let [red, green, ..] = QUARTERS;
    assert_near(&top_middles(&one), &[red, green, red, green], 6, "1 bit");

    let core = [&12_u32.to_le_bytes()[..], &[64, 0, 48, 0, 1, 0, 8, 0]].concat();
    let core = bmp_of(
        &core,
        &[palette(3), vec![0; 252 * 3]].concat(),
        &bottom_up(&indices, 64),
    );
    assert_near(&top_middles(&core), &QUARTERS, 6, "core header");
}

#[test]
fn bmp_is_read_by_its_masks_and_from_the_top_down() {
    let raster = quarters(64, 48);
    let five_six_five: Vec<u8> = raster
        .pixels
        .chunks(3)
        .flat_map(|p| {
            let [r, g, b] = [p[0], p[1], p[2]].map(u16::from);
            ((r >> 3) << 11 | (g >> 2) << 5 | b >> 3).to_le_bytes()
        })
        .collect();
    let masks: Vec<u8> = [0xf800_u32, 0x07e0, 0x001f]
        .iter()
        .flat_map(|m| m.to_le_bytes())
        .collect();
    let bytes = bmp_of(&info(40, (64, -48), 16, 3), &masks, &five_six_five);
    assert_near(&top_middles(&bytes), &QUARTERS, 10, "16 bits by masks");

    let masks = [0xff_u32, 0xff00, 0x00ff_0000, 0xff00_0000];
    let mut head = info(108, (64, 48), 32, 3);
    for (i, mask) in masks.iter().enumerate() {
        head[40 + 4 * i..44 + 4 * i].copy_from_slice(&mask.to_le_bytes());
    }
    let rgba = |alpha: u8| -> Vec<u8> {
        let pixels = raster.pixels.chunks(3);
        pixels.flat_map(|p| [p[0], p[1], p[2], alpha]).collect()
    };
    let found = ingested(&bmp_of(&head, &[], &bottom_up(&rgba(128), 4 * 64)));
    assert!(found.analysis.has_alpha);
    assert_eq!(pixels(&found).pixels[3], 128);
    let opaque = bmp_of(&head, &[], &bottom_up(&rgba(0), 4 * 64));
    assert_near(
        &top_middles(&opaque),
        &QUARTERS,
        6,
        "alpha that was never written",
    );
}

#[test]
fn runs_of_a_bmp_are_read() {
    // Rows from the bottom up: blue and white, then red and green; the second row of each quarter as a stretch.
    let row = |left: u8, right: u8| [32, left, 32, right, 0, 0];
    let stretch = |left: u8, right: u8| [&[0, 64][..], &[left; 32], &[right; 32], &[0, 0]].concat();
    let rows = [
        row(2, 3).repeat(23),
        stretch(2, 3),
        row(0, 1).repeat(23),
        stretch(0, 1),
        vec![0, 1],
    ]
    .concat();
    let table = [palette(4), vec![0; 252 * 4]].concat();
    let bytes = bmp_of(&info(40, (64, 48), 8, 1), &table, &rows);
    assert_near(&top_middles(&bytes), &QUARTERS, 6, "RLE8");

    let row = |left: u8, right: u8| [32, left * 17, 32, right * 17, 0, 0];
    let rows = [row(2, 3).repeat(24), row(0, 1).repeat(24), vec![0, 1]].concat();
    let bytes = bmp_of(&info(40, (64, 48), 4, 2), &table[..64], &rows);
    assert_near(&top_middles(&bytes), &QUARTERS, 6, "RLE4");
    let cut = taken(&bytes[..bytes.len() - 50]);
    assert!(matches!(cut, Err(ImagingError::Undecodable { .. })), "{cut:?}");
}

#[test]
fn a_bmp_cut_off_anywhere_or_over_the_budget_is_refused() {
    let bytes = bmp(&photo(60, 40));
    for part in 0..16 {
        let cut = taken(&bytes[..bytes.len() * part / 16]);
        assert!(
            matches!(
                cut,
                Err(ImagingError::Probe(
                    ProbeError::Truncated { .. } | ProbeError::Empty
                ))
            ),
            "{part}/16: {cut:?}"
        );
    }
    let poor = Allowance {
        memory_bytes: 5_000,
        ..Allowance::UNHURRIED
    };
    let refused = ingest(&bytes, &IngestOptions::default(), &poor);
    assert!(
        matches!(refused, Err(ImagingError::OverBudget { .. })),
        "{refused:?}"
    );
}
