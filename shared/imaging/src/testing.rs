//! Pictures made by code, and files made of them, for the tests of every step.

// It uses what only tests depend on.
#[cfg(test)]
pub(crate) mod animation;
pub(crate) mod bmp_file;
pub(crate) mod tiff_file;

use gif::{Encoder as GifEncoder, Frame};
use png::{BitDepth, ColorType};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use crate::{
    Allowance,
    decode::{self, Demand},
    encode::webp,
    pixels::Pixels,
    raster::Raster,
    resize::SourceBox,
};

/// Soft colours, a few hard edges and a little texture: what a photograph has, the same each time.
pub(crate) fn photo(width: u32, height: u32) -> Raster {
    let (w, h) = (width as f32, height as f32);
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let mut noise = 0x2545_f491_u32;
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / w, y as f32 / h);
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = ((noise >> 24) as f32 - 128.0) / 40.0;
            let wave = 18.0 * ((u * 23.0).sin() + (v * 17.0 + u * 5.0).cos());
            let disc = ((u - 0.7).powi(2) + (v - 0.35).powi(2)).sqrt() < 0.18;
            let base = if disc {
                [215.0, 60.0, 40.0]
            } else {
                [70.0 + 120.0 * u, 95.0 + 80.0 * v, 150.0 - 70.0 * u * v]
            };
            pixels.extend(base.map(|c| (c + wave + grain).clamp(0.0, 255.0) as u8));
        }
    }
    Raster::new(width, height, false, pixels).unwrap()
}

/// The pixels of a file that lies upright.
pub(crate) fn decoded(bytes: &[u8]) -> Raster {
    let picture = decode::decode(bytes, Demand::of_edge(u32::MAX), &Allowance::UNHURRIED).unwrap();
    assert_eq!(picture.orientation.exif(), 1, "the file lies upright");
    let source = SourceBox::whole(picture.extent);
    picture
        .pixels
        .resized_raster(source, picture.stored_width, picture.stored_height)
        .unwrap()
}

/// Four quarters: red, green, blue, white, in reading order. Wide enough that compression leaves their middles alone.
pub(crate) fn quarters(width: u32, height: u32) -> Raster {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => [220, 20, 20],
        (false, true) => [20, 180, 20],
        (true, false) => [20, 20, 220],
        (false, false) => [240, 240, 240],
    };
    let pixels = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| colour(x, y)))
        .collect();
    Raster::new(width, height, false, pixels).unwrap()
}

/// The middles of the four quarters, in reading order.
pub(crate) fn middles(raster: &Raster) -> [[u8; 3]; 4] {
    let at = |x: u32, y: u32| {
        let i = (y * raster.width + x) as usize * raster.channels();
        [raster.pixels[i], raster.pixels[i + 1], raster.pixels[i + 2]]
    };
    let (left, right) = (raster.width / 4, raster.width * 3 / 4);
    let (top, bottom) = (raster.height / 4, raster.height * 3 / 4);
    [at(left, top), at(right, top), at(left, bottom), at(right, bottom)]
}

/// What `quarters` has in its middles.
pub(crate) const QUARTERS: [[u8; 3]; 4] = [[220, 20, 20], [20, 180, 20], [20, 20, 220], [240, 240, 240]];

/// Asserts that colours are equal but for what lossy compression changes.
pub(crate) fn assert_near(found: &[[u8; 3]], expected: &[[u8; 3]], by: u8, what: &str) {
    let near = |f: &[u8; 3], e: &[u8; 3]| f.iter().zip(e).all(|(f, e)| f.abs_diff(*e) <= by);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| near(f, e)),
        "{what}: {found:?}, expected {expected:?}"
    );
}

/// Peak signal-to-noise ratio in dB over all channels; 40 is hardly to be seen, 30 plainly.
pub(crate) fn psnr(a: &Raster, b: &Raster) -> f64 {
    assert_eq!((a.width, a.height, a.alpha), (b.width, b.height, b.alpha));
    let squares: f64 = a
        .pixels
        .iter()
        .zip(&b.pixels)
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2))
        .sum();
    10.0 * (255.0 * 255.0 * a.pixels.len() as f64 / squares.max(1e-9)).log10()
}

/// How a test's JPEG is written.
#[derive(Clone, Copy)]
pub(crate) struct JpegKind {
    pub(crate) format: PixelFormat,
    pub(crate) subsampling: Subsamp,
    pub(crate) progressive: bool,
    pub(crate) quality: i32,
}

impl Default for JpegKind {
    fn default() -> Self {
        Self {
            format: PixelFormat::RGB,
            subsampling: Subsamp::None,
            progressive: false,
            quality: 95,
        }
    }
}

/// A JPEG of pixels that have the kind's format.
pub(crate) fn jpeg_of(pixels: &[u8], width: u32, height: u32, kind: JpegKind) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(kind.quality).unwrap();
    compressor.set_subsamp(kind.subsampling).unwrap();
    compressor.set_progressive(kind.progressive).unwrap();
    let (width, height) = (width as usize, height as usize);
    let image = Image {
        pixels,
        width,
        pitch: width * kind.format.size(),
        height,
        format: kind.format,
    };
    compressor.compress_to_vec(image).unwrap()
}

/// A plain JPEG.
pub(crate) fn jpeg(raster: &Raster) -> Vec<u8> {
    jpeg_of(&raster.pixels, raster.width, raster.height, JpegKind::default())
}

/// The JPEG with a segment behind its first marker.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, body, &jpeg[2..]].concat()
}

/// The JPEG with an EXIF block.
pub(crate) fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &[b"Exif\0\0", tiff].concat())
}

/// The JPEG with a colour profile, in one piece.
pub(crate) fn with_icc(jpeg: &[u8], icc: &[u8]) -> Vec<u8> {
    with_segment(jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01", icc].concat())
}

/// An entry of a TIFF directory.
pub(crate) enum Entry<'a> {
    Short(u16),
    Text(&'a str),
    Rationals(&'a [(u32, u32)]),
    Byte(u8),
}

/// A big-endian TIFF with an image, an EXIF and a GPS directory.
pub(crate) fn tiff(
    image: &[(u16, Entry<'_>)],
    exif: &[(u16, Entry<'_>)],
    gps: &[(u16, Entry<'_>)],
) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    let size = |entries: usize| 2 + 12 * entries + 4;
    let mut data_at = 8 + size(image.len() + 2) + size(exif.len()) + size(gps.len());
    let exif_at = (8 + size(image.len() + 2)) as u32;
    let gps_at = exif_at + size(exif.len()) as u32;
    let mut data = Vec::new();
    let mut directory = |tiff: &mut Vec<u8>, entries: &[(u16, Entry<'_>)], links: &[(u16, u32)]| {
        tiff.extend(((entries.len() + links.len()) as u16).to_be_bytes());
        for (tag, entry) in entries {
            let (kind, count, bytes): (u16, u32, Vec<u8>) = match entry {
                Entry::Short(value) => (3, 1, value.to_be_bytes().to_vec()),
                Entry::Byte(value) => (1, 1, vec![*value]),
                Entry::Text(text) => (2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat()),
                Entry::Rationals(values) => {
                    let bytes = values
                        .iter()
                        .flat_map(|(n, d)| [n.to_be_bytes(), d.to_be_bytes()].concat())
                        .collect();
                    (5, values.len() as u32, bytes)
                }
            };
            tiff.extend(tag.to_be_bytes());
            tiff.extend(kind.to_be_bytes());
            tiff.extend(count.to_be_bytes());
            if bytes.len() <= 4 {
                let mut inline = bytes;
                inline.resize(4, 0);
                tiff.extend(inline);
            } else {
                tiff.extend((data_at as u32).to_be_bytes());
                data_at += bytes.len();
                data.extend(bytes);
            }
        }
        for (tag, at) in links {
            tiff.extend(tag.to_be_bytes());
            tiff.extend([0, 4, 0, 0, 0, 1]);
            tiff.extend(at.to_be_bytes());
        }
        tiff.extend([0; 4]);
    };
    directory(&mut tiff, image, &[(0x8769, exif_at), (0x8825, gps_at)]);
    directory(&mut tiff, exif, &[]);
    directory(&mut tiff, gps, &[]);
    tiff.extend(data);
    tiff
}

/// A TIFF that says nothing but an orientation.
pub(crate) fn orientation_tiff(orientation: u16) -> Vec<u8> {
    tiff(&[(0x0112, Entry::Short(orientation))], &[], &[])
}

/// A PNG of samples that are laid out as `colour` and `depth` say; `set` may change the encoder first.
pub(crate) fn png_of(
    (width, height): (u32, u32),
    colour: ColorType,
    depth: BitDepth,
    samples: &[u8],
    set: impl FnOnce(&mut png::Info<'_>),
) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = colour;
    info.bit_depth = depth;
    set(&mut info);
    let mut bytes = Vec::new();
    let encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A plain PNG.
pub(crate) fn png(raster: &Raster) -> Vec<u8> {
    let colour = if raster.alpha {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    };
    png_of(
        (raster.width, raster.height),
        colour,
        BitDepth::Eight,
        &raster.pixels,
        |_| {},
    )
}

/// A chunk of a PNG with its checksum.
pub(crate) fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let crc = [&kind[..], body].concat().iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    [
        &(body.len() as u32).to_be_bytes(),
        &kind[..],
        body,
        &(!crc).to_be_bytes(),
    ]
    .concat()
}

/// An opaque PNG in the seven passes of Adam7, which the `png` crate does not write; not compressed.
pub(crate) fn interlaced_png(raster: &Raster) -> Vec<u8> {
    assert!(!raster.alpha);
    // First column and row of each pass, and the steps from there.
    const PASSES: [(u32, u32, u32, u32); 7] = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut rows = Vec::new();
    for (left, top, across, down) in PASSES {
        for y in (top..raster.height)
            .step_by(down as usize)
            .filter(|_| left < raster.width)
        {
            rows.push(0);
            for x in (left..raster.width).step_by(across as usize) {
                let at = 3 * (y * raster.width + x) as usize;
                rows.extend(&raster.pixels[at..at + 3]);
            }
        }
    }
    let mut zlib = vec![0x78, 0x01];
    for (i, block) in rows.chunks(60_000).enumerate() {
        let (last, length) = (u8::from((i + 1) * 60_000 >= rows.len()), block.len() as u16);
        zlib.push(last);
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    let (a, b) = rows.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    zlib.extend(((b << 16) | a).to_be_bytes());
    let header = [
        &raster.width.to_be_bytes()[..],
        &raster.height.to_be_bytes(),
        &[8, 2, 0, 0, 1],
    ]
    .concat();
    let chunks = [
        png_chunk(b"IHDR", &header),
        png_chunk(b"IDAT", &zlib),
        png_chunk(b"IEND", &[]),
    ]
    .concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks].concat()
}

/// A plain lossy WebP.
pub(crate) fn webp(raster: &Raster) -> Vec<u8> {
    webp::encode(&Pixels::Raster(raster.clone()), webp::Coding::Lossy(95)).unwrap()
}

/// A lossless WebP.
pub(crate) fn lossless_webp(raster: &Raster) -> Vec<u8> {
    webp::encode(&Pixels::Raster(raster.clone()), webp::Coding::Lossless).unwrap()
}

/// The simple WebP in an extended file with these flags and further chunks before and behind the picture.
pub(crate) fn extended_webp(
    simple: &[u8],
    (width, height): (u32, u32),
    flags: u8,
    before: &[(&[u8; 4], &[u8])],
    behind: &[(&[u8; 4], &[u8])],
) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut chunk = [&kind[..], &(body.len() as u32).to_le_bytes(), body].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(
        b"VP8X",
        &[vec![flags, 0, 0, 0], side(width), side(height)].concat(),
    ));
    before
        .iter()
        .for_each(|(kind, bytes)| body.extend(chunk(kind, bytes)));
    body.extend(&simple[12..]);
    behind
        .iter()
        .for_each(|(kind, bytes)| body.extend(chunk(kind, bytes)));
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// A GIF with as many equal frames.
pub(crate) fn gif(raster: &Raster, frames: usize) -> Vec<u8> {
    let (width, height) = (raster.width as u16, raster.height as u16);
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes, width, height, &[]).unwrap();
    for _ in 0..frames {
        encoder
            .write_frame(&Frame::from_rgb(width, height, &raster.pixels))
            .unwrap();
    }
    drop(encoder);
    bytes
}

/// AVIF files: no encoder is small enough for a test. Made of `quarters(64, 48)` by libavif 0.11 (Debian 12), see
/// `tests/fixtures/README.md`.
pub(crate) mod avif {
    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../tests/fixtures/", $name, ".avif"))
        };
    }
    pub(crate) const PLAIN: &[u8] = fixture!("plain");
    pub(crate) const TEN_BIT: &[u8] = fixture!("ten-bit");
    pub(crate) const ALPHA: &[u8] = fixture!("alpha");
    pub(crate) const ROTATED: &[u8] = fixture!("rotated");
    pub(crate) const MIRRORED: &[u8] = fixture!("mirrored");
    pub(crate) const GRID: &[u8] = fixture!("grid");
    pub(crate) const ANIMATED: &[u8] = fixture!("animated");
    pub(crate) const GRAY: &[u8] = fixture!("gray");
}
