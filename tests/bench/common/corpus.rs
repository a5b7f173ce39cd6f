//! The sets of photographs that corpus.sh makes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

/// corpus.sh counts it up.
const FOLDER: &str = "corpus-1";

/// A photograph of the corpus.
#[derive(Debug, Clone)]
pub struct Original {
    /// Of the file, without its ending; unique in its set.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// The photographs of a set by name, at most so many.
///
/// # Errors
/// When the set is not there or empty.
pub fn originals(cache: &Path, set: &str, at_most: usize) -> Result<Vec<Original>> {
    let from = folder(cache).join(set);
    let mut found: Vec<Original> = fs::read_dir(&from)
        .with_context(|| {
            format!(
                "{}: no such set; the script `run` of a comparison makes them",
                from.display()
            )
        })?
        .map(|entry| {
            let path = entry?.path();
            let name = path.file_stem().and_then(|stem| stem.to_str());
            let name = name.context("a picture without a name")?.to_owned();
            Ok(Original { name, path })
        })
        .collect::<Result<_>>()?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found.truncate(at_most);
    ensure!(!found.is_empty(), "{} holds no pictures", from.display());
    Ok(found)
}

/// Where the sets lie in the cache.
pub fn folder(cache: &Path) -> PathBuf {
    cache.join(FOLDER)
}
