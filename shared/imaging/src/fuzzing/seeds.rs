//! What the fuzzer begins with: small sound files of every kind, made by code.

use png::{BitDepth, ColorType};
use turbojpeg::{PixelFormat, Subsamp};

use crate::{
    Allowance, OutputFormat, RenderOptions, RenderRequest, Size, Source,
    raster::Raster,
    render,
    testing::{
        Entry, JpegKind, avif,
        bmp_file::{bmp, bmp_of, info},
        extended_webp, gif, interlaced_png, jpeg, jpeg_of, lossless_webp, orientation_tiff, photo, png,
        png_chunk, png_of, tiff,
        tiff_file::{Kind, tiff_of},
        webp, with_exif, with_icc, with_segment,
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
        "decode_tiff" => tiffs(),
        "decode_bmp" => bmps(),
        "decode_svg" => svgs(),
        // The first byte says how the file is cut.
        "scanner" => [jpegs(), pngs(), webps(), gifs(), avifs(), tiffs(), bmps(), svgs()]
            .concat()
            .iter()
            .enumerate()
            .map(|(i, file)| [&[(i * 37) as u8], &file[..]].concat())
            .collect(),
        "metadata" => [exif_blocks(), xmp_packets(), iptc_blocks()].concat(),
        "rendering" => renderings(),
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
    files.push(animated_png());
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
        animated(OutputFormat::Webp),
        lossy,
        lossless,
    ]
}

fn gifs() -> Vec<Vec<u8>> {
    vec![
        gif(&picture(), 1),
        gif(&picture(), 3),
        animated(OutputFormat::Gif),
    ]
}

/// Three frames, as the engine itself writes them.
fn animated(format: OutputFormat) -> Vec<u8> {
    let options = RenderOptions {
        width: Some(16),
        format,
        ..RenderOptions::default()
    };
    let request = RenderRequest {
        source: Source::Original(&gif(&picture(), 3)),
        original: Size {
            width: SIDES.0,
            height: SIDES.1,
        },
        options: &options,
        watermark: None,
    };
    render(&request, &Allowance::UNHURRIED).unwrap().bytes
}

/// Three frames in a PNG.
fn animated_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDES.0, SIDES.1);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_animated(3, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..3 {
        writer.write_image_data(&picture().pixels).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn tiffs() -> Vec<Vec<u8>> {
    let of = |kind: Kind| tiff_of(&picture(), kind);
    let mut files = vec![tiff_of(&transparent(), Kind::default())];
    for compression in [1, 5, 8, 32_773] {
        files.push(of(Kind {
            compression,
            ..Kind::default()
        }));
        files.push(of(Kind {
            compression,
            little: false,
            chunk: (16, 16),
            bits: 16,
            planar: true,
            ..Kind::default()
        }));
    }
    files.push(of(Kind {
        big: true,
        directory_first: true,
        orientation: 6,
        ..Kind::default()
    }));
    files.push(of(Kind {
        compression: 8,
        differenced: true,
        ..Kind::default()
    }));
    files
}

fn bmps() -> Vec<Vec<u8>> {
    let run_lengths = [4, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 1];
    let palette = [0, 0, 255, 0, 0, 255, 0, 0];
    vec![
        bmp(&picture()),
        bmp_of(&info(40, (4, 2), 8, 1), &palette.repeat(128), &run_lengths),
        bmp_of(&info(40, (4, 2), 4, 2), &palette.repeat(8), &run_lengths),
        bmp_of(
            &info(40, (9, 2), 1, 0),
            &palette,
            &[0xa5, 0x80, 0, 0, 0x5a, 0, 0, 0],
        ),
        bmp_of(&info(124, (2, -2), 32, 0), &[], &[7; 16]),
        bmp_of(&info(40, (2, 2), 16, 0), &[], &[7; 8]),
    ]
}

fn svgs() -> Vec<Vec<u8>> {
    [
        "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='18'><path d='M0 0h9v9z' fill='red'/></svg>",
        "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY c 'blue'>]><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 20'>\
         <style>.a{fill:url(#g)}</style><linearGradient id='g'><stop stop-color='&c;'/></linearGradient>\
         <path class='a' d='M0 0h9v9z'/><use href='#b' x='9'/><g id='b' opacity='.5'><circle r='4'/></g></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink' viewBox='0 0 9 9'>\
         <filter id='f'><feGaussianBlur stdDeviation='1'/><feTurbulence baseFrequency='.1'/></filter>\
         <mask id='m'><rect width='5' height='5' fill='#fff'/></mask><clipPath id='c'><rect width='6' height='6'/></clipPath>\
         <pattern id='p' width='2' height='2' patternUnits='userSpaceOnUse'><rect width='1' height='1'/></pattern>\
         <marker id='k'><path d='M0 0h1v1z'/></marker><g filter='url(#f)' mask='url(#m)' clip-path='url(#c)'>\
         <rect width='9' height='9' fill='url(#p)'/><path marker-mid='url(#k)' d='M1 1h2l2 2z' stroke='red' stroke-dasharray='1 2'/></g>\
         <image x:href='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' width='3' height='3'/></svg>",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

fn xmp_packets() -> Vec<Vec<u8>> {
    let packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
        <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'>\
        <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>A red bicycle</rdf:li></rdf:Alt></dc:title>\
        <dc:subject><rdf:Bag><rdf:li>red</rdf:li><rdf:li>bicycle</rdf:li></rdf:Bag></dc:subject>\
        </rdf:Description></rdf:RDF></x:xmpmeta>";
    vec![packet.as_bytes().to_vec()]
}

fn iptc_blocks() -> Vec<Vec<u8>> {
    let record = |number: u8, text: &[u8]| [&[0x1c, 2, number, 0, text.len() as u8], text].concat();
    let records = [
        vec![0x1c, 1, 90, 0, 3, 0x1b, 0x25, 0x47],
        record(5, b"A title"),
        record(25, b"red"),
        record(25, b"bicycle"),
        record(55, b"20260517"),
        record(60, b"140312+0200"),
    ]
    .concat();
    let resource = [
        &b"8BIM\x04\x04\0\0"[..],
        &(records.len() as u32).to_be_bytes(),
        &records,
    ]
    .concat();
    vec![records, resource]
}

/// What they mean is the target's business: any bytes are options.
fn renderings() -> Vec<Vec<u8>> {
    let ramp: Vec<u8> = (0..48).map(|i| i * 5).collect();
    vec![vec![0; 48], ramp.clone(), [ramp, png(&transparent())].concat()]
}

fn avifs() -> Vec<Vec<u8>> {
    [
        avif::PLAIN,
        avif::TEN_BIT,
        avif::ALPHA,
        avif::ROTATED,
        avif::MIRRORED,
        avif::GRID,
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
