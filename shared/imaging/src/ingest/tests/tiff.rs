//! TIFF and BMP from file to mezzanine.

use super::{ingested, pixels, stored_for, taken, top_middles};
use crate::{
    Allowance, ImagingError, IngestOptions, ProbeError, ingest,
    orient::Orientation,
    testing::{
        QUARTERS, assert_near, middles, photo, quarters,
        tiff_file::{Kind, tiff_of, tiff_of_samples},
    },
};

#[test]
fn tiff_is_read_in_every_arrangement_of_its_pixels() {
    let raster = quarters(96, 64);
    for compression in [1, 5, 8, 32_773] {
        for (planar, chunk) in [
            (false, (0, 10)),
            (true, (0, 64)),
            (false, (32, 16)),
            (true, (64, 48)),
        ] {
            for (bits, differenced) in [(8, false), (8, true), (16, false), (16, true)] {
                for (little, big) in [(true, false), (false, true)] {
                    let kind = Kind {
                        compression,
                        planar,
                        chunk,
                        bits,
                        differenced,
                        little,
                        big,
                        ..Kind::default()
                    };
                    let what =
                        format!("{compression} {planar} {chunk:?} {bits} {differenced} {little} {big}");
                    assert_near(&top_middles(&tiff_of(&raster, kind)), &QUARTERS, 6, &what);
                }
            }
        }
    }
}

#[test]
fn every_orientation_of_a_tiff_is_turned_upright() {
    let upright = quarters(96, 64);
    for orientation in 1..=8_u16 {
        let kind = Kind {
            orientation: orientation.into(),
            ..Kind::default()
        };
        let found = ingested(&tiff_of(&stored_for(&upright, orientation), kind));
        assert_eq!(
            (found.analysis.width, found.analysis.height),
            (96, 64),
            "{orientation}"
        );
        assert_eq!(u16::from(found.analysis.orientation), orientation);
        assert_near(
            &middles(&pixels(&found)),
            &QUARTERS,
            6,
            &format!("orientation {orientation}"),
        );
    }
    assert_eq!(Orientation::from_exif(1), Orientation::default());
}

#[test]
fn tiffs_of_few_bits_are_read() {
    for bits in [1, 2, 4, 8] {
        let max = (1_u32 << bits) as u16 - 1;
        let samples: Vec<u16> = (0..64 * 48).map(|i| if i % 64 < 32 { 0 } else { max }).collect();
        for (photometric, left) in [(0, 255), (1, 0)] {
            let kind = Kind {
                bits,
                photometric,
                samples: 1,
                ..Kind::default()
            };
            let found = pixels(&ingested(&tiff_of_samples(&samples, 64, 48, &kind)));
            assert_eq!(
                (found.pixels[0], found.pixels[3 * 60]),
                (left, 255 - left),
                "{bits} {photometric}"
            );
        }
        let mut map = vec![0_u64; 3 << bits];
        for (channel, value) in [200_u64, 100, 50].iter().enumerate() {
            map[(channel << bits) + usize::from(max)] = value * 257;
        }
        let kind = Kind {
            bits,
            photometric: 3,
            samples: 1,
            more: vec![(320, 3, map)],
            ..Kind::default()
        };
        let found = pixels(&ingested(&tiff_of_samples(&samples, 64, 48, &kind)));
        assert_near(
            &[found.pixels[3 * 60..3 * 61].try_into().unwrap()],
            &[[200, 100, 50]],
            4,
            "palette",
        );
    }
}

#[test]
fn tiffs_with_alpha_with_inks_and_with_needless_channels_are_read() {
    let mut translucent = quarters(64, 48).with_alpha();
    translucent.pixels[3] = 100;
    let found = ingested(&tiff_of(&translucent, Kind::default()));
    assert!(found.analysis.has_alpha);
    assert_eq!(pixels(&found).pixels[3], 100);

    // Half of a colour that was multiplied with an alpha of a half is the whole colour.
    let associated = Kind {
        samples: 4,
        more: vec![(338, 3, vec![1])],
        ..Kind::default()
    };
    let found = ingested(&tiff_of_samples(
        &[100, 50, 25, 128].repeat(64 * 48),
        64,
        48,
        &associated,
    ));
    assert_near(
        &[pixels(&found).pixels[..3].try_into().unwrap()],
        &[[199, 100, 50]],
        2,
        "associated",
    );

    let inks = Kind {
        photometric: 5,
        samples: 4,
        ..Kind::default()
    };
    let found = ingested(&tiff_of_samples(&[255, 0, 0, 0].repeat(64 * 48), 64, 48, &inks));
    assert_near(
        &[pixels(&found).pixels[..3].try_into().unwrap()],
        &[[0, 255, 255]],
        4,
        "cyan",
    );

    let gray = Kind {
        photometric: 1,
        samples: 2,
        more: vec![(338, 3, vec![0])],
        ..Kind::default()
    };
    let found = ingested(&tiff_of_samples(&[77, 3].repeat(64 * 48), 64, 48, &gray));
    assert_near(
        &[pixels(&found).pixels[..3].try_into().unwrap()],
        &[[77; 3]],
        2,
        "gray",
    );
}

#[test]
fn a_tiff_keeps_what_it_says_of_itself_without_its_pixels() {
    let text = |text: &str| text.bytes().chain([0]).map(u64::from).collect::<Vec<_>>();
    let kind = Kind {
        more: vec![(270, 2, text("A red bicycle")), (315, 2, text("Ada"))],
        ..Kind::default()
    };
    let bytes = tiff_of(&quarters(64, 48), kind);
    let metadata = ingested(&bytes).analysis.metadata;
    assert_eq!(metadata.description.as_deref(), Some("A red bicycle"));
    assert_eq!(metadata.artist.as_deref(), Some("Ada"));
}

#[test]
fn kinds_of_tiff_that_are_not_read_are_refused_by_name() {
    let refused = |kind: Kind| match taken(&tiff_of(&quarters(64, 48), kind)) {
        Err(ImagingError::Undecodable { reason }) => reason,
        other => panic!("{other:?}"),
    };
    let compressed = |compression| Kind {
        compression,
        ..Kind::default()
    };
    assert!(refused(compressed(7)).contains("it is compressed as JPEG"));
    assert!(refused(compressed(4)).contains("it is compressed as a fax"));
    let float = Kind {
        more: vec![(339, 3, vec![3, 3, 3])],
        ..Kind::default()
    };
    assert!(refused(float).contains("not whole ones"));
}

#[test]
fn a_tiff_cut_off_anywhere_is_refused() {
    for directory_first in [false, true] {
        for compression in [1, 5, 8, 32_773] {
            let kind = Kind {
                directory_first,
                compression,
                ..Kind::default()
            };
            let bytes = tiff_of(&photo(60, 40), kind);
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
        }
    }
}

#[test]
fn tiles_that_are_a_bomb_and_pictures_over_the_budget_are_refused() {
    let kind = Kind {
        chunk: (16, 16),
        ..Kind::default()
    };
    let mut bytes = tiff_of(&quarters(16, 16), kind);
    // The tile's sides become 65,535: nearly 13 GB of pixels.
    for tag in [322_u16, 323] {
        let entry = [tag.to_le_bytes(), [4, 0], [1, 0], [0, 0], [16, 0], [0, 0]].concat();
        let at = bytes.windows(12).position(|bytes| bytes == entry).unwrap();
        bytes[at + 8..at + 12].copy_from_slice(&65_535_u32.to_le_bytes());
    }
    assert!(matches!(taken(&bytes), Err(ImagingError::Undecodable { .. })));

    let poor = Allowance {
        memory_bytes: 50_000,
        ..Allowance::UNHURRIED
    };
    let refused = ingest(
        &tiff_of(&photo(200, 150), Kind::default()),
        &IngestOptions::default(),
        &poor,
    );
    assert!(
        matches!(refused, Err(ImagingError::OverBudget { .. })),
        "{refused:?}"
    );
}
