//! What a file's profile makes of its numbers.

use moxcms::ColorProfile;
use png::{BitDepth, ColorType, ScaledFloat, SourceChromaticities, SrgbRenderingIntent};
use turbojpeg::{Colorspace, Compressor, Image, PixelFormat, Subsamp};

use super::{
    cmyk::{self, Table},
    colours::{
        ADOBE_TO_XYZ, D50_TO_D65, P3_TO_XYZ, PROPHOTO_TO_XYZ50, Rgb, SRGB_TO_XYZ, XYZ_TO_P3, difference,
        srgb_decode, srgb_of_xyz, times, to_bytes,
    },
};
use crate::{
    Allowance, OutputFormat, RenderRequest, Size, Source,
    decode::{self, Demand},
    options::{ColourSpace, RenderOptions},
    raster::Raster,
    render,
    testing::{
        JpegKind, QUARTERS, avif, extended_webp, jpeg_of, lossless_webp, middles, png_chunk, png_of,
        with_icc, with_segment,
    },
};

/// A render to PNG through the public door, read again.
pub(super) fn rendered(file: &[u8], (width, height): (u32, u32), options: &RenderOptions) -> Raster {
    let options = RenderOptions {
        format: OutputFormat::Png,
        ..*options
    };
    let request = RenderRequest {
        source: Source::Original(file),
        original: Size { width, height },
        options: &options,
        watermark: None,
    };
    let answer = render(&request, &Allowance::UNHURRIED).unwrap();
    decode::decode(&answer.bytes, Demand::of_edge(u32::MAX), &Allowance::UNHURRIED)
        .unwrap()
        .pixels
        .into_raster()
        .unwrap()
}

/// A patch is so large that a JPEG's blocks do not mix two.
const PATCH: usize = 16;

/// A row of patches, each of one pixel.
fn patches<const N: usize>(colours: &[[u8; N]]) -> (Vec<u8>, (u32, u32)) {
    let row: Vec<u8> = colours.iter().flat_map(|colour| colour.repeat(PATCH)).collect();
    (row.repeat(PATCH), ((colours.len() * PATCH) as u32, PATCH as u32))
}

/// The colours of the patches' middles.
fn seen(file: &[u8], size: (u32, u32), space: ColourSpace) -> Vec<[u8; 3]> {
    let options = RenderOptions {
        colour_space: space,
        ..RenderOptions::default()
    };
    let found = rendered(file, size, &options);
    let middle = |patch: usize| {
        let at = found.channels() * (found.width as usize * PATCH / 2 + patch * PATCH + PATCH / 2);
        [found.pixels[at], found.pixels[at + 1], found.pixels[at + 2]]
    };
    (0..size.0 as usize / PATCH).map(middle).collect()
}

fn assert_close(found: &[[u8; 3]], expected: &[[u8; 3]], limit: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let delta = difference(*found, *expected);
        assert!(
            delta <= limit,
            "{what}: {found:?}, expected {expected:?}: ΔE {delta:.2} of {limit}"
        );
    }
}

/// Soft colours, that are inside sRGB in every space below, and grays.
const SOFT: [[u8; 3]; 8] = [
    [128, 128, 128],
    [180, 120, 60],
    [200, 150, 130],
    [90, 110, 160],
    [110, 130, 100],
    [240, 235, 225],
    [30, 30, 30],
    [60, 50, 70],
];
/// The ends, that lie outside sRGB in wider spaces, and are clipped.
const ENDS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];

fn linear(colour: [u8; 3], curve: impl Fn(f64) -> f64) -> Rgb {
    colour.map(|v| curve(f64::from(v) / 255.0))
}

fn of_p3(colour: [u8; 3]) -> [u8; 3] {
    srgb_of_xyz(times(&P3_TO_XYZ, linear(colour, srgb_decode)))
}

fn of_adobe(colour: [u8; 3]) -> [u8; 3] {
    srgb_of_xyz(times(&ADOBE_TO_XYZ, linear(colour, |v| v.powf(563.0 / 256.0))))
}

fn of_prophoto(colour: [u8; 3]) -> [u8; 3] {
    let curve = |v: f64| if v < 16.0 / 512.0 { v / 16.0 } else { v.powf(1.8) };
    let xyz = times(&D50_TO_D65, times(&PROPHOTO_TO_XYZ50, linear(colour, curve)));
    srgb_of_xyz(xyz)
}

fn png_with(colours: &[[u8; 3]], set: impl FnOnce(&mut png::Info<'_>)) -> (Vec<u8>, (u32, u32)) {
    let (pixels, size) = patches(colours);
    (png_of(size, ColorType::Rgb, BitDepth::Eight, &pixels, set), size)
}

fn png16_with(colours: &[[u8; 3]], set: impl FnOnce(&mut png::Info<'_>)) -> (Vec<u8>, (u32, u32)) {
    let (pixels, size) = patches(colours);
    let wide: Vec<u8> = pixels.iter().flat_map(|v| [*v, *v]).collect();
    (png_of(size, ColorType::Rgb, BitDepth::Sixteen, &wide, set), size)
}

#[test]
fn display_p3_is_shown_alike_from_every_format() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let expected = SOFT.map(of_p3);
    let (pixels, size) = patches(&SOFT);
    let jpeg = with_icc(&jpeg_of(&pixels, size.0, size.1, JpegKind::default()), &icc);
    let (png, _) = png_with(&SOFT, |info| info.icc_profile = Some(icc.clone().into()));
    let raster = Raster::new(size.0, size.1, false, pixels).unwrap();
    let webp = extended_webp(&lossless_webp(&raster), size, 0x20, &[(b"ICCP", &icc)], &[]);
    for (file, limit, what) in [(jpeg, 1.5, "JPEG"), (png, 1.0, "PNG"), (webp, 1.0, "WebP")] {
        assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, limit, what);
    }
}

#[test]
fn the_code_points_of_an_avif_are_honoured() {
    let at = avif::PLAIN
        .windows(4)
        .position(|window| window == b"nclx")
        .unwrap();
    let mut wide = avif::PLAIN.to_vec();
    // Primaries, transfer.
    wide[at + 4..at + 8].copy_from_slice(&[0, 12, 0, 13]);
    let shown = |file: &[u8]| middles(&rendered(file, (64, 48), &RenderOptions::default()));
    let plain = shown(avif::PLAIN);
    assert_close(&plain, &QUARTERS, 3.0, "a lossy file of sRGB");
    assert_close(&shown(&wide), &plain.map(of_p3), 1.0, "the same numbers in P3");
}

#[test]
fn wide_spaces_are_clipped_to_srgb_channel_by_channel() {
    let colours = [&SOFT[..], &ENDS].concat();
    type Expected = fn([u8; 3]) -> [u8; 3];
    let spaces: [(&str, ColorProfile, Expected); 3] = [
        ("P3", ColorProfile::new_display_p3(), of_p3),
        ("AdobeRGB", ColorProfile::new_adobe_rgb(), of_adobe),
        ("ProPhoto", ColorProfile::new_pro_photo_rgb(), of_prophoto),
    ];
    for (name, profile, expected) in spaces {
        // moxcms writes version 4; the header of version 2 is the same but for its number.
        for version in [4, 2] {
            let mut icc = profile.encode().unwrap();
            icc[8] = version;
            let expected: Vec<_> = colours.iter().map(|colour| expected(*colour)).collect();
            let (eight, size) = png_with(&colours, |info| info.icc_profile = Some(icc.clone().into()));
            let (sixteen, _) = png16_with(&colours, |info| info.icc_profile = Some(icc.into()));
            for (file, depth) in [(eight, 8), (sixteen, 16)] {
                let what = format!("{name}, version {version}, {depth} bits");
                assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, 1.0, &what);
            }
        }
    }
}

#[test]
fn png_says_its_colours_in_the_order_of_the_standard() {
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    let (adobe_file, size) = png_with(&SOFT, |info| info.icc_profile = Some(adobe.into()));
    let behind_header = |file: &[u8], chunk: &[u8]| [&file[..33], chunk, &file[33..]].concat();
    let srgb = |file: &[u8]| behind_header(file, &png_chunk(b"sRGB", &[0]));
    let cicp = |file: &[u8], primaries| behind_header(file, &png_chunk(b"cICP", &[primaries, 13, 0, 1]));
    let gamma = |file: &[u8]| behind_header(file, &png_chunk(b"gAMA", &100_000_u32.to_be_bytes()));
    let (plain, _) = png_with(&SOFT, |_| {});
    for (file, expected, what) in [
        (srgb(&adobe_file), SOFT.map(of_adobe), "iCCP over sRGB"),
        (gamma(&adobe_file), SOFT.map(of_adobe), "iCCP over gAMA"),
        (cicp(&adobe_file, 12), SOFT.map(of_p3), "cICP of P3 over iCCP"),
        (cicp(&adobe_file, 1), SOFT, "cICP of sRGB over iCCP"),
        (
            cicp(&adobe_file, 99),
            SOFT.map(of_adobe),
            "an unknown cICP is passed over",
        ),
        (cicp(&srgb(&plain), 12), SOFT.map(of_p3), "cICP over sRGB"),
        (srgb(&gamma(&plain)), SOFT, "sRGB over gAMA"),
        (plain, SOFT, "nothing is sRGB"),
    ] {
        assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, 1.0, what);
    }
}

#[test]
fn gamma_and_primaries_of_png_are_honoured() {
    let with = |gamma: f32, chrm: Option<SourceChromaticities>| {
        png_with(&SOFT, |info| {
            info.source_gamma = Some(ScaledFloat::new(gamma));
            info.source_chromaticities = chrm;
        })
    };
    let srgb = SourceChromaticities::new((0.3127, 0.329), (0.64, 0.33), (0.3, 0.6), (0.15, 0.06));
    let adobe = SourceChromaticities::new((0.3127, 0.329), (0.64, 0.33), (0.21, 0.71), (0.15, 0.06));
    let plain = |gamma: f64| SOFT.map(|colour| to_bytes(linear(colour, |v| v.powf(1.0 / gamma))));
    let wide = |gamma: f64| {
        SOFT.map(|colour| srgb_of_xyz(times(&ADOBE_TO_XYZ, linear(colour, |v| v.powf(1.0 / gamma)))))
    };
    for (gamma, chrm, expected, what) in [
        (1.0, None, plain(1.0), "1.0"),
        (1.0, Some(srgb), plain(1.0), "1.0 with sRGB's primaries"),
        (1.0, Some(adobe), wide(1.0), "1.0 with Adobe's primaries"),
        (0.45455, None, SOFT, "0.45455 is sRGB"),
        (0.45455, Some(srgb), SOFT, "0.45455 with sRGB's primaries"),
        (
            0.45455,
            Some(adobe),
            wide(0.45455),
            "0.45455 with Adobe's primaries",
        ),
    ] {
        let (file, size) = with(gamma, chrm);
        assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, 1.0, what);
    }
    // cHRM without gAMA says nothing.
    let (file, size) = png_with(&SOFT, |info| info.source_chromaticities = Some(adobe));
    assert_eq!(seen(&file, size, ColourSpace::Srgb), SOFT);
}

#[test]
fn gray_under_a_gray_profile_has_the_tones_of_the_profile() {
    let icc = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let levels = [[0_u8], [20], [55], [128], [200], [255]];
    let expected = levels.map(|[v]| to_bytes([(f64::from(v) / 255.0).powf(1.8); 3]));
    let (pixels, size) = patches(&levels);
    let kind = JpegKind {
        format: PixelFormat::GRAY,
        subsampling: Subsamp::Gray,
        ..JpegKind::default()
    };
    let jpeg = with_icc(&jpeg_of(&pixels, size.0, size.1, kind), &icc);
    let wide: Vec<u8> = pixels.iter().flat_map(|v| [*v, *v]).collect();
    let png = png_of(size, ColorType::Grayscale, BitDepth::Sixteen, &wide, |info| {
        info.icc_profile = Some(icc.into());
    });
    for (file, what) in [(jpeg, "JPEG"), (png, "PNG of 16 bits")] {
        assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, 1.0, what);
    }
}

const INKS: [[u8; 4]; 8] = [
    [0, 0, 0, 0],
    [200, 0, 0, 0],
    [0, 200, 0, 0],
    [0, 0, 200, 0],
    [60, 120, 30, 20],
    [0, 0, 0, 150],
    [120, 40, 90, 60],
    [30, 30, 30, 30],
];

/// A JPEG of the inks, as inks or as YCCK, with Adobe's marker, which says that all is inverted, or without it.
fn inks_jpeg(stored: Colorspace, has_marker: bool) -> (Vec<u8>, (u32, u32)) {
    let (mut pixels, (width, height)) = patches(&INKS);
    if has_marker {
        pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(100).unwrap();
    compressor.set_subsamp(Subsamp::None).unwrap();
    compressor.set_colorspace(stored).unwrap();
    let image = Image {
        pixels: pixels.as_slice(),
        width: width as usize,
        pitch: 4 * width as usize,
        height: height as usize,
        format: PixelFormat::CMYK,
    };
    let mut file = compressor.compress_to_vec(image).unwrap();
    let marker = file
        .windows(9)
        .position(|window| window == b"\xff\xee\0\x0eAdobe");
    let marker = marker.expect("libjpeg writes the marker");
    if !has_marker {
        file.drain(marker..marker + 16);
    }
    (file, (width, height))
}

#[test]
fn cmyk_without_a_profile_is_the_plain_formula_inverted_or_not() {
    let part = |ink: u8, black: u8| (255.0 - f64::from(ink)) * (255.0 - f64::from(black)) / 255.0;
    let expected = INKS.map(|[c, m, y, k]| [c, m, y].map(|ink| part(ink, k).round() as u8));
    let (inverted, size) = inks_jpeg(Colorspace::YCCK, true);
    assert_close(
        &seen(&inverted, size, ColourSpace::Srgb),
        &expected,
        2.0,
        "Adobe's",
    );
}

#[test]
fn cmyk_is_printed_through_its_profile() {
    let expected = INKS.map(|inks| to_bytes(cmyk::printed(inks.map(|ink| f64::from(ink) / 255.0))));
    for (table, name, limit) in [
        (Table::Sixteen, b"A2B0", 1.5),
        (Table::Eight, b"A2B0", 2.5),
        (Table::Curves, b"A2B0", 1.5),
        // A profile that knows but the colorimetric intent, or that of saturation.
        (Table::Sixteen, b"A2B1", 1.5),
        (Table::Sixteen, b"A2B2", 1.5),
    ] {
        let icc = cmyk::profile(table, name);
        let (file, size) = inks_jpeg(Colorspace::YCCK, true);
        // More than a segment holds: in pieces.
        let pieces = icc.chunks(60_000);
        let count = pieces.len() as u8;
        let file = (1..=count).zip(pieces).fold(file, |file, (number, piece)| {
            let head = [&b"ICC_PROFILE\0"[..], &[number, count]].concat();
            with_segment(&file, 0xe2, &[&head, piece].concat())
        });
        let what = format!("{table:?} {}", String::from_utf8_lossy(name));
        assert_close(&seen(&file, size, ColourSpace::Srgb), &expected, limit, &what);
    }
}

#[test]
fn display_p3_and_the_colours_of_the_original_are_written_on_request() {
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    // The numbers that are written are compared as if they were sRGB: the same numbers are the same colours.
    let p3 = |xyz: Rgb| to_bytes(times(&XYZ_TO_P3, xyz));
    let colours = [&SOFT[..], &ENDS].concat();
    let of_srgb: Vec<_> = colours
        .iter()
        .map(|c| p3(times(&SRGB_TO_XYZ, linear(*c, srgb_decode))))
        .collect();
    let of_adobe: Vec<_> = colours
        .iter()
        .map(|c| p3(times(&ADOBE_TO_XYZ, linear(*c, |v| v.powf(563.0 / 256.0)))))
        .collect();
    let wide = |info: &mut png::Info<'_>| info.icc_profile = Some(adobe.clone().into());
    let srgb = |info: &mut png::Info<'_>| info.srgb = Some(SrgbRenderingIntent::Perceptual);
    for ((file, size), expected, what) in [
        (png_with(&colours, srgb), &of_srgb, "sRGB"),
        (png_with(&colours, wide), &of_adobe, "AdobeRGB"),
        (png16_with(&colours, wide), &of_adobe, "AdobeRGB of 16 bits"),
    ] {
        assert_close(&seen(&file, size, ColourSpace::DisplayP3), expected, 1.0, what);
    }
    for (file, size) in [png_with(&colours, wide), png16_with(&colours, wide)] {
        assert_eq!(seen(&file, size, ColourSpace::Keep), colours);
    }
}
