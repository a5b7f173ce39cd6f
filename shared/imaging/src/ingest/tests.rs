mod bmp;
mod damage;
mod svg;
mod tiff;

use moxcms::ColorProfile;
use png::{BitDepth, ColorType};
use turbojpeg::{PixelFormat, Subsamp};

use super::*;
use crate::{
    Limits, ProbeError,
    raster::Raster,
    resize::resize,
    testing::{
        JpegKind, QUARTERS, assert_near, avif, bmp_file, decoded, extended_webp, gif, interlaced_png, jpeg,
        jpeg_of, lossless_webp, middles, orientation_tiff, photo, png_of, quarters,
        tiff_file::{Kind, tiff_of},
        webp, with_exif, with_icc, with_segment,
    },
};

fn ingested(bytes: &[u8]) -> Ingested {
    taken(bytes).unwrap()
}

fn taken(bytes: &[u8]) -> Result<Ingested, ImagingError> {
    ingest(bytes, &IngestOptions::default(), &Allowance::UNHURRIED)
}

/// The pixels of the largest mezzanine.
fn pixels(ingested: &Ingested) -> Raster {
    decoded(&ingested.mezzanines[0].bytes)
}

fn top_middles(bytes: &[u8]) -> [[u8; 3]; 4] {
    middles(&pixels(&ingested(bytes)))
}

#[test]
fn the_ladder_has_the_rungs_that_are_smaller_and_always_one() {
    let ladder = Ladder::default();
    assert_eq!(ladder.edges(4_000), [2_560, 1_280, 640]);
    assert_eq!(ladder.edges(2_560), [2_560, 1_280, 640]);
    assert_eq!(ladder.edges(2_000), [2_000, 1_280, 640]);
    assert_eq!(ladder.edges(1_300), [1_300, 640]);
    assert_eq!(ladder.edges(640), [640]);
    assert_eq!(ladder.edges(700), [700]);
    assert_eq!(ladder.edges(3), [3]);
    assert_eq!(Ladder(vec![]).edges(3_000), [3_000]);
    assert_eq!(Ladder(vec![10, 0, 500, 10]).edges(3_000), [500, 10]);
}

#[test]
fn an_opaque_picture_becomes_a_ladder_of_jpegs() {
    let bytes = jpeg(&photo(3_000, 2_001));
    let found = ingested(&bytes);
    let rungs: Vec<_> = found
        .mezzanines
        .iter()
        .map(|m| (m.edge, m.width, m.height, m.format))
        .collect();
    let jpeg = ImageFormat::Jpeg;
    assert_eq!(
        rungs,
        [
            (2_560, 2_560, 1_708, jpeg),
            (1_280, 1_280, 854, jpeg),
            (640, 640, 427, jpeg)
        ]
    );
    let analysis = &found.analysis;
    assert_eq!(
        (analysis.width, analysis.height, analysis.format),
        (3_000, 2_001, jpeg)
    );
    assert!(!analysis.has_alpha);
    assert!(
        (20..=40).contains(&analysis.thumbhash.len()),
        "{}",
        analysis.thumbhash
    );
    assert_eq!(analysis.perceptual_hash.len(), 16);
    assert!(
        (2..=6).contains(&analysis.palette.len()),
        "{:?}",
        analysis.palette
    );
    assert!(analysis.palette.iter().all(|colour| colour.name.is_some()));
    assert!(analysis.measures.is_some_and(|measures| measures.lightness > 0.3));
    let [x, y] = analysis.focus.unwrap();
    assert!(
        (x - 0.7).abs() < 0.1 && (y - 0.35).abs() < 0.12,
        "the red disc stands out: {x}, {y}"
    );
    assert_eq!(found, ingested(&bytes), "equal bytes give equal results");
}

#[test]
fn a_rung_made_of_the_rung_above_is_as_good_as_one_made_of_the_original() {
    let original = photo(3_000, 2_000);
    let found = ingested(&jpeg(&original));
    let smallest = found.mezzanines.last().unwrap();
    let whole = SourceBox::whole((3_000.0, 2_000.0));
    let direct = resize(&original, whole, smallest.width, smallest.height).unwrap();
    let db = crate::testing::psnr(&decoded(&smallest.bytes), &direct);
    assert!(db > 38.0, "{db:.1} dB");
}

#[test]
fn every_orientation_of_a_jpeg_is_turned_upright() {
    let upright = quarters(96, 64);
    for orientation in 1..=8_u16 {
        // The picture as a camera that was held like this stores it.
        let stored = stored_for(&upright, orientation);
        let found = ingested(&with_exif(&jpeg(&stored), &orientation_tiff(orientation)));
        assert_eq!(
            (found.analysis.width, found.analysis.height),
            (96, 64),
            "orientation {orientation}"
        );
        assert_eq!(u16::from(found.analysis.orientation), orientation);
        assert_near(
            &middles(&pixels(&found)),
            &QUARTERS,
            6,
            &format!("orientation {orientation}"),
        );
    }
}

/// Stores an upright picture so that the orientation turns it upright again.
fn stored_for(upright: &Raster, orientation: u16) -> Raster {
    use crate::orient::Orientation;
    let inverse = match orientation {
        6 => 8,
        8 => 6,
        same => u32::from(same),
    };
    Orientation::from_exif(inverse).apply(upright.clone())
}

#[test]
fn the_orientation_of_a_png_and_of_a_webp_is_applied() {
    let upright = quarters(96, 64);
    let stored = stored_for(&upright, 6);
    let block = orientation_tiff(6);
    let png = png_of(
        (64, 96),
        ColorType::Rgb,
        BitDepth::Eight,
        &stored.pixels,
        |info| {
            info.exif_metadata = Some(block.clone().into());
        },
    );
    assert_near(&top_middles(&png), &QUARTERS, 6, "PNG");
    let webp = extended_webp(&webp(&stored), (64, 96), 0x08, &[], &[(b"EXIF", &block)]);
    assert_near(&top_middles(&webp), &QUARTERS, 12, "WebP");
}

#[test]
fn avif_is_read_in_every_shape_that_there_is_a_fixture_of() {
    let [red, green, blue, white] = QUARTERS;
    for (name, bytes, expected) in [
        ("8-bit 4:2:0, limited range", avif::PLAIN, QUARTERS),
        ("10-bit 4:4:4", avif::TEN_BIT, QUARTERS),
        ("with alpha", avif::ALPHA, QUARTERS),
        (
            "a quarter turn against the clock, 4:2:2",
            avif::ROTATED,
            [green, white, red, blue],
        ),
        (
            "top and bottom swapped",
            avif::MIRRORED,
            [blue, white, red, green],
        ),
        ("of four tiles", avif::GRID, QUARTERS),
        ("gray", avif::GRAY, [[80; 3], [114; 3], [40; 3], [240; 3]]),
    ] {
        let found = ingested(bytes);
        assert_eq!(found.analysis.format, ImageFormat::Avif);
        assert_near(&middles(&pixels(&found)), &expected, 10, name);
    }
    let rotated = ingested(avif::ROTATED).analysis;
    assert_eq!((rotated.width, rotated.height), (48, 64));
    let translucent = ingested(avif::ALPHA);
    assert!(translucent.analysis.has_alpha);
    let raster = pixels(&translucent);
    assert!(raster.alpha && raster.pixels[3].abs_diff(128) < 3 && raster.pixels[4 * 63 + 3] > 252);
}

#[test]
fn jpegs_of_every_kind_of_pixel_are_read() {
    let raster = quarters(96, 64);
    for subsampling in [
        Subsamp::None,
        Subsamp::Sub2x1,
        Subsamp::Sub2x2,
        Subsamp::Sub1x2,
        Subsamp::Sub4x1,
    ] {
        for progressive in [false, true] {
            let kind = JpegKind {
                subsampling,
                progressive,
                ..JpegKind::default()
            };
            let bytes = jpeg_of(&raster.pixels, 96, 64, kind);
            assert_near(
                &top_middles(&bytes),
                &QUARTERS,
                8,
                &format!("{subsampling:?}, progressive {progressive}"),
            );
        }
    }
    let gray = JpegKind {
        format: PixelFormat::GRAY,
        subsampling: Subsamp::Gray,
        ..JpegKind::default()
    };
    let luminance: Vec<u8> = raster.luminance();
    assert_near(
        &top_middles(&jpeg_of(&luminance, 96, 64, gray)),
        &[[80; 3], [114; 3], [43; 3], [240; 3]],
        6,
        "gray",
    );
}

#[test]
fn cmyk_is_read_inverted_where_adobe_says_so() {
    // Cyan, magenta, yellow, black, as inks.
    let inks = [[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255]];
    let expected = [[0, 255, 255], [255, 0, 255], [255, 255, 0], [0, 0, 0]];
    let quarter = |i: usize| usize::from(i % 96 >= 48) + 2 * usize::from(i / 96 >= 32);
    let stored: Vec<u8> = (0..96 * 64)
        .flat_map(|i| inks[quarter(i)])
        .map(|ink| 255 - ink)
        .collect();
    let kind = JpegKind {
        format: PixelFormat::CMYK,
        quality: 98,
        ..JpegKind::default()
    };
    let adobe = jpeg_of(&stored, 96, 64, kind);
    assert!(
        decode::jpeg::segments(&adobe).adobe,
        "libjpeg-turbo marks YCCK so"
    );
    assert_near(&top_middles(&adobe), &expected, 8, "YCCK of Adobe");
}

#[test]
fn a_p3_profile_is_applied_and_named() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let raster = Raster::new(64, 64, false, [180, 120, 60].repeat(64 * 64)).unwrap();
    let found = ingested(&with_icc(&jpeg(&raster), &icc));
    assert_near(
        &middles(&pixels(&found))[..1],
        &[[190, 117, 44]],
        4,
        "P3 in a JPEG",
    );
    assert!(
        found
            .analysis
            .colour_profile
            .is_some_and(|name| name.contains("P3"))
    );

    let webp = extended_webp(&lossless_webp(&raster), (64, 64), 0x20, &[(b"ICCP", &icc)], &[]);
    assert_near(&top_middles(&webp)[..1], &[[190, 117, 44]], 4, "P3 in a WebP");
    let png = png_of(
        (64, 64),
        ColorType::Rgb,
        BitDepth::Eight,
        &raster.pixels,
        |info| {
            info.icc_profile = Some(icc.clone().into());
        },
    );
    assert_near(&top_middles(&png)[..1], &[[190, 117, 44]], 4, "P3 in a PNG");
    let rubbish = with_icc(&jpeg(&raster), b"this is no profile");
    assert_near(
        &top_middles(&rubbish)[..1],
        &[[180, 120, 60]],
        4,
        "rubbish is passed over",
    );
}

#[test]
fn png_is_read_in_every_depth_and_colour_type() {
    let raster = quarters(64, 48);
    let wide: Vec<u8> = raster
        .pixels
        .iter()
        .flat_map(|c| (u16::from(*c) * 257).to_be_bytes())
        .collect();
    let sixteen = png_of((64, 48), ColorType::Rgb, BitDepth::Sixteen, &wide, |_| {});
    assert_near(&top_middles(&sixteen), &QUARTERS, 6, "16 bits");

    let palette: Vec<u8> = QUARTERS.concat();
    for (depth, bits) in [(BitDepth::Two, 2), (BitDepth::Four, 4), (BitDepth::Eight, 8)] {
        let index = |i: usize| (usize::from(i % 64 >= 32) + 2 * usize::from(i / 64 >= 24)) as u8;
        let indices: Vec<u8> = (0..64 * 48).map(index).collect();
        let packed: Vec<u8> = indices
            .chunks(8 / bits)
            .map(|some| some.iter().fold(0, |byte, i| (u16::from(byte) << bits) as u8 | i))
            .collect();
        let bytes = png_of((64, 48), ColorType::Indexed, depth, &packed, |info| {
            info.palette = Some(palette.clone().into())
        });
        assert_near(
            &top_middles(&bytes),
            &QUARTERS,
            6,
            &format!("palette of {bits} bits"),
        );

        let clear = png_of((64, 48), ColorType::Indexed, depth, &packed, |info| {
            info.palette = Some(palette.clone().into());
            info.trns = Some(vec![0].into());
        });
        let found = ingested(&clear);
        assert!(found.analysis.has_alpha, "tRNS makes the red quarter transparent");
        assert_eq!(found.mezzanines[0].format, ImageFormat::Webp);
        assert_eq!(pixels(&found).pixels[3], 0);
    }

    assert_eq!(
        top_middles(&interlaced_png(&raster)),
        top_middles(&crate::testing::png(&raster)),
        "interlaced"
    );

    let gray = [20_u8, 200].repeat(32 * 48);
    let bytes = png_of((64, 48), ColorType::Grayscale, BitDepth::Eight, &gray, |_| {});
    assert_eq!(ingested(&bytes).analysis.width, 64);
    let bits = vec![0xf0_u8; 8 * 48];
    let bytes = png_of((64, 48), ColorType::Grayscale, BitDepth::One, &bits, |_| {});
    assert_eq!(pixels(&ingested(&bytes)).pixels[0], 255);
}

#[test]
fn a_png_without_a_profile_but_with_a_gamma_is_converted() {
    let gray = vec![55_u8; 64 * 48 * 3];
    let bytes = png_of((64, 48), ColorType::Rgb, BitDepth::Eight, &gray, |info| {
        info.source_gamma = Some(png::ScaledFloat::new(1.0));
    });
    assert_near(&top_middles(&bytes)[..1], &[[128; 3]], 3, "linear light");
}

#[test]
fn a_gif_is_its_first_frame_and_needless_alpha_is_dropped() {
    let found = ingested(&gif(&quarters(64, 48), 1));
    assert!(!found.analysis.has_alpha);
    assert_eq!(found.mezzanines[0].format, ImageFormat::Jpeg);
    assert_near(&middles(&pixels(&found)), &QUARTERS, 8, "GIF");
}

#[test]
fn damage_inside_the_pixels_is_refused_with_a_reason() {
    let mut bytes = jpeg(&photo(400, 300));
    let middle = bytes.len() / 2;
    for (i, byte) in bytes[middle..middle + 200].iter_mut().enumerate() {
        // Never 0xFF, so that the probe sees no wrong marker.
        *byte = (i * 37 % 251) as u8;
    }
    match taken(&bytes) {
        Err(ImagingError::Undecodable { reason }) => {
            assert!(reason.contains("the JPEG data is damaged"), "{reason}")
        }
        other => panic!("{other:?}"),
    }

    let mut png = crate::testing::png(&photo(60, 40));
    let middle = png.len() / 2;
    png[middle] ^= 0x55;
    assert!(matches!(taken(&png), Err(ImagingError::Undecodable { .. })));

    // Only the structure: arithmetic-coded AV1 pixels decode to something whatever they are.
    let mut avif = avif::PLAIN.to_vec();
    let data = avif.windows(4).position(|kind| kind == b"mdat").unwrap() + 4;
    avif[data..data + 16].fill(0xff);
    assert!(matches!(taken(&avif), Err(ImagingError::Undecodable { .. })));
}

#[test]
fn harmless_oddities_of_jpegs_are_accepted() {
    let plain = jpeg(&photo(200, 150));
    // Needless bytes before the end marker: libjpeg warns of them, and nothing is lost.
    let mut stuffed = plain.clone();
    stuffed.splice(plain.len() - 2..plain.len() - 2, [0x12, 0x34, 0x56]);
    assert!(taken(&stuffed).is_ok());
    let with_video = [&plain[..], b"ftypmp42 a whole video"].concat();
    assert!(taken(&with_video).is_ok());
    let odd_adobe = with_segment(&plain, 0xee, b"Adobe\0\x64\0\0\0\0\x07");
    assert!(taken(&odd_adobe).is_ok());
}

#[test]
fn what_the_probe_refuses_is_refused() {
    let strict = Allowance {
        limits: Limits {
            max_pixels: 100,
            ..Limits::default()
        },
        ..Allowance::UNHURRIED
    };
    let refused = ingest(&jpeg(&photo(20, 20)), &IngestOptions::default(), &strict);
    assert!(
        matches!(
            refused,
            Err(ImagingError::Probe(ProbeError::TooManyPixels { .. }))
        ),
        "{refused:?}"
    );
    let bytes = jpeg(&photo(20, 20));
    let refused = taken(&bytes[..bytes.len() - 10]);
    assert!(
        matches!(refused, Err(ImagingError::Probe(ProbeError::Truncated { .. }))),
        "{refused:?}"
    );
}

#[test]
fn every_decoder_keeps_to_the_budget() {
    let raster = photo(200, 150);
    for (bytes, memory_bytes) in [
        (jpeg(&raster), 50_000),
        (crate::testing::png(&raster), 50_000),
        (webp(&raster), 50_000),
        (gif(&raster, 1), 50_000),
        (avif::PLAIN.to_vec(), 10_000),
    ] {
        let poor = Allowance {
            memory_bytes,
            ..Allowance::UNHURRIED
        };
        let refused = ingest(&bytes, &IngestOptions::default(), &poor);
        assert!(
            matches!(refused, Err(ImagingError::OverBudget { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn the_hash_hardly_changes_with_size_and_quality_and_much_with_the_picture() {
    let hash = |bytes: &[u8]| u64::from_str_radix(&ingested(bytes).analysis.perceptual_hash, 16).unwrap();
    let original = photo(1_200, 800);
    let half = resize(&original, SourceBox::whole((1_200.0, 800.0)), 600, 400).unwrap();
    let poor = jpeg_of(
        &original.pixels,
        1_200,
        800,
        JpegKind {
            quality: 30,
            ..JpegKind::default()
        },
    );
    let first = hash(&jpeg(&original));
    assert!((first ^ hash(&jpeg(&half))).count_ones() <= 2);
    assert!((first ^ hash(&poor)).count_ones() <= 2);
    assert!((first ^ hash(&jpeg(&quarters(1_200, 800)))).count_ones() >= 16);
}

#[test]
fn pictures_of_one_pixel_and_of_one_line_are_ingested() {
    for (width, height) in [(1, 1), (5_000, 1), (1, 5_000), (3, 2)] {
        let raster = Raster::new(width, height, false, vec![99; (width * height * 3) as usize]).unwrap();
        for bytes in [jpeg(&raster), crate::testing::png(&raster), webp(&raster)] {
            let found = ingested(&bytes);
            assert_eq!((found.analysis.width, found.analysis.height), (width, height));
            assert_near(&[[pixels(&found).pixels[0]; 3]], &[[99; 3]], 3, "flat");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn a_mutated_file_is_an_answer_or_an_error_and_never_a_panic(
        file in 0_usize..13, at in proptest::prelude::any::<proptest::sample::Index>(), byte: u8, run in 1_usize..9,
    ) {
        let raster = photo(40, 30);
        let kind = JpegKind { progressive: true, subsampling: Subsamp::Sub2x2, ..JpegKind::default() };
        let mut bytes = match file {
            0 => jpeg(&raster),
            1 => jpeg_of(&raster.pixels, 40, 30, kind),
            2 => crate::testing::png(&raster),
            3 => webp(&raster),
            4 => lossless_webp(&raster),
            5 => gif(&raster, 1),
            6 => avif::PLAIN.to_vec(),
            7 => avif::GRID.to_vec(),
            8 => bmp_file::bmp(&raster),
            12 => b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 2'><style>.a{fill:url(#g)}</style><linearGradient id='g'><stop stop-color='red'/></linearGradient><path class='a' d='M0 0h9v9z'/><use href='#b'/><g id='b' opacity='.5'><circle r='4'/></g></svg>".to_vec(),
            9 => tiff_of(&raster, Kind { compression: 5, differenced: true, directory_first: true, ..Kind::default() }),
            10 => tiff_of(&raster, Kind { compression: 8, chunk: (16, 16), big: true, ..Kind::default() }),
            _ => tiff_of(&raster, Kind { compression: 32_773, planar: true, little: false, ..Kind::default() }),
        };
        let at = at.index(bytes.len());
        let end = (at + run).min(bytes.len());
        bytes[at..end].fill(byte);
        let allowance = Allowance { memory_bytes: 100_000_000, ..Allowance::UNHURRIED };
        let result = ingest(&bytes, &IngestOptions::default(), &allowance);
        let panicked = matches!(result, Err(ImagingError::Panicked { .. }));
        assert!(!panicked, "{result:?}");
    }
}
