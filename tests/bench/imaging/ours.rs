//! Tintype's engine, as the comparison calls it: the one file that knows its names.

use anyhow::Result;
use imaging::{
    Allowance, Effort, Fit, IngestOptions, Ingested, OutputFormat, RenderOptions, RenderRequest, Size,
    Source, geometry,
};

use bench::Format;

use crate::jobs::Ask;

/// A quality as the command line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Quality {
    Fixed(u8),
    Auto,
}

impl std::str::FromStr for Quality {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match (word, word.parse()) {
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(quality @ 1..=100)) => Ok(Self::Fixed(quality)),
            _ => Err(format!("{word} is no quality: 1 to 100, or auto")),
        }
    }
}

impl std::fmt::Display for Quality {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(quality) => write!(to, "{quality}"),
            Self::Auto => to.write_str("auto"),
        }
    }
}

fn options(ask: Ask, quality: Quality) -> RenderOptions {
    RenderOptions {
        width: Some(ask.side),
        height: Some(ask.side),
        fit: if ask.cover { Fit::Cover } else { Fit::ScaleDown },
        format: match ask.format {
            Format::Jpeg => OutputFormat::Jpeg,
            Format::Webp => OutputFormat::Webp,
            Format::Avif => OutputFormat::Avif,
        },
        quality: match quality {
            Quality::Fixed(quality) => imaging::Quality::Fixed(quality),
            Quality::Auto => imaging::Quality::Auto,
        },
        effort: ask.high_effort.then_some(Effort::High),
        ..RenderOptions::default()
    }
}

/// The longer side that a source needs at least. The smallest rung that is no smaller is taken, as delivery does.
pub(crate) fn min_source_edge(original: (u32, u32), ask: Ask) -> u32 {
    geometry(size(original), &options(ask, Quality::Fixed(80))).min_source_edge()
}

/// `original` is the upright size of the original, whatever the bytes are.
pub(crate) fn render(
    bytes: &[u8],
    is_mezzanine: bool,
    original: (u32, u32),
    ask: Ask,
    quality: Quality,
) -> Result<Vec<u8>> {
    let source = if is_mezzanine {
        Source::Mezzanine { bytes }
    } else {
        Source::Original(bytes)
    };
    let request = RenderRequest {
        source,
        original: size(original),
        options: &options(ask, quality),
        watermark: None,
    };
    Ok(imaging::render(&request, &Allowance::UNHURRIED)?.bytes)
}

/// All that the worker makes of an original.
pub(crate) fn ingest(bytes: &[u8]) -> Result<Ingested> {
    Ok(imaging::ingest(
        bytes,
        &IngestOptions::default(),
        &Allowance::UNHURRIED,
    )?)
}

const fn size((width, height): (u32, u32)) -> Size {
    Size { width, height }
}
