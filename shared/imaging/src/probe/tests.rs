use ::gif::Repeat;
use proptest::prelude::*;

use super::*;
use crate::testing::{
    JpegKind,
    animation::{After, Step, apng_of, gif_of, webp_of},
    avif, bmp_file, extended_webp, gif, interlaced_png, jpeg, jpeg_of, lossless_webp, photo, png, png_chunk,
    tiff_file::{Kind, tiff_of},
    webp, with_segment,
};

fn scan(bytes: &[u8], chunk: usize) -> Result<Header, ProbeError> {
    let mut scanner = Scanner::new(Limits::default());
    for chunk in bytes.chunks(chunk) {
        scanner.push(chunk)?;
    }
    scanner.finish()
}

/// Whole still files of every kind, with what their headers say.
fn files() -> Vec<(&'static str, Vec<u8>, Header)> {
    let raster = photo(61, 37);
    let header = |format, width, height| Header {
        format,
        width,
        height,
        frames: 1,
    };
    let ours = |format| header(format, 61, 37);
    let progressive = JpegKind {
        progressive: true,
        ..JpegKind::default()
    };
    let mut translucent = raster.clone().with_alpha();
    translucent.pixels[3] = 7;
    vec![
        ("JPEG", jpeg(&raster), ours(ImageFormat::Jpeg)),
        (
            "progressive JPEG",
            jpeg_of(&raster.pixels, 61, 37, progressive),
            ours(ImageFormat::Jpeg),
        ),
        ("PNG", png(&raster), ours(ImageFormat::Png)),
        ("interlaced PNG", interlaced_png(&raster), ours(ImageFormat::Png)),
        ("lossy WebP", webp(&raster), ours(ImageFormat::Webp)),
        ("lossless WebP", lossless_webp(&raster), ours(ImageFormat::Webp)),
        ("WebP with alpha", webp(&translucent), ours(ImageFormat::Webp)),
        (
            "extended WebP",
            extended_webp(&webp(&raster), (61, 37), 0x08, &[], &[(b"EXIF", b"odd")]),
            ours(ImageFormat::Webp),
        ),
        ("GIF", gif(&raster, 1), ours(ImageFormat::Gif)),
        ("AVIF", avif::PLAIN.to_vec(), header(ImageFormat::Avif, 64, 48)),
        (
            "AVIF with alpha",
            avif::ALPHA.to_vec(),
            header(ImageFormat::Avif, 64, 48),
        ),
        (
            "AVIF of tiles",
            avif::GRID.to_vec(),
            header(ImageFormat::Avif, 128, 128),
        ),
        (
            "SVG",
            b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 61 37'><path d='M0 0h9v9z'/></svg>"
                .to_vec(),
            header(ImageFormat::Svg, 2_560, 1_553),
        ),
        ("BMP", bmp_file::bmp(&raster), ours(ImageFormat::Bmp)),
        ("TIFF", tiff_of(&raster, Kind::default()), ours(ImageFormat::Tiff)),
        (
            "TIFF whose directory comes first",
            tiff_of(
                &raster,
                Kind {
                    directory_first: true,
                    compression: 5,
                    ..Kind::default()
                },
            ),
            ours(ImageFormat::Tiff),
        ),
        (
            "BigTIFF of tiles",
            tiff_of(
                &raster,
                Kind {
                    big: true,
                    little: false,
                    chunk: (16, 16),
                    ..Kind::default()
                },
            ),
            ours(ImageFormat::Tiff),
        ),
    ]
}

#[test]
fn every_format_is_read_whole_byte_by_byte_and_in_between() {
    for (name, bytes, header) in files() {
        for chunk in [1, 2, 3, 7, 64, 1_000, bytes.len()] {
            assert_eq!(scan(&bytes, chunk), Ok(header), "{name} in chunks of {chunk}");
        }
    }
}

#[test]
fn a_file_cut_off_at_any_length_is_refused_as_truncated() {
    for (name, bytes, header) in files() {
        for length in 1..bytes.len() {
            let result = scan(&bytes[..length], 53);
            match result {
                Err(ProbeError::Truncated { format, .. }) => {
                    assert_eq!(format, header.format, "{name} cut at {length}")
                }
                // Three bytes of a RIFF may still become another format than WebP; they are at least refused.
                other => panic!("{name} cut at {length} of {}: {other:?}", bytes.len()),
            }
        }
    }
}

#[test]
fn an_empty_file_is_called_empty() {
    assert_eq!(scan(&[], 1), Err(ProbeError::Empty));
}

#[test]
fn other_files_are_called_by_their_name() {
    let cases: [(&[u8], &str); 13] = [
        (b"%PDF-1.7 and so on", "a PDF document"),
        (b"PK\x03\x04 a zip archive", "a ZIP archive or an office document"),
        (b"Dear editor, here are the photos", "text"),
        ("Größe: 10 × 12".as_bytes(), "text"),
        (b"Hi", "text"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a sound"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", sniff::HEIC),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0", "a camera raw picture"),
        (b"BMW is a maker of cars", "text"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "a program"),
        (
            b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c",
            "something unknown",
        ),
    ];
    for (bytes, found) in cases {
        for chunk in [1, bytes.len()] {
            assert_eq!(
                scan(bytes, chunk),
                Err(ProbeError::UnsupportedFormat { found }),
                "{bytes:?}"
            );
        }
    }
}

#[test]
fn a_wrong_type_is_refused_at_the_first_chunk() {
    let mut scanner = Scanner::new(Limits::default());
    let refused = Err(ProbeError::UnsupportedFormat {
        found: "a PDF document",
    });
    assert_eq!(scanner.push(b"%PDF-1.7 and so on"), refused);
    assert_eq!(scanner.push(b"more of it"), refused, "the first error is final");
    assert_eq!(scanner.finish().map(|_| ()), refused);
}

/// The first bytes of a PNG with this header.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &png_chunk(b"IHDR", &header)].concat()
}

#[test]
fn a_pixel_bomb_is_refused_as_soon_as_its_header_is_there() {
    let mut scanner = Scanner::new(Limits::default());
    assert_eq!(
        scanner.push(&png_head(65_535, 65_535)),
        Err(ProbeError::TooManyPixels {
            width: 65_535,
            height: 65_535,
            max_pixels: 100_000_000
        })
    );
    assert_eq!(
        scan(&png_head(100_000, 3), 1),
        Err(ProbeError::SideTooLong {
            width: 100_000,
            height: 3,
            max_side: 65_535
        })
    );
    assert_eq!(scan(&png_head(0, 3), 5), Err(ProbeError::NoPixels));
    assert_eq!(
        scan(&png_head(u32::MAX, u32::MAX), 5),
        Err(ProbeError::Damaged {
            format: ImageFormat::Png,
            what: "its header makes no sense"
        })
    );
    let mut limited = Scanner::new(Limits {
        max_pixels: 2_000,
        ..Limits::default()
    });
    assert!(matches!(
        limited.push(&jpeg(&photo(61, 37))),
        Err(ProbeError::TooManyPixels { .. })
    ));
}

#[test]
fn the_header_is_known_before_the_end() {
    let bytes = jpeg(&photo(61, 37));
    let mut scanner = Scanner::new(Limits::default());
    assert_eq!(scanner.header(), None);
    scanner.push(&bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(
        scanner.header(),
        Some(Header {
            format: ImageFormat::Jpeg,
            width: 61,
            height: 37,
            frames: 1
        })
    );
}

/// Four frames of every format whose animations are read.
fn animations() -> [(ImageFormat, Vec<u8>); 4] {
    let step = Step {
        left: 0,
        top: 0,
        width: 20,
        height: 10,
        colour: [1, 2, 3, 255],
        after: After::Keep,
        over: true,
        delay_ms: 100,
    };
    let steps = [step; 4];
    [
        (
            ImageFormat::Gif,
            gif_of(&steps, (20, 10), Repeat::Infinite, false),
        ),
        (ImageFormat::Png, apng_of(&steps, (20, 10), 0, false)),
        (ImageFormat::Png, apng_of(&steps, (20, 10), 0, true)),
        (ImageFormat::Webp, webp_of(&steps, (20, 10), 0)),
    ]
}

#[test]
fn frames_are_counted() {
    for (format, bytes) in animations() {
        let header = Header {
            format,
            width: 20,
            height: 10,
            frames: 4,
        };
        for chunk in [1, 7, 100, bytes.len()] {
            assert_eq!(scan(&bytes, chunk), Ok(header), "in chunks of {chunk}");
        }
        for length in 1..bytes.len() {
            assert!(
                matches!(scan(&bytes[..length], 53), Err(ProbeError::Truncated { .. })),
                "{format:?} cut at {length} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn what_a_png_claims_of_its_frames_is_not_trusted() {
    let (_, mut bytes) = animations().into_iter().nth(1).unwrap();
    let at = bytes.windows(4).position(|name| name == b"acTL").unwrap() + 4;
    for (claim, frames) in [(3_u32, 3), (1, 1), (0, 1), (u32::MAX, 4)] {
        bytes[at..at + 4].copy_from_slice(&claim.to_be_bytes());
        assert_eq!(scan(&bytes, 11).map(|header| header.frames), Ok(frames));
    }
}

#[test]
fn one_frame_too_many_is_refused_before_the_end() {
    let frames = |max_frames| Limits {
        max_frames,
        ..Limits::DEFAULT
    };
    let pixels = |max_animation_pixels| Limits {
        max_animation_pixels,
        ..Limits::DEFAULT
    };
    for (_, bytes) in animations() {
        let push = |limits: Limits| Scanner::new(limits).push(&bytes[..bytes.len() - 15]);
        assert_eq!(push(frames(4)), Ok(()));
        assert_eq!(push(frames(3)), Err(ProbeError::TooManyFrames { max_frames: 3 }));
        assert_eq!(push(pixels(800)), Ok(()));
        let too_many = ProbeError::TooManyAnimationPixels {
            width: 20,
            height: 10,
            max_animation_pixels: 799,
        };
        assert_eq!(push(pixels(799)), Err(too_many));
    }
    // A still picture may be larger than an animation.
    let mut scanner = Scanner::new(pixels(10));
    assert_eq!(scanner.push(&gif(&photo(61, 37), 1)), Ok(()));
    assert!(scanner.finish().is_ok());
}

#[test]
fn a_gif_without_an_end_is_refused_at_the_limit() {
    let (_, bytes) = animations().into_iter().next().unwrap();
    let frame = gif(&photo(2, 2), 2);
    let first = frame.iter().position(|byte| *byte == 0x21).unwrap();
    let again = &frame[first..frame.len() - 1];
    let mut scanner = Scanner::new(Limits::DEFAULT);
    scanner.push(&bytes[..bytes.len() - 1]).unwrap();
    let mut pushed = 0;
    let refused = loop {
        pushed += 1;
        assert!(pushed < 1_000, "it is never refused");
        if let Err(refused) = scanner.push(again) {
            break refused;
        }
    };
    assert_eq!(refused, ProbeError::TooManyFrames { max_frames: 200 });
    assert_eq!(
        refused.to_string(),
        "the animation has more than 200 frames, and no more are taken; shorten it, or leave every other frame out"
    );
}

#[test]
fn an_animated_avif_is_refused() {
    for chunk in [1, avif::ANIMATED.len()] {
        assert_eq!(
            scan(avif::ANIMATED, chunk),
            Err(ProbeError::Animated {
                format: ImageFormat::Avif
            })
        );
    }
}

#[test]
fn bytes_behind_the_end_are_tolerated() {
    for (name, mut bytes, header) in files() {
        if matches!(header.format, ImageFormat::Avif | ImageFormat::Svg) {
            continue;
        }
        bytes.extend(b"a video that a phone appended \xff\xd8\xff\xd9");
        assert_eq!(scan(&bytes, 19), Ok(header), "{name}");
    }
}

#[test]
fn stray_and_fill_bytes_between_jpeg_segments_are_tolerated() {
    let mut bytes = with_segment(&jpeg(&photo(30, 20)), 0xfe, b"a comment");
    bytes.splice(2..2, [0xff, 0xff, 0xff]);
    assert!(scan(&bytes, 5).is_ok());
}

#[test]
fn jpegs_that_contradict_themselves_are_damaged() {
    let damaged = |bytes: &[u8]| match scan(bytes, 3) {
        Err(ProbeError::Damaged { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(damaged(b"\xff\xd8\xff\xd9"), "it ends before its header");
    assert_eq!(
        damaged(b"\xff\xd8\xff\xe0\0\x01"),
        "a segment is shorter than its own length"
    );
    assert_eq!(
        damaged(b"\xff\xd8\xff\xda\0\x08"),
        "its picture comes before its header"
    );
    assert_eq!(
        damaged(b"\xff\xd8\xff\xc0\0\x08\x08\0\x01\0\x01\x01\xff\xd9"),
        "it has a header, but no picture"
    );
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_that_helps() {
    let truncated = ProbeError::Truncated {
        format: ImageFormat::Jpeg,
        what: "part of the picture",
    };
    assert_eq!(
        truncated.to_string(),
        "the file ends too early: part of the picture of the JPEG is missing; it was probably cut off on its way, send it again"
    );
    let bomb = ProbeError::TooManyPixels {
        width: 65_535,
        height: 65_535,
        max_pixels: 100_000_000,
    };
    assert_eq!(
        bomb.to_string(),
        "the picture has 65535 × 65535 pixels, 4295 megapixels, and at most 100 are taken; make it smaller"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), magic in 0_usize..6, chunk in 1_usize..40) {
        let magic: &[u8] = [
            &b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\x02\0\0WEBP", b"\0\0\0\x14ftypavif\0\0\0\0avif",
        ][magic];
        let _ = scan(&[magic, &bytes].concat(), chunk);
    }

    #[test]
    fn a_mutated_file_gives_the_same_answer_however_it_is_cut(
        file in 0_usize..17, at in any::<prop::sample::Index>(), byte in any::<u8>(), chunk in 1_usize..97,
    ) {
        let (_, mut bytes, _) = files().swap_remove(file);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(scan(&bytes, chunk), scan(&bytes, bytes.len()));
    }
}
