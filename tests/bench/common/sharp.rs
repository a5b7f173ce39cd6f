//! sharp, in a process of its own for each question.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// sharp, as it lies in the cache.
#[derive(Debug)]
pub struct Sharp {
    modules: PathBuf,
}

/// What is made of which file.
#[derive(Debug, Clone, Serialize)]
pub struct Copy {
    /// What is read.
    pub from: PathBuf,
    /// What is written.
    pub to: PathBuf,
}

/// A whole decode, reduced to a size.
#[derive(Debug, Clone, Serialize)]
pub struct Reference {
    /// The original.
    pub from: PathBuf,
    /// The pixels, three bytes each.
    pub to: PathBuf,
    /// Of the reference.
    pub width: u32,
    /// Of the reference.
    pub height: u32,
    /// Which part it shows.
    pub window: Window,
}

/// Which part of the original a reference shows.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// All of it.
    Whole,
    /// What sharp's `cover` leaves: cut at a whole pixel after the resize.
    Sharp,
    /// The exact middle, before the resize: up to half a pixel beside sharp's.
    Middle,
}

impl Sharp {
    /// The one in the cache's own folder of modules.
    pub fn new(cache: &Path) -> Self {
        Self {
            modules: cache.join("node"),
        }
    }

    /// Makes references.
    ///
    /// # Errors
    /// What sharp says.
    pub fn references(&self, items: &[Reference]) -> Result<()> {
        self.ask::<[u8; 0]>(&json!({ "task": "references", "items": items }))
            .map(|_| ())
    }

    /// The width and the height of each; three bytes a pixel are in the files.
    ///
    /// # Errors
    /// What sharp says.
    pub fn pixels(&self, items: &[Copy]) -> Result<Vec<(u32, u32)>> {
        self.ask(&json!({ "task": "pixels", "items": items }))
    }

    /// Of sharp and of what is in it, by name.
    ///
    /// # Errors
    /// What sharp says.
    pub fn versions(&self) -> Result<Value> {
        self.ask(&json!({ "task": "versions" }))
    }

    /// A task of sharp.mjs.
    ///
    /// # Errors
    /// What sharp says.
    pub fn ask<T: DeserializeOwned>(&self, request: &Value) -> Result<T> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/common/sharp.mjs");
        call(Command::new("node").arg(script).arg(&self.modules), request)
            .context("sharp; the script `run` of a comparison installs it")
    }
}

/// Any child that takes JSON and gives JSON.
///
/// # Errors
/// When it does not start, ends with a failure, or answers with something else.
pub fn call<T: DeserializeOwned>(command: &mut Command, request: &Value) -> Result<T> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {command:?}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(serde_json::to_string(request)?.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}",
        output.status
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
