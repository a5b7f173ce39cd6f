//! Everybody else: sharp, vipsthumbnail, and libjpeg-turbo's decoder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use bench::{Copy, Format, Sharp};
use serde_json::{Value, json};

use crate::{child::Cost, jobs::Ask};

/// What a set costs sharp.
pub(crate) fn sharp_time(
    sharp: &Sharp,
    ask: Ask,
    options: &str,
    paths: &[PathBuf],
    minimum_seconds: f64,
) -> Result<Cost> {
    sharp.ask(&json!({
        "task": "time", "ask": words(ask, options)?, "paths": paths, "minimumSeconds": minimum_seconds,
    }))
}

/// sharp's answers, and the bytes of each.
pub(crate) fn sharp_write(sharp: &Sharp, ask: Ask, options: &str, items: &[Copy]) -> Result<Vec<u64>> {
    sharp.ask(&json!({ "task": "write", "ask": words(ask, options)?, "items": items }))
}

/// Candidates for rungs, and the bytes of each.
pub(crate) fn sharp_mezzanines(
    sharp: &Sharp,
    edge: u32,
    format: Format,
    options: &Value,
    items: &[Copy],
) -> Result<Vec<u64>> {
    sharp.ask(&json!({
        "task": "mezzanines", "edge": edge, "format": format.name(), "options": options, "items": items,
    }))
}

fn words(ask: Ask, options: &str) -> Result<Value> {
    let options: Value = serde_json::from_str(options)?;
    Ok(json!({
        "width": ask.side, "height": ask.side, "cover": ask.cover, "format": ask.format.name(), "options": options,
    }))
}

/// Where vipsthumbnail puts its answer for a picture.
pub(crate) fn vips_answer(path: &Path, ask: Ask, folder: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default();
    folder.join(stem).with_extension(ask.format.name())
}

/// One process for one picture, from a file to a file: the tool knows no other way.
pub(crate) fn vipsthumbnail(path: &Path, ask: Ask, options: &str, folder: &Path) -> Result<()> {
    let side = ask.side;
    let mut command = Command::new("vipsthumbnail");
    // Without its warnings, which speak of odd EXIF in the photographs.
    command
        .env("VIPS_CONCURRENCY", "1")
        .env("VIPS_WARNING", "0")
        .arg(path);
    if ask.cover {
        command.args(["--size", &format!("{side}x{side}"), "--smartcrop", "centre"]);
    } else {
        command.args(["--size", &format!("{side}x{side}>")]);
    }
    let answer = folder.join(format!("%s.{}[{options}]", ask.format.name()));
    // Without --export-profile: libvips 8.14 then changes the colours of pictures without a profile, and scores 30 less.
    command.arg("--output").arg(answer);
    let status = command
        .status()
        .context("vipsthumbnail; tests/bench/imaging/run installs it")?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// One whole decode to RGB, by the library that the engine itself uses.
pub(crate) fn turbojpeg(path: &Path) -> Result<()> {
    turbojpeg::decompress(&fs::read(path)?, turbojpeg::PixelFormat::RGB)?;
    Ok(())
}

/// What vipsthumbnail says that it is.
pub(crate) fn vips_version() -> Result<String> {
    let output = Command::new("vipsthumbnail").arg("--vips-version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
