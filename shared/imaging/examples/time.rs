//! Times an ingest and the usual renders of one file: `cargo run --release -p imaging --example time -- photo.jpg`.
#![allow(clippy::print_stdout, missing_docs)]

use std::{env, fs, time::Instant};

use imaging::{
    Fit, IngestOptions, Limits, OutputFormat, RenderOptions, Size, Source, geometry, ingest, render,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = fs::read(env::args().nth(1).ok_or("which file?")?)?;
    let best = |work: &dyn Fn() -> usize| {
        let run = |_| {
            let start = Instant::now();
            let size = work();
            (start.elapsed().as_secs_f64() * 1_000.0, size)
        };
        (0..5)
            .map(run)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or_default()
    };
    let found = ingest(&bytes, &IngestOptions::default())?;
    println!(
        "{} × {}, {} bytes",
        found.analysis.width,
        found.analysis.height,
        bytes.len()
    );
    let ms = best(&|| ingest(&bytes, &IngestOptions::default()).map_or(0, |found| found.mezzanines.len()));
    println!("ingest: {:.1} ms", ms.0);
    for rung in &found.mezzanines {
        println!("  {} px {}: {} bytes", rung.edge, rung.format, rung.bytes.len());
    }
    let original = Size {
        width: found.analysis.width,
        height: found.analysis.height,
    };
    for (name, side, fit, format) in [
        ("JPEG 800", 800, Fit::ScaleDown, OutputFormat::Jpeg),
        ("WebP 800", 800, Fit::ScaleDown, OutputFormat::Webp),
        ("PNG 800", 800, Fit::ScaleDown, OutputFormat::Png),
        ("JPEG 256 cover", 256, Fit::Cover, OutputFormat::Jpeg),
    ] {
        let options = RenderOptions {
            width: Some(side),
            height: Some(side),
            fit,
            format,
            ..RenderOptions::default()
        };
        let edge = geometry(original, &options).min_source_edge();
        let rung = found.mezzanines.iter().rev().find(|rung| rung.edge >= edge);
        let time = |source: Source<'_>| {
            best(&|| {
                render(source, original, &options, &Limits::default()).map_or(0, |answer| answer.bytes.len())
            })
        };
        let (whole, size) = time(Source::Original(&bytes));
        print!("{name}: {whole:.1} ms from the original ({size} bytes)");
        if let Some(rung) = rung {
            let (ms, size) = time(Source::Mezzanine { bytes: &rung.bytes });
            print!(", {ms:.1} ms from {} px ({size} bytes)", rung.edge);
        }
        println!();
    }
    Ok(())
}
