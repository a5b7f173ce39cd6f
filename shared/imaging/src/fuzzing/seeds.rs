//! What the fuzzer begins with: small sound files of every kind, made by code.

use png::{BitDepth, ColorType};
use turbojpeg::{PixelFormat, Subsamp};

use crate::{
    raster::Raster,
    testing::{
        Entry, JpegKind, avif, extended_webp, gif, interlaced_png, jpeg, jpeg_of, lossless_webp,
        orientation_tiff, photo, png, png_chunk, png_of, tiff, webp, with_exif, with_icc, with_segment,
    },
};

/// Small files find more in a minute.
const SIDES: (u32, u32) = (24, 18);

/// The files that the target of this name begins with.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "decode_jpeg" => jpegs(),
        "decode_png" => pngs(),
        "decode_webp" => webps(),
        "decode_gif" => gifs(),
        "decode_avif" => avifs(),
        // The first byte says how the file is cut.
        "scanner" => [jpegs(), pngs(), webps(), gifs(), avifs()]
            .concat()
            .iter()
            .enumerate()
            .map(|(i, file)| [&[(i * 37) as u8], &file[..]].concat())
            .collect(),
        "metadata" => exif_blocks(),
        "profile" => profiles(),
        _ => Vec::new(),
    }
}

fn picture() -> Raster {
    photo(SIDES.0, SIDES.1)
}

fn transparent() -> Raster {
    let mut raster = picture().with_alpha();
    for (i, pixel) in raster.pixels.chunks_exact_mut(4).enumerate() {
        pixel[3] = (i % 256) as u8;
    }
    raster
}

fn jpegs() -> Vec<Vec<u8>> {
    let raster = picture();
    let kind = |subsampling, progressive| {
        let kind = JpegKind {
            subsampling,
            progressive,
            quality: 60,
            ..JpegKind::default()
        };
        jpeg_of(&raster.pixels, raster.width, raster.height, kind)
    };
    let bare = |format: PixelFormat, subsampling| {
        let count = (raster.width * raster.height) as usize * format.size();
        let pixels: Vec<u8> = raster.pixels.iter().copied().cycle().take(count).collect();
        let kind = JpegKind {
            format,
            subsampling,
            quality: 60,
            ..JpegKind::default()
        };
        jpeg_of(&pixels, raster.width, raster.height, kind)
    };
    let plain = jpeg(&raster);
    let mut files: Vec<_> = [
        Subsamp::None,
        Subsamp::Sub2x1,
        Subsamp::Sub2x2,
        Subsamp::Sub1x2,
        Subsamp::Sub4x1,
    ]
    .into_iter()
    .flat_map(|subsampling| [kind(subsampling, false), kind(subsampling, true)])
    .collect();
    files.extend([
        bare(PixelFormat::GRAY, Subsamp::Gray),
        bare(PixelFormat::CMYK, Subsamp::None),
        with_exif(&plain, &orientation_tiff(6)),
        with_icc(&plain, &small_profile()),
        with_segment(&plain, 0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        with_segment(&plain, 0xdd, &[0, 2]),
    ]);
    files
}

fn pngs() -> Vec<Vec<u8>> {
    let mut files = vec![png(&picture()), png(&transparent()), interlaced_png(&picture())];
    let kinds = [
        (ColorType::Grayscale, BitDepth::One, 3),
        (ColorType::Grayscale, BitDepth::Four, 12),
        (ColorType::Grayscale, BitDepth::Sixteen, 48),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, 48),
        (ColorType::Rgb, BitDepth::Sixteen, 144),
        (ColorType::Rgba, BitDepth::Sixteen, 192),
        (ColorType::Indexed, BitDepth::Two, 6),
    ];
    for (colour, depth, row) in kinds {
        let samples: Vec<u8> = (0..row * SIDES.1).map(|i| (i * 7) as u8).collect();
        files.push(png_of(SIDES, colour, depth, &samples, |info| {
            if colour == ColorType::Indexed {
                info.palette = Some(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255].into());
                info.trns = Some(vec![255, 0, 128].into());
            }
        }));
    }
    let samples = picture().pixels;
    files.push(png_of(SIDES, ColorType::Rgb, BitDepth::Eight, &samples, |info| {
        info.icc_profile = Some(small_profile().into());
        info.exif_metadata = Some(orientation_tiff(8).into());
    }));
    // Behind the header: the exponent of the encoding, and a colour that is transparent.
    let mut gamma = png(&picture());
    let extra = [
        png_chunk(b"gAMA", &100_000_u32.to_be_bytes()),
        png_chunk(b"tRNS", &[0, 70, 0, 95, 0, 150]),
    ];
    gamma.splice(33..33, extra.concat());
    files.push(gamma);
    files
}

fn webps() -> Vec<Vec<u8>> {
    let (lossy, lossless) = (webp(&picture()), lossless_webp(&picture()));
    let (exif, icc) = (orientation_tiff(3), small_profile());
    vec![
        extended_webp(&lossy, SIDES, 0x28, &[(b"ICCP", &icc)], &[(b"EXIF", &exif)]),
        extended_webp(&lossless, SIDES, 0x08, &[], &[(b"EXIF", &exif)]),
        webp(&transparent()),
        lossless_webp(&transparent()),
        lossy,
        lossless,
    ]
}

fn gifs() -> Vec<Vec<u8>> {
    vec![gif(&picture(), 1), gif(&picture(), 3)]
}

fn avifs() -> Vec<Vec<u8>> {
    [
        avif::PLAIN,
        avif::TEN_BIT,
        avif::ALPHA,
        avif::ROTATED,
        avif::MIRRORED,
        avif::GRID,
        avif::ANIMATED,
        avif::GRAY,
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}

fn exif_blocks() -> Vec<Vec<u8>> {
    let image = [
        (0x010e, Entry::Text("A red bicycle")),
        (0x0112, Entry::Short(6)),
        (0x8298, Entry::Text("An editor")),
    ];
    let exif = [
        (0x829a, Entry::Rationals(&[(1, 250)])),
        (0x829d, Entry::Rationals(&[(28, 10)])),
        (0x9003, Entry::Text("2026:05:17 14:03:12")),
        (0x9011, Entry::Text("+02:00")),
    ];
    let gps = [
        (0x0001, Entry::Text("N")),
        (0x0002, Entry::Rationals(&[(48, 1), (8, 1), (14, 1)])),
        (0x0003, Entry::Text("E")),
        (0x0004, Entry::Rationals(&[(11, 1), (34, 1), (31, 1)])),
        (0x0005, Entry::Byte(0)),
        (0x0006, Entry::Rationals(&[(519, 1)])),
    ];
    vec![tiff(&image, &exif, &gps), orientation_tiff(5)]
}

fn small_profile() -> Vec<u8> {
    moxcms::ColorProfile::new_display_p3()
        .encode()
        .unwrap_or_default()
}

fn profiles() -> Vec<Vec<u8>> {
    [
        moxcms::ColorProfile::new_srgb(),
        moxcms::ColorProfile::new_display_p3(),
        moxcms::ColorProfile::new_bt2020_pq(),
        moxcms::ColorProfile::new_gray_with_gamma(1.8),
        moxcms::ColorProfile::new_lab(),
    ]
    .iter()
    .filter_map(|profile| profile.encode().ok())
    .collect()
}
