//! The ladders of the photographs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use bench::Original;
use serde::{Deserialize, Serialize};

use crate::{
    child::{self, Item, Request},
    jobs::Ask,
    ours,
};

/// An original, and what the worker made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Upright.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The longer sides and the files, the largest first.
    pub(crate) rungs: Vec<(u32, PathBuf)>,
}

impl Picture {
    /// The rung that delivery would take, if there is one.
    pub(crate) fn rung(&self, ask: Ask) -> Result<Option<Item>> {
        let edge = ours::min_source_edge((self.width, self.height), ask);
        let rung = self.rungs.iter().rev().find(|rung| rung.0 >= edge);
        Ok(rung.map(|(_, path)| self.mezzanine(path)))
    }

    pub(crate) fn mezzanine(&self, path: &Path) -> Item {
        Item {
            path: path.to_owned(),
            is_mezzanine: true,
            original: (self.width, self.height),
        }
    }
}

/// The pictures of a set with fresh ladders, made by a child so that this process stays small.
pub(crate) fn load(cache: &Path, set: &str, at_most: usize, folder: &Path) -> Result<Vec<Picture>> {
    let originals = bench::originals(cache, set, at_most)?;
    let originals = originals.into_iter().map(|original| original.path).collect();
    let folder = folder.join("ladders").join(set);
    fs::create_dir_all(&folder)?;
    child::ask(&Request::Prepare { originals, folder })
}

/// The child's part of [`load`].
pub(crate) fn prepare(originals: &[PathBuf], folder: &Path) -> Result<Vec<Picture>> {
    originals
        .iter()
        .map(|path| {
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .context("a picture without a name")?;
            let found = ours::ingest(&fs::read(path)?)?;
            let mut rungs = Vec::new();
            for rung in &found.mezzanines {
                let file = folder.join(format!("{name}-{}.{}", rung.edge, rung.format));
                fs::write(&file, &rung.bytes)?;
                rungs.push((rung.edge, file));
            }
            Ok(Picture {
                name: name.to_owned(),
                path: path.clone(),
                width: found.analysis.width,
                height: found.analysis.height,
                rungs,
            })
        })
        .collect()
}

/// As the scores want them.
pub(crate) fn as_originals(pictures: &[Picture]) -> Vec<Original> {
    let original = |Picture { name, path, .. }: &Picture| Original {
        name: name.clone(),
        path: path.clone(),
    };
    pictures.iter().map(original).collect()
}
