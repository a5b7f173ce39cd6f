//! What every option does to a picture, compared with what it did when somebody looked at it.
//!
//! `visual.json` holds for each case the size of the answer and a grid of its mean colours. An answer passes while no
//! channel of a cell is further from it than [`TOLERANCE`]: codecs may change their rounding, and nothing else may change.
//! `TINTYPE_BLESS=1 cargo test -p tintype-delivery --test visual` writes the file anew: look at the difference.

#![allow(
    clippy::unwrap_used,
    reason = "clippy takes functions beside the tests for something else"
)]

mod common;

use std::{collections::BTreeMap, env, fs};

use axum::http::StatusCode;
use common::Site;
use domain::ImageFormat;
use imaging::{Allowance, Fit, OutputFormat, RenderOptions, RenderRequest, Size, Source};
use serde::{Deserialize, Serialize};

/// Of 255. Lossy codecs at quality 80 move the mean of a cell by less than 4.
const TOLERANCE: u8 = 6;

/// Cells across and down.
const GRID: (u32, u32) = (8, 6);

/// What an answer looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    content_type: String,
    width: u32,
    height: u32,
    /// Rows of cells, each `rrggbbaa`.
    cells: Vec<String>,
}

/// A picture in which every turn, mirror and cut shows: brighter to the right, greener downwards, a red disc left of the
/// middle, white margins where `margin` is not 0, and transparent in the lower right corner where `alpha` is asked for.
fn picture(margin: i32, alpha: bool) -> Vec<u8> {
    let (width, height) = (320, 240);
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let inside = (margin..width - margin).contains(&x) && (margin..height - margin).contains(&y);
            let disc = (x - 110).pow(2) + (y - 130).pow(2) < 40 * 40;
            let colour = match (inside, disc) {
                (false, _) => [255; 3],
                (true, true) => [210, 30, 40],
                (true, false) => [(x * 200 / width) as u8, (y * 255 / height) as u8, 90],
            };
            pixels.extend(colour);
            pixels.push(if alpha && x > 240 && y > 160 { 0 } else { 255 });
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

/// Every option, with the picture that shows what it does.
const OPAQUE: [&str; 48] = [
    "w=160,f=png",
    "h=60,f=png",
    "w=80,dpr=2,f=png",
    "w=160,h=160,fit=scale-down,f=png",
    "w=400,h=400,fit=contain,f=png",
    "w=160,h=160,fit=cover,f=png",
    "w=400,h=200,fit=crop,f=png",
    "w=160,h=160,fit=pad,bg=336699,f=png",
    "w=160,h=160,fit=squeeze,f=png",
    "w=160,ar=16:9,f=png",
    "w=100,h=200,fit=cover,g=auto,f=png",
    "w=100,h=200,fit=cover,g=left,f=png",
    "w=100,h=200,fit=cover,g=right,f=png",
    "w=200,h=50,fit=cover,g=top,f=png",
    "w=200,h=50,fit=cover,g=bottom,f=png",
    "w=100,h=200,fit=cover,g=0.3x0.5,f=png",
    "w=160,h=160,fit=pad,g=top-left,bg=black,f=png",
    "w=160,h=160,fit=pad,g=bottom-right,bg=black,f=png",
    "w=160,rotate=90,f=png",
    "w=160,rotate=180,f=png",
    "w=160,rotate=270,f=png",
    "w=160,flip=h,f=png",
    "w=160,flip=v,f=png",
    "w=160,flip=h,rotate=90,f=png",
    "w=160,border=8:336699,f=png",
    "w=160,blur=8,f=png",
    "w=160,sharpen=5,f=png",
    "w=160,brightness=1.5,f=png",
    "w=160,contrast=0.5,f=png",
    "w=160,gamma=2,f=png",
    "w=160,saturation=0,f=png",
    "w=160,saturation=2,f=png",
    "w=160,f=jpeg",
    "w=160,f=webp",
    "w=160,f=avif",
    "w=160,f=gif",
    "w=160,f=auto",
    "w=160,f=jpeg,q=30",
    "w=160,f=jpeg,q=auto",
    "w=160,f=webp,q=auto",
    "w=160,f=avif,q=auto",
    "w=160,f=avif,effort=high",
    "w=300,f=jpeg,mb=3000",
    "w=160,f=jpeg,metadata=keep",
    "w=160,f=png,cs=p3",
    "w=160,f=png,cs=keep",
    "w=160,f=gif,anim=false",
    "w=160,f=png,page=3",
];

const WITH_MARGINS: [&str; 3] = [
    "trim=border,f=png",
    "trim=0,w=160,f=png",
    "trim=border,w=160,h=160,fit=cover,f=webp",
];

const TRANSPARENT: [&str; 6] = [
    "w=160,f=png",
    "w=160,f=webp",
    "w=160,f=avif",
    "w=160,f=jpeg",
    "w=160,f=jpeg,bg=336699",
    "w=160,f=auto",
];

/// A site whose image is this PNG, with nothing between it and the answer.
async fn site_of(png: Vec<u8>, has_alpha: bool) -> Site {
    let site = Site::new().await;
    site.write(&site.manifest.original, png.leak()).await;
    site.write_manifest(|manifest| {
        manifest.original_format = ImageFormat::Png;
        manifest.has_alpha = has_alpha;
        manifest.mezzanines.clear();
    })
    .await;
    site
}

/// A small PNG of a whole file, in any format.
fn small(bytes: &[u8], width: u32, height: u32) -> Vec<u8> {
    let options = RenderOptions {
        width: Some(GRID.0),
        height: Some(GRID.1),
        fit: Fit::Squeeze,
        format: OutputFormat::Png,
        ..RenderOptions::default()
    };
    let request = RenderRequest {
        source: Source::Original(bytes),
        original: Size { width, height },
        options: &options,
        watermark: None,
    };
    imaging::render(&request, &Allowance::UNHURRIED).unwrap().bytes
}

fn look(content_type: &str, bytes: &[u8]) -> Look {
    let mut scanner = imaging::Scanner::new(imaging::Limits::default());
    scanner.push(bytes).unwrap();
    let header = scanner.finish().unwrap();
    let (width, height) = (header.width, header.height);
    let png = small(bytes, width, height);
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&png));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let channels = info.color_type.samples();
    let cells: Vec<String> = pixels[..info.buffer_size()]
        .chunks_exact(channels)
        .map(|cell| {
            let rgba = match *cell {
                [gray, alpha] => [gray, gray, gray, alpha],
                [red, green, blue, alpha] => [red, green, blue, alpha],
                _ => unreachable!("alpha was asked for"),
            };
            // Nobody sees the colour of what is transparent, and less of it the more it is.
            let [rgb @ .., alpha] = rgba;
            let seen = rgb.map(|channel: u8| (u16::from(channel) * u16::from(alpha) / 255) as u8);
            [seen[0], seen[1], seen[2], alpha]
                .iter()
                .map(|channel| format!("{channel:02x}"))
                .collect()
        })
        .collect();
    let cells = cells.chunks(GRID.0 as usize).map(|row| row.join(" ")).collect();
    Look {
        content_type: content_type.to_owned(),
        width,
        height,
        cells,
    }
}

/// How far two looks are from each other at most; none where they are not even of one shape.
fn distance(one: &Look, other: &Look) -> Option<u8> {
    let shape = |look: &Look| {
        (
            look.content_type.clone(),
            look.width,
            look.height,
            look.cells.len(),
        )
    };
    if shape(one) != shape(other) {
        return None;
    }
    let channels = |look: &Look| -> Vec<u8> {
        let digits: String = look.cells.join("").replace(' ', "");
        (0..digits.len() / 2)
            .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    };
    let (one, other) = (channels(one), channels(other));
    one.iter().zip(&other).map(|(a, b)| a.abs_diff(*b)).max()
}

#[tokio::test]
async fn every_option_does_what_it_did_when_somebody_looked() {
    let mut looks = BTreeMap::new();
    for (name, margin, alpha, cases) in [
        ("opaque", 0, false, &OPAQUE[..]),
        ("margins", 24, false, &WITH_MARGINS[..]),
        ("transparent", 0, true, &TRANSPARENT[..]),
    ] {
        let site = site_of(picture(margin, alpha), alpha).await;
        for options in cases {
            let answer = site.get(options).await;
            assert_eq!(answer.status, StatusCode::OK, "{options}");
            let look = look(answer.header("content-type"), &answer.body);
            looks.insert(format!("{name}: {options}"), look);
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/visual.json");
    if env::var_os("TINTYPE_BLESS").is_some() {
        fs::write(path, serde_json::to_string_pretty(&looks).unwrap() + "\n").unwrap();
        return;
    }
    let expected: BTreeMap<String, Look> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        looks.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (name, look) in &looks {
        let expected = &expected[name];
        let distance = distance(look, expected);
        assert!(
            distance.is_some_and(|distance| distance <= TOLERANCE),
            "{name}: {distance:?}\n{look:#?}\nbefore: {expected:#?}"
        );
    }
}

#[tokio::test]
async fn no_two_options_look_the_same_where_they_should_not() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/visual.json");
    let looks: BTreeMap<String, Look> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let plain = &looks["opaque: w=160,f=png"];
    for changed in [
        "flip=h",
        "flip=v",
        "rotate=180",
        "blur=8",
        "brightness=1.5",
        "contrast=0.5",
        "gamma=2",
        "saturation=0",
    ] {
        let name = format!("opaque: w=160,{changed},f=png");
        assert!(distance(plain, &looks[&name]).unwrap() > 2 * TOLERANCE, "{name}");
    }
}
