//! Backups: a library is kept, its place is wiped, and everything is there again, in the same shape and in the other.

#![allow(clippy::unwrap_used, reason = "a library that cannot be set up has failed")]

mod library;
mod process;
mod services;
mod single;
mod troubles;

use std::{
    path::{Path, PathBuf},
    process::Output,
};

/// What a command printed, which must have done what it was to do.
fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command complained of, which must have failed.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success(), "it did what it was to refuse: {text}");
    text
}

/// The folder with the rows of the backup.
fn parts(backup: &Path) -> PathBuf {
    let text = std::fs::read_to_string(backup.join("backup.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    backup.join(facts["parts"].as_str().unwrap())
}
