use super::*;
use crate::testing::{Entry, orientation_tiff, tiff};

const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;

fn whole() -> Vec<u8> {
    tiff(
        &[
            (0x010e, Entry::Text("Boats in the harbour")),
            (MAKE, Entry::Text("FUJIFILM")),
            (MODEL, Entry::Text("X-T5")),
            (0x0112, Entry::Short(6)),
            (0x0131, Entry::Text("darktable 4.8")),
            (0x013b, Entry::Text("Ada Lovelace")),
            (0x8298, Entry::Text("© 2026 Ada Lovelace")),
        ],
        &[
            (0x829a, Entry::Rationals(&[(10, 2_500)])),
            (0x829d, Entry::Rationals(&[(28, 10)])),
            (0x8827, Entry::Short(400)),
            (0x9003, Entry::Text("2026:05:17 14:03:12")),
            (0x9011, Entry::Text("+02:00")),
            (0x920a, Entry::Rationals(&[(230, 10)])),
            (0xa434, Entry::Text("XF23mmF2 R WR")),
        ],
        &[
            (1, Entry::Text("N")),
            (2, Entry::Rationals(&[(48, 1), (51, 1), (2_970, 100)])),
            (3, Entry::Text("W")),
            (4, Entry::Rationals(&[(2, 1), (17, 1), (402, 10)])),
            (5, Entry::Byte(0)),
            (6, Entry::Rationals(&[(353, 10)])),
        ],
    )
}

#[test]
fn everything_that_is_asked_for_is_read() {
    let found = metadata(&whole());
    assert_eq!(found.description.as_deref(), Some("Boats in the harbour"));
    assert_eq!(found.artist.as_deref(), Some("Ada Lovelace"));
    assert_eq!(found.copyright.as_deref(), Some("© 2026 Ada Lovelace"));
    assert_eq!(found.software.as_deref(), Some("darktable 4.8"));
    assert_eq!(found.taken_at.as_deref(), Some("2026-05-17T14:03:12+02:00"));
    let camera = found.camera.unwrap();
    assert_eq!(
        (
            camera.make.as_deref(),
            camera.model.as_deref(),
            camera.lens.as_deref()
        ),
        (Some("FUJIFILM"), Some("X-T5"), Some("XF23mmF2 R WR"))
    );
    let exposure = found.exposure.unwrap();
    assert_eq!(exposure.time.as_deref(), Some("1/250"));
    assert_eq!(
        (exposure.aperture, exposure.iso, exposure.focal_length_mm),
        (Some(2.8), Some(400), Some(23.0))
    );
    let place = found.place.unwrap();
    assert!((place.latitude - 48.858_25).abs() < 1e-6, "{place:?}");
    assert!((place.longitude + 2.294_5).abs() < 1e-6, "{place:?}");
    assert_eq!(place.altitude_m, Some(35.3));
    assert_eq!(orientation(&whole()).map(|o| o.exif()), Some(6));
}

#[test]
fn nonsense_places_are_dropped() {
    let place_of = |latitude: (u32, u32), longitude: (u32, u32)| {
        let gps = [
            (1, Entry::Text("S")),
            (2, Entry::Rationals(&[latitude, (0, 1), (0, 1)])),
            (3, Entry::Text("E")),
            (4, Entry::Rationals(&[longitude, (0, 1), (0, 1)])),
        ];
        metadata(&tiff(&[], &[], &gps)).place
    };
    assert_eq!(place_of((91, 1), (10, 1)), None);
    assert_eq!(place_of((10, 1), (181, 1)), None);
    assert_eq!(place_of((0, 1), (0, 1)), None);
    assert_eq!(place_of((10, 0), (10, 1)), None);
    assert_eq!(
        place_of((10, 1), (10, 1)).map(|place| place.latitude),
        Some(-10.0)
    );
}

#[test]
fn clocks_that_were_never_set_give_no_time() {
    for text in [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2026:13:01 00:00:00",
        "yesterday",
        "2026:05:17",
        "",
    ] {
        let block = tiff(&[], &[(0x9003, Entry::Text(text))], &[]);
        assert_eq!(metadata(&block).taken_at, None, "{text:?}");
    }
}

#[test]
fn texts_are_cut_and_freed_of_control_characters() {
    let long = "x".repeat(60_000);
    let found = metadata(&tiff(
        &[
            (0x010e, Entry::Text(&long)),
            (MAKE, Entry::Text("a\u{1b}[2Jb\u{7}")),
        ],
        &[],
        &[],
    ));
    assert_eq!(found.description.map(|text| text.len()), Some(MAX_TEXT_CHARS));
    assert_eq!(
        found.camera.and_then(|camera| camera.make).as_deref(),
        Some("a[2Jb")
    );
}

#[test]
fn absurd_exposures_are_dropped() {
    let block = tiff(
        &[],
        &[
            (0x829a, Entry::Rationals(&[(1, 0)])),
            (0x829d, Entry::Rationals(&[(0, 1)])),
            (0x8827, Entry::Short(0)),
        ],
        &[],
    );
    assert_eq!(metadata(&block).exposure, None);
}

#[test]
fn times_read_as_people_write_them() {
    let read = |seconds| exposure_time(seconds).unwrap();
    assert_eq!(
        [read(0.004), read(1.0 / 3.0), read(0.5), read(30.0)],
        ["1/250", "0.3", "0.5", "30"]
    );
}

#[test]
fn a_broken_block_is_no_metadata() {
    assert_eq!(metadata(b""), Metadata::default());
    assert_eq!(metadata(b"MM\0*\0\0\0\x08\xff\xff"), Metadata::default());
    assert_eq!(orientation(b"rubbish"), None);
    assert_eq!(orientation(&orientation_tiff(99)).map(|o| o.exif()), Some(1));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, head in 0_usize..3) {
        let block = [[&b""[..], b"MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0"][head], &bytes[..]].concat();
        let _ = (metadata(&block), orientation(&block), embedded(&block));
    }

    #[test]
    fn a_mutated_block_never_panics(at in proptest::prelude::any::<proptest::sample::Index>(), byte: u8, cut in 0_usize..600) {
        let mut block = whole();
        let at = at.index(block.len());
        block[at] = byte;
        block.truncate(block.len().saturating_sub(cut));
        let _ = (metadata(&block), orientation(&block), embedded(&block));
    }
}
