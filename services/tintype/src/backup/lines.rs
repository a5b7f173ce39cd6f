//! Files of JSON, one value a line: written with their SHA-256, and read after it was compared.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, Lines, Read, Write},
    iter::Peekable,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use domain::Sha256Digest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::facts::Part;

/// A file of lines that is being written.
pub(super) struct LinesWriter {
    path: PathBuf,
    file: BufWriter<File>,
    sha256: Sha256,
    lines: u64,
}

impl LinesWriter {
    pub(super) fn create(path: PathBuf) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            sha256: Sha256::new(),
            lines: 0,
        })
    }

    pub(super) fn write(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.sha256.update(&line);
        self.lines += 1;
        let written = self.file.write_all(&line);
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Makes it durable.
    pub(super) fn finish(self) -> anyhow::Result<Part> {
        let synced = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error);
        let synced = synced.and_then(|file| file.sync_all());
        synced.with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(Part {
            lines: self.lines,
            sha256: hexadecimal(self.sha256),
        })
    }
}

pub(super) fn hexadecimal(sha256: Sha256) -> String {
    Sha256Digest::from_bytes(sha256.finalize().into()).to_string()
}

/// Compares a file with what the backup says of it.
pub(super) fn check_part(path: &Path, part: &Part) -> anyhow::Result<()> {
    let cannot = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let (mut sha256, mut chunk) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let len = file.read(&mut chunk).with_context(cannot)?;
        if len == 0 {
            break;
        }
        sha256.update(&chunk[..len]);
    }
    ensure!(
        hexadecimal(sha256) == part.sha256,
        "{} is damaged: its SHA-256 is not the one in backup.json; take this file, or the whole backup, from another copy",
        path.display()
    );
    Ok(())
}

/// A file of lines that is being read.
pub(super) struct LinesReader {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
}

impl LinesReader {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            lines: BufReader::new(file).lines(),
        })
    }

    pub(super) fn next<T: DeserializeOwned>(&mut self) -> anyhow::Result<Option<T>> {
        let Some(line) = self.lines.next() else {
            return Ok(None);
        };
        let cannot = || format!("cannot read {}", self.path.display());
        let value = serde_json::from_str(&line.with_context(cannot)?).with_context(cannot)?;
        Ok(Some(value))
    }

    /// The values one after the other, as an iterator.
    pub(super) fn values<T: DeserializeOwned>(mut self) -> impl Iterator<Item = anyhow::Result<T>> + Send {
        std::iter::from_fn(move || self.next().transpose())
    }
}

/// A line that stands in the order of its key.
pub(super) trait Keyed {
    fn key(&self) -> &str;
}

/// A blob of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlobLine {
    pub(super) key: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

impl Keyed for BlobLine {
    fn key(&self) -> &str {
        &self.key
    }
}

/// A small blob that changes under its key, and is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DocumentLine {
    pub(super) key: String,
    pub(super) text: String,
}

impl Keyed for DocumentLine {
    fn key(&self) -> &str {
        &self.key
    }
}

/// Lines in the order of their keys, asked for in this order.
pub(super) struct Sorted<T>(Peekable<Box<dyn Iterator<Item = anyhow::Result<T>> + Send>>);

impl<T: Keyed + DeserializeOwned + 'static> Sorted<T> {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let values: Box<dyn Iterator<Item = _> + Send> = Box::new(LinesReader::open(path)?.values());
        Ok(Self(values.peekable()))
    }

    pub(super) fn empty() -> Self {
        let none: Box<dyn Iterator<Item = _> + Send> = Box::new(std::iter::empty());
        Self(none.peekable())
    }

    /// Whether there is a line of this key; those before are passed by.
    pub(super) fn has(&mut self, key: &str) -> anyhow::Result<bool> {
        while let Some(line) = self
            .0
            .next_if(|line| line.as_ref().map_or(true, |line| line.key() < key))
        {
            line?;
        }
        Ok(self
            .0
            .peek()
            .is_some_and(|line| line.as_ref().is_ok_and(|line| line.key() == key)))
    }

    /// The lines whose keys begin with `prefix`; those before are passed by.
    pub(super) fn of(&mut self, prefix: &str) -> anyhow::Result<Vec<T>> {
        let mut found = Vec::new();
        let is_due = |line: &anyhow::Result<T>| match line {
            Ok(line) => line.key() < prefix || line.key().starts_with(prefix),
            Err(_) => true,
        };
        while let Some(line) = self.0.next_if(is_due) {
            let line = line?;
            if line.key().starts_with(prefix) {
                found.push(line);
            }
        }
        Ok(found)
    }
}
