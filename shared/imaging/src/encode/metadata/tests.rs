use proptest::prelude::*;

use super::*;
use crate::{
    Allowance, RenderRequest, Size, Source,
    analyse::exif::{metadata, orientation},
    decode::{self, Demand},
    options::ColourSpace,
    render, riff,
    testing::{
        Entry, extended_webp, jpeg, lossless_webp, photo, png_chunk, quarters, tiff, webp, with_exif,
        with_icc, with_segment,
    },
};

const XMP: &[u8] = b"<x:xmpmeta xmlns:tiff='t'><r tiff:Orientation=\"6\"/></x:xmpmeta>";

fn original_exif() -> Vec<u8> {
    tiff(
        &[
            (0x010f, Entry::Text("FUJIFILM")),
            (0x0112, Entry::Short(6)),
            (0x013b, Entry::Text("Ada Lovelace")),
            (0x8298, Entry::Text("(c) 2026 Ada Lovelace")),
        ],
        &[
            (0x829d, Entry::Rationals(&[(28, 10)])),
            (0x927c, Entry::Text("SECRET of the maker")),
            (0xa001, Entry::Short(2)),
            (0xa002, Entry::Short(9_999)),
        ],
        &[
            (1, Entry::Text("N")),
            (2, Entry::Rationals(&[(48, 1), (51, 1), (2_970, 100)])),
            (3, Entry::Text("E")),
            (4, Entry::Rationals(&[(2, 1), (17, 1), (402, 10)])),
        ],
    )
}

fn original() -> Vec<u8> {
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", XMP].concat();
    with_exif(
        &with_segment(&jpeg(&quarters(80, 60)), 0xe1, &xmp),
        &original_exif(),
    )
}

fn answer(format: OutputFormat, policy: MetadataPolicy, space: ColourSpace, original: &[u8]) -> Vec<u8> {
    let options = RenderOptions {
        width: Some(30),
        format,
        metadata: policy,
        colour_space: space,
        ..RenderOptions::default()
    };
    let request = RenderRequest {
        source: Source::Original(original),
        original: Size {
            width: 60,
            height: 80,
        },
        options: &options,
        watermark: None,
    };
    render(&request, &Allowance::UNHURRIED).unwrap().bytes
}

/// Those whose files this module takes apart.
const FORMATS: [OutputFormat; 3] = [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Png];

fn contains(file: &[u8], text: &[u8]) -> bool {
    file.windows(text.len()).any(|window| window == text)
}

fn read(file: &[u8]) -> decode::Picture {
    decode::decode(file, Demand::of_edge(u32::MAX), &Allowance::UNHURRIED).unwrap()
}

#[test]
fn nothing_is_said_unless_it_is_asked_for() {
    for format in FORMATS {
        let file = answer(format, MetadataPolicy::None, ColourSpace::Srgb, &original());
        let picture = read(&file);
        assert_eq!((picture.exif, picture.profile_name), (None, None), "{format:?}");
        for text in [&b"Ada"[..], b"xmpmeta", b"Exif", b"FUJI"] {
            assert!(!contains(&file, text), "{format:?}");
        }
    }
}

#[test]
fn copyright_is_all_that_the_policy_of_that_name_keeps() {
    for format in FORMATS {
        let file = answer(format, MetadataPolicy::Copyright, ColourSpace::Srgb, &original());
        let exif = read(&file).exif.unwrap();
        let found = metadata(&exif);
        assert_eq!(found.artist.as_deref(), Some("Ada Lovelace"));
        assert_eq!(found.copyright.as_deref(), Some("(c) 2026 Ada Lovelace"));
        assert_eq!((found.place, found.camera, found.exposure), (None, None, None));
        // A header, two entries, two texts.
        assert_eq!(exif.len(), 8 + 2 + 2 * 12 + 4 + 14 + 22);
        assert!(
            !contains(&file, b"FUJI") && !contains(&file, b"xmpmeta"),
            "{format:?}"
        );
    }
}

#[test]
fn keep_keeps_the_place_and_says_that_the_picture_is_upright() {
    for format in FORMATS {
        let file = answer(format, MetadataPolicy::Keep, ColourSpace::Srgb, &original());
        let picture = read(&file);
        assert_eq!(picture.orientation.exif(), 1);
        assert_eq!(picture.pixels.sides(), (30, 40));
        let exif = picture.exif.unwrap();
        assert_eq!(orientation(&exif).unwrap().exif(), 1);
        let found = metadata(&exif);
        assert!((found.place.unwrap().latitude - 48.858_25).abs() < 1e-4);
        assert_eq!(found.camera.unwrap().make.as_deref(), Some("FUJIFILM"));
        assert_eq!(found.exposure.unwrap().aperture, Some(2.8));
        assert!(!contains(&file, b"SECRET"), "makers' notes stay out");
        assert!(
            contains(&file, b"tiff:Orientation=\"1\"") && contains(&file, b"xmpmeta"),
            "{format:?}"
        );
        // Width, height, and sRGB.
        for entry in [
            [0xa0, 2, 0, 4, 0, 0, 0, 1, 0, 0, 0, 30],
            [0xa0, 3, 0, 4, 0, 0, 0, 1, 0, 0, 0, 40],
            [0xa0, 1, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0],
        ] {
            assert!(contains(&exif, &entry), "{entry:?}");
        }
    }
}

#[test]
fn the_profile_of_the_answer_is_in_its_file() {
    let adobe = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let original = with_icc(&original(), &adobe);
    for format in FORMATS {
        let wide = read(&answer(
            format,
            MetadataPolicy::None,
            ColourSpace::DisplayP3,
            &original,
        ));
        assert_eq!(wide.profile_name.as_deref(), Some("Display P3"), "{format:?}");
        let kept = answer(format, MetadataPolicy::Keep, ColourSpace::Keep, &original);
        let picture = read(&kept);
        assert_eq!(
            picture.profile.and_then(|p| crate::colour::convert_to(
                &mut quarters(4, 4),
                Some(&p),
                ColourSpace::Keep
            )
            .unwrap()),
            Some(adobe.clone()),
            "{format:?}"
        );
        assert!(!contains(&kept, b"sRGB\0"), "PNG's own word is replaced");
        let entry = [0xa0, 1, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0, 0];
        assert!(contains(&picture.exif.unwrap(), &entry));
    }
}

#[test]
fn a_long_profile_is_written_in_pieces_that_are_read_again() {
    let icc: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
    let tags = Tags {
        icc: Some(icc.clone()),
        ..Tags::default()
    };
    let file = attach(OutputFormat::Jpeg, jpeg(&photo(16, 16)), &tags, (16, 16), false).unwrap();
    assert_eq!(decode::jpeg::segments(&file).icc, Some(icc));
}

#[test]
fn an_extended_webp_keeps_its_flags_and_has_each_tag_once() {
    let raster = quarters(20, 10).with_alpha();
    let simple = lossless_webp(&raster);
    let extended = extended_webp(
        &simple,
        (20, 10),
        0x10 | 0x20 | 0x08,
        &[(b"ICCP", b"old")],
        &[(b"EXIF", b"old")],
    );
    let tags = Tags {
        icc: None,
        exif: Some(b"MM\0*new".to_vec()),
        xmp: Some(XMP.to_vec()),
    };
    for file in [simple, extended, webp(&quarters(20, 10))] {
        let has_alpha = riff::chunk(&file, b"VP8 ").is_none();
        let found = attach(OutputFormat::Webp, file, &tags, (20, 10), has_alpha).unwrap();
        let header = riff::chunk(&found, b"VP8X").unwrap();
        let flags = 0x08 | 0x04 | if has_alpha { 0x10 } else { 0 };
        assert_eq!(header, [flags, 0, 0, 0, 19, 0, 0, 9, 0, 0]);
        assert_eq!(riff::chunk(&found, b"ICCP"), None);
        assert_eq!(riff::chunk(&found, b"EXIF"), tags.exif.as_deref());
        assert_eq!(riff::chunk(&found, b"XMP "), Some(XMP));
        assert!(!contains(&found, b"old"));
        assert_eq!(read(&found).pixels.sides().0, 20);
    }
}

#[test]
fn xmp_of_every_format_is_found_and_one_with_a_preview_is_left_out() {
    let with = |xmp: &[u8]| {
        let png = crate::testing::png(&quarters(8, 8));
        let text = png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", xmp].concat());
        [
            (
                ImageFormat::Jpeg,
                with_segment(
                    &jpeg(&quarters(8, 8)),
                    0xe1,
                    &[b"http://ns.adobe.com/xap/1.0/\0", xmp].concat(),
                ),
            ),
            (ImageFormat::Png, [&png[..33], &text, &png[33..]].concat()),
            (
                ImageFormat::Webp,
                extended_webp(&webp(&quarters(8, 8)), (8, 8), 4, &[], &[(b"XMP ", xmp)]),
            ),
        ]
    };
    for (format, file) in with(XMP) {
        let found = xmp::of_file(format, &file).unwrap();
        assert_eq!(found.len(), XMP.len());
        assert!(contains(&found, b"tiff:Orientation=\"1\""), "{format:?}");
        assert_eq!(xmp::of_file(format, &file[..file.len() / 9]), None);
    }
    for (format, file) in with(b"<a xmpGImg:image='/9j/'/>") {
        assert_eq!(xmp::of_file(format, &file), None, "{format:?}");
    }
}

#[test]
fn both_orders_of_bytes_are_kept_and_what_is_too_long_is_left_out() {
    // One little-endian entry of a text in place, and one that claims four gigabytes.
    let mut block = b"II*\0\x08\0\0\0\x02\0".to_vec();
    block.extend([0x3b, 0x01, 2, 0, 4, 0, 0, 0, b'A', b'd', b'a', 0]);
    block.extend([0x98, 0x82, 2, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    block.extend([0; 4]);
    let kept = exif::copyright(&block).unwrap();
    assert!(kept.starts_with(b"II*\0"));
    let found = metadata(&kept);
    assert_eq!((found.artist.as_deref(), found.copyright), (Some("Ada"), None));
    assert_eq!(exif::copyright(b"MM\0*\0\0\0\x08\0\0"), None);
    assert_eq!(exif::rewritten(b"MM\0*\0\0\0\x08\0\0", 1, 1, true), None);
}

proptest! {
    #[test]
    fn arbitrary_exif_is_bounded_and_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut block = original_exif();
        for (at, value) in damage {
            let at = at.index(block.len());
            block[at] = value;
        }
        for block in [block, [b"II*\0\x08\0\0\0", &noise[..]].concat(), noise] {
            for found in [exif::copyright(&block), exif::rewritten(&block, 7, 8, false)].into_iter().flatten() {
                prop_assert!(found.len() < 65_000);
            }
        }
    }
}
