use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::{super::turbo, *};
use crate::{planar::Plane, raster::Raster, testing::photo};

/// How a test's file is written.
#[derive(Clone, Copy, Debug)]
struct Kind {
    subsampling: Subsamp,
    quality: i32,
    optimised: bool,
    /// MCUs between restart markers.
    restart: u16,
}

const PLAIN: Kind = Kind {
    subsampling: Subsamp::Sub2x2,
    quality: 90,
    optimised: false,
    restart: 0,
};

const SUBSAMPLINGS: [Subsamp; 7] = [
    Subsamp::None,
    Subsamp::Sub2x1,
    Subsamp::Sub2x2,
    Subsamp::Sub1x2,
    Subsamp::Sub4x1,
    Subsamp::Sub1x4,
    Subsamp::Gray,
];

fn file(raster: &Raster, kind: Kind) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(kind.quality).unwrap();
    compressor.set_subsamp(kind.subsampling).unwrap();
    compressor.set_optimize(kind.optimised).unwrap();
    let image = Image {
        pixels: raster.pixels.as_slice(),
        width: raster.width as usize,
        pitch: raster.width as usize * 3,
        height: raster.height as usize,
        format: PixelFormat::RGB,
    };
    let file = compressor.compress_to_vec(image).unwrap();
    if kind.restart == 0 {
        file
    } else {
        with_restarts(raster, kind)
    }
}

/// The turbojpeg crate has no door to this: a restart marker behind each MCU of pictures that are one MCU each, put together.
fn with_restarts(raster: &Raster, kind: Kind) -> Vec<u8> {
    assert_eq!(
        (kind.subsampling, kind.restart),
        (Subsamp::Sub2x2, 1),
        "MCUs of 16 by 16"
    );
    let tables = Kind {
        restart: 0,
        optimised: false,
        ..kind
    };
    let mut whole = file(raster, tables);
    let scan_of = |file: &[u8]| {
        let marker = file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        marker + 2 + usize::from(u16::from_be_bytes([file[marker + 2], file[marker + 3]]))
    };
    whole.truncate(scan_of(&whole));
    let mut number = 0;
    for top in (0..raster.height).step_by(16) {
        for left in (0..raster.width).step_by(16) {
            let pixels = (0..256).flat_map(|i| {
                let (x, y) = (
                    (left + i % 16).min(raster.width - 1),
                    (top + i / 16).min(raster.height - 1),
                );
                let at = 3 * (y * raster.width + x) as usize;
                raster.pixels[at..at + 3].to_vec()
            });
            let mcu = file(&Raster::new(16, 16, false, pixels.collect()).unwrap(), tables);
            if number > 0 {
                whole.extend([0xff, 0xd0 + ((number - 1) & 7) as u8]);
            }
            number += 1;
            whole.extend(&mcu[scan_of(&mcu)..mcu.len() - 2]);
        }
    }
    whole.extend([0xff, 0xd9]);
    // The interval, before everything else.
    whole.splice(2..2, [0xff, 0xdd, 0, 4, 0, 1]);
    whole
}

fn expected(raster: &Raster, kind: Kind, by: u32) -> Expected {
    let step = match kind.subsampling {
        Subsamp::None => Some((1, 1)),
        Subsamp::Sub2x1 => Some((2, 1)),
        Subsamp::Sub2x2 => Some((2, 2)),
        Subsamp::Sub1x2 => Some((1, 2)),
        Subsamp::Sub4x1 => Some((4, 1)),
        Subsamp::Sub1x4 => Some((1, 4)),
        _ => None,
    };
    Expected {
        stored: (raster.width, raster.height),
        step,
        by,
    }
}

fn own(bytes: &[u8], expected: Expected) -> Option<Planar> {
    decode(bytes, expected, &Allowance::UNHURRIED).unwrap()
}

/// As libjpeg-turbo decodes it.
fn other(bytes: &[u8], Expected { stored, step, by }: Expected) -> Result<Planar, ImagingError> {
    let handle = turbo::Handle::open(bytes, turbo::Tolerance::Refuse)?;
    let plan = turbo::Plan {
        by,
        stored,
        scaled: (stored.0.div_ceil(by), stored.1.div_ceil(by)),
    };
    turbo::planar(&handle, bytes, &plan, step, &Allowance::UNHURRIED)
}

/// The planes as far as the picture goes: behind it libjpeg-turbo's luma is not that of the file.
fn planes(planar: &Planar, Expected { stored, by, .. }: Expected) -> Vec<Plane> {
    let (width, height) = (stored.0.div_ceil(by), stored.1.div_ceil(by));
    let luma = Plane {
        width,
        height,
        samples: planar
            .luma
            .rows()
            .take(height as usize)
            .flat_map(|row| &row[..width as usize])
            .copied()
            .collect(),
    };
    std::iter::once(luma)
        .chain(planar.chroma.iter().flatten().cloned())
        .collect()
}

/// Peak signal-to-noise ratio in dB over all planes.
fn likeness(a: &Planar, b: &Planar, expected: Expected) -> f64 {
    let (mut squares, mut count) = (0.0, 0);
    for (a, b) in planes(a, expected).iter().zip(&planes(b, expected)) {
        assert_eq!((a.width, a.height), (b.width, b.height));
        count += a.samples.len();
        squares += a
            .samples
            .iter()
            .zip(&b.samples)
            .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2))
            .sum::<f64>();
    }
    assert_eq!((a.chroma.is_some(), a.step), (b.chroma.is_some(), b.step));
    10.0 * (255.0 * 255.0 * count as f64 / squares.max(1e-9)).log10()
}

/// Noise, hard edges and plain colour, with the largest coefficients that there are.
fn harsh(width: u32, height: u32) -> Raster {
    let mut noise = 1_u32;
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let level = match x / 16 % 3 {
            0 => 255 * ((x + y) % 2) as u8,
            1 => (noise >> 24) as u8,
            _ => 255 * (y / 8 % 2) as u8,
        };
        [level, 255 - level, (noise >> 16) as u8]
    });
    Raster::new(width, height, false, pixels.collect()).unwrap()
}

#[test]
fn every_sampling_and_size_looks_as_libjpeg_turbo_shows_it() {
    for subsampling in SUBSAMPLINGS {
        for (width, height) in [(1, 1), (8, 8), (17, 33), (64, 48), (131, 75), (300, 9)] {
            for by in [2, 4, 8] {
                let kind = Kind {
                    subsampling,
                    optimised: width % 2 == 0,
                    ..PLAIN
                };
                let raster = photo(width, height);
                let expected = expected(&raster, kind, by);
                let bytes = file(&raster, kind);
                let ours = own(&bytes, expected).unwrap();
                let theirs = other(&bytes, expected).unwrap();
                let db = likeness(&ours, &theirs, expected);
                assert!(db > LEAST_DB, "{kind:?}, {width} × {height} by {by}: {db:.1} dB");
            }
        }
    }
}

/// The grain of the test picture lies in the frequencies that libjpeg-turbo folds down, and we leave out.
const LEAST_DB: f64 = 28.0;

#[test]
fn the_means_of_blocks_are_those_of_libjpeg_turbo() {
    // At an eighth nothing but the mean is left of a block, so that any bit that is read wrongly shows.
    for raster in [photo(333, 201), harsh(333, 201)] {
        for subsampling in SUBSAMPLINGS {
            for (quality, optimised) in [(1, false), (50, true), (95, false), (100, true)] {
                let kind = Kind {
                    subsampling,
                    quality,
                    optimised,
                    restart: 0,
                };
                let expected = expected(&raster, kind, 8);
                let bytes = file(&raster, kind);
                let ours = own(&bytes, expected).unwrap();
                let theirs = other(&bytes, expected).unwrap();
                for (a, b) in planes(&ours, expected).iter().zip(&planes(&theirs, expected)) {
                    assert_eq!((a.width, a.height), (b.width, b.height));
                    let worst = a
                        .samples
                        .iter()
                        .zip(&b.samples)
                        .map(|(a, b)| a.abs_diff(*b))
                        .max();
                    assert!(worst <= Some(1), "{kind:?}: {worst:?}");
                }
            }
        }
    }
}

#[test]
fn restart_markers_are_passed() {
    let raster = photo(150, 101);
    let kind = Kind { restart: 1, ..PLAIN };
    let bytes = file(&raster, kind);
    for by in [2, 4, 8] {
        let expected = expected(&raster, kind, by);
        let ours = own(&bytes, expected).unwrap();
        let db = likeness(&ours, &other(&bytes, expected).unwrap(), expected);
        assert!(db > LEAST_DB, "by {by}: {db:.1} dB");
    }
    // The third one has another number.
    let mut wrong = bytes;
    let marker = wrong.windows(2).position(|pair| pair == [0xff, 0xd2]).unwrap();
    wrong[marker + 1] = 0xd5;
    assert_eq!(own(&wrong, expected(&raster, kind, 2)), None);
}

#[test]
fn what_is_cut_off_or_goes_on_is_left_to_libjpeg_turbo() {
    let raster = photo(97, 61);
    let expected = expected(&raster, PLAIN, 2);
    let bytes = file(&raster, PLAIN);
    assert!(own(&bytes, expected).is_some());
    for end in 0..bytes.len() {
        assert_eq!(own(&bytes[..end], expected), None, "{end} bytes");
    }
    // Bytes behind the end belong to nobody; before the end they may be a part of the picture.
    assert!(own(&[&bytes[..], b"more"].concat(), expected).is_some());
    let scan_end = bytes.len() - 2;
    let longer = [&bytes[..scan_end], &[1, 2, 3], &bytes[scan_end..]].concat();
    assert_eq!(own(&longer, expected), None);
}

#[test]
fn what_we_take_libjpeg_turbo_takes_too() {
    let raster = photo(80, 64);
    let mut taken = 0;
    for kind in [
        PLAIN,
        Kind {
            optimised: true,
            ..PLAIN
        },
        Kind { restart: 1, ..PLAIN },
    ] {
        let bytes = file(&raster, kind);
        let expected = expected(&raster, kind, 4);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            if own(&damaged, expected).is_some()
                && turbo::Handle::open(&damaged, turbo::Tolerance::Refuse)
                    .and_then(|handle| handle.sides())
                    .is_ok_and(|sides| sides == expected.stored)
            {
                let theirs = other(&damaged, expected);
                assert!(theirs.is_ok(), "{kind:?}, byte {at}: {theirs:?}");
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "most flipped bits give another picture: {taken}");
}

#[test]
fn other_kinds_are_left_to_libjpeg_turbo() {
    let raster = photo(64, 48);
    let expected = expected(&raster, PLAIN, 2);
    let bytes = file(&raster, PLAIN);
    let with = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|found| found == from).unwrap();
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    };
    // Progressive, arithmetic, twelve bits, a missing table, another size, a component sampled oddly.
    let frame = [0xff, 0xc0, 0, 17, 8];
    for other in [
        with(&frame, &[0xff, 0xc2, 0, 17, 8]),
        with(&frame, &[0xff, 0xc9, 0, 17, 8]),
        with(&frame, &[0xff, 0xc1, 0, 17, 12]),
        with(&[0xff, 0xc4], &[0xff, 0xe4]),
        with(&[0xff, 0xdb], &[0xff, 0xe4]),
        with(&[8, 0, 48, 0, 64, 3], &[8, 0, 40, 0, 64, 3]),
        with(&[1, 0x22, 0], &[1, 0x32, 0]),
        with(&[1, 0x22, 0], &[1, 0x21, 0]),
    ] {
        assert_eq!(own(&other, expected), None);
    }
    assert!(own(&with(&frame, &[0xff, 0xc1, 0, 17, 8]), expected).is_some());
}

#[test]
fn memory_and_time_are_asked_for() {
    let raster = photo(400, 300);
    let expected = expected(&raster, PLAIN, 2);
    let bytes = file(&raster, PLAIN);
    let little = Allowance {
        memory_bytes: 40_000,
        ..Allowance::UNHURRIED
    };
    assert_eq!(decode(&bytes, expected, &little), Ok(None));
    let late = Allowance {
        is_over: &|| true,
        ..Allowance::UNHURRIED
    };
    assert_eq!(decode(&bytes, expected, &late), Err(ImagingError::OutOfTime));
}
