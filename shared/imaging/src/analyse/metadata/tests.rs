use super::*;
use crate::{
    analyse::{
        iptc::tests::{block, in_photoshop},
        xmp::tests::packet,
    },
    testing::{Entry, tiff},
};

fn exif_block() -> Vec<u8> {
    tiff(
        &[
            (0x010e, Entry::Text("OLYMPUS DIGITAL CAMERA")),
            (0x010f, Entry::Text("OLYMPUS")),
            (0x013b, Entry::Text("of EXIF")),
        ],
        &[(0x9003, Entry::Text("2026:05:17 14:03:12"))],
        &[],
    )
}

fn iptc_block() -> Vec<u8> {
    block(&[
        (2, 5, b"of IPTC"),
        (2, 25, b"of IPTC"),
        (2, 80, b"of IPTC"),
        (2, 120, b"of IPTC"),
    ])
}

fn xmp_block() -> Vec<u8> {
    packet(
        "<dc:title>of XMP</dc:title><photoshop:DateCreated>2026-05-17T14:03:12+02:00</photoshop:DateCreated>
        <tiff:Make>of XMP</tiff:Make>",
    )
}

#[test]
fn words_come_from_xmp_then_iptc_then_exif_and_measurements_from_exif() {
    let found = metadata(&RawMetadata {
        exif: Some(exif_block()),
        xmp: Some(xmp_block()),
        iptc: Some(iptc_block()),
    });
    assert_eq!(found.title.as_deref(), Some("of XMP"));
    assert_eq!(found.description.as_deref(), Some("of IPTC"));
    assert_eq!(found.artist.as_deref(), Some("of IPTC"));
    assert_eq!(found.keywords, ["of IPTC"]);
    let camera = found.camera.unwrap();
    assert_eq!(camera.make.as_deref(), Some("OLYMPUS"));
    assert_eq!(camera.lens.as_deref(), Some("XF23mmF2 R WR"), "only XMP has one");
    assert_eq!(
        found.taken_at.as_deref(),
        Some("2026-05-17T14:03:12+02:00"),
        "the time of EXIF with the offset that only XMP has"
    );
}

#[test]
fn each_block_alone_is_enough() {
    let alone = |raw: RawMetadata| metadata(&raw);
    let exif = alone(RawMetadata {
        exif: Some(exif_block()),
        ..RawMetadata::default()
    });
    assert_eq!(exif.artist.as_deref(), Some("of EXIF"));
    assert_eq!(exif.taken_at.as_deref(), Some("2026-05-17T14:03:12"));
    let iptc = alone(RawMetadata {
        iptc: Some(iptc_block()),
        ..RawMetadata::default()
    });
    assert_eq!(iptc.title.as_deref(), Some("of IPTC"));
    let xmp = alone(RawMetadata {
        xmp: Some(xmp_block()),
        ..RawMetadata::default()
    });
    assert_eq!(xmp.taken_at.as_deref(), Some("2026-05-17T14:03:12+02:00"));
    assert_eq!(alone(RawMetadata::default()), Metadata::default());
}

#[test]
fn an_ingested_jpeg_has_all_three_blocks_read() {
    use crate::testing::{jpeg, photo, with_exif, with_segment};
    let file = jpeg(&photo(64, 48));
    let resources = [b"Photoshop 3.0\0", &in_photoshop(&iptc_block())[..]].concat();
    let file = with_segment(&file, 0xed, &resources);
    let file = with_segment(
        &file,
        0xe1,
        &[b"http://ns.adobe.com/xap/1.0/\0", &xmp_block()[..]].concat(),
    );
    let file = with_exif(&file, &exif_block());
    let found = crate::ingest(
        &file,
        &crate::IngestOptions::default(),
        &crate::Allowance::UNHURRIED,
    )
    .unwrap()
    .analysis
    .metadata;
    assert_eq!(found.title.as_deref(), Some("of XMP"));
    assert_eq!(found.description.as_deref(), Some("of IPTC"));
    assert!(
        found
            .camera
            .is_some_and(|camera| camera.make.as_deref() == Some("OLYMPUS"))
    );
}
