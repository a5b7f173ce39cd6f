//! Sound files of each format, cut off after a quarter, a half and three quarters.

use imaging::{Allowance, OutputFormat, RenderOptions, RenderRequest, Size, Source};

use crate::{Case, case, gif, png};

const AVIF: &[u8] = include_bytes!("../fixtures/grid.avif");

/// Written by the engine itself, of a picture of 1,024 × 1,024 pixels.
fn written(format: OutputFormat) -> Vec<u8> {
    let side = 1_024;
    let options = RenderOptions {
        width: Some(side),
        height: Some(side),
        fit: imaging::Fit::Cover,
        format,
        ..RenderOptions::default()
    };
    let request = RenderRequest {
        source: Source::Original(&png::small(&[])),
        original: Size {
            width: 64,
            height: 64,
        },
        options: &options,
        watermark: None,
    };
    imaging::render(&request, &Allowance::UNHURRIED).unwrap().bytes
}

fn sound(format: &str) -> Vec<u8> {
    match format {
        "jpeg" => written(OutputFormat::Jpeg),
        "png" => written(OutputFormat::Png),
        "webp" => written(OutputFormat::Webp),
        "gif" => gif::picture(1_024),
        _ => AVIF.to_vec(),
    }
}

pub(crate) fn cases() -> Vec<Case> {
    const NAMES: [(&str, [&str; 3]); 5] = [
        (
            "jpeg",
            ["a quarter of a JPEG", "half a JPEG", "three quarters of a JPEG"],
        ),
        (
            "png",
            ["a quarter of a PNG", "half a PNG", "three quarters of a PNG"],
        ),
        (
            "webp",
            ["a quarter of a WebP", "half a WebP", "three quarters of a WebP"],
        ),
        (
            "gif",
            ["a quarter of a GIF", "half a GIF", "three quarters of a GIF"],
        ),
        (
            "avif",
            [
                "a quarter of an AVIF",
                "half an AVIF",
                "three quarters of an AVIF",
            ],
        ),
    ];
    NAMES
        .into_iter()
        .flat_map(|(format, names)| {
            names.into_iter().zip(1..).map(move |(name, quarters)| {
                case(name, move || {
                    let mut file = sound(format);
                    file.truncate(file.len() * quarters / 4);
                    file
                })
            })
        })
        .collect()
}
