//! Everybody else: sharp, vipsthumbnail, and libjpeg-turbo's decoder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    child::{self, Cost},
    jobs::{Ask, Format},
};

/// sharp in a process of its own for each question.
pub(crate) struct Sharp {
    modules: PathBuf,
}

/// What is made of which file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Copy {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
}

/// A whole decode, reduced to a size.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reference {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) window: Window,
}

/// Which part of the original a reference shows.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Window {
    /// All of it.
    Whole,
    /// What sharp's `cover` leaves: cut at a whole pixel after the resize.
    Sharp,
    /// The exact middle, before the resize: up to half a pixel beside sharp's.
    Middle,
}

impl Sharp {
    pub(crate) fn new(cache: &Path) -> Self {
        Self {
            modules: cache.join("node"),
        }
    }

    pub(crate) fn time(
        &self,
        ask: Ask,
        options: &str,
        paths: &[PathBuf],
        minimum_seconds: f64,
    ) -> Result<Cost> {
        self.call(&json!({
            "task": "time", "ask": words(ask, options)?, "paths": paths, "minimumSeconds": minimum_seconds,
        }))
    }

    /// The bytes of each.
    pub(crate) fn write(&self, ask: Ask, options: &str, items: &[Copy]) -> Result<Vec<u64>> {
        self.call(&json!({ "task": "write", "ask": words(ask, options)?, "items": items }))
    }

    pub(crate) fn references(&self, items: &[Reference]) -> Result<()> {
        self.call::<[u8; 0]>(&json!({ "task": "references", "items": items }))
            .map(|_| ())
    }

    /// The width and the height of each; three bytes a pixel are in the files.
    pub(crate) fn pixels(&self, items: &[Copy]) -> Result<Vec<(u32, u32)>> {
        self.call(&json!({ "task": "pixels", "items": items }))
    }

    /// The bytes of each.
    pub(crate) fn mezzanines(
        &self,
        edge: u32,
        format: Format,
        options: &Value,
        items: &[Copy],
    ) -> Result<Vec<u64>> {
        self.call(&json!({
            "task": "mezzanines", "edge": edge, "format": format.name(), "options": options, "items": items,
        }))
    }

    pub(crate) fn versions(&self) -> Result<Value> {
        self.call(&json!({ "task": "versions" }))
    }

    fn call<T: DeserializeOwned>(&self, request: &Value) -> Result<T> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/imaging/sharp.mjs");
        child::call(Command::new("node").arg(script).arg(&self.modules), request)
            .context("sharp; tests/bench/imaging/run installs it")
    }
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
