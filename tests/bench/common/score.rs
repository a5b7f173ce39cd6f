//! How near the answers come to the original: SSIMULACRA2 against one reference for everybody.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};

use crate::{
    corpus::Original,
    sharp::{Copy, Reference, Sharp, Window},
};

/// Knows where references lie, and makes those that are missing.
#[derive(Debug)]
pub struct Scorer<'a> {
    sharp: &'a Sharp,
    references: PathBuf,
    scratch: PathBuf,
}

impl<'a> Scorer<'a> {
    /// References stay in the cache; `scratch` is for this run.
    ///
    /// # Errors
    /// Where sharp is not there, or nothing can be written.
    pub fn new(sharp: &'a Sharp, cache: &Path, scratch: &Path) -> Result<Self> {
        let version = sharp.versions()?;
        let version = version["sharp"].as_str().context("sharp has no version")?;
        let references = cache.join(format!("references-2-sharp-{version}"));
        let scratch = scratch.join("pixels");
        fs::create_dir_all(&references)?;
        fs::create_dir_all(&scratch)?;
        Ok(Self {
            sharp,
            references,
            scratch,
        })
    }

    /// Of each answer, in the order of the pictures. Where something is cut off, the window that the answer meets best
    /// counts: half a pixel aside is no loss of quality, but costs ten points.
    ///
    /// # Errors
    /// When an answer cannot be read as a picture.
    pub fn scores(
        &self,
        set: &str,
        pictures: &[Original],
        cover: bool,
        answers: &[PathBuf],
    ) -> Result<Vec<f64>> {
        let raw: Vec<Copy> = answers
            .iter()
            .enumerate()
            .map(|(index, answer)| Copy {
                from: answer.clone(),
                to: self.scratch.join(format!("{index}.rgb")),
            })
            .collect();
        let sizes = self.sharp.pixels(&raw)?;
        let windows: &[Window] = if cover {
            &[Window::Sharp, Window::Middle]
        } else {
            &[Window::Whole]
        };
        let mut best = vec![f64::NEG_INFINITY; pictures.len()];
        for window in windows {
            let references: Vec<Reference> = pictures
                .iter()
                .zip(&sizes)
                .map(|(picture, size)| self.reference(set, picture, *size, *window))
                .collect();
            self.make_missing(&references)?;
            for ((reference, answer), best) in references.iter().zip(&raw).zip(&mut best) {
                *best = best.max(compare(reference, answer)?);
            }
        }
        Ok(best)
    }

    fn reference(
        &self,
        set: &str,
        picture: &Original,
        (width, height): (u32, u32),
        window: Window,
    ) -> Reference {
        let name = format!("{set}-{}-{width}x{height}-{window:?}.rgb", picture.name);
        Reference {
            from: picture.path.clone(),
            to: self.references.join(name),
            width,
            height,
            window,
        }
    }

    fn make_missing(&self, references: &[Reference]) -> Result<()> {
        let missing: Vec<Reference> = references
            .iter()
            .filter(|reference| !reference.to.exists())
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.sharp.references(&missing)
    }
}

fn compare(reference: &Reference, answer: &Copy) -> Result<f64> {
    let (expected, found) = (fs::read(&reference.to)?, fs::read(&answer.to)?);
    ensure!(
        expected.len() == found.len(),
        "{} is no reference of {}",
        reference.to.display(),
        answer.from.display()
    );
    score(&expected, &found, reference.width, reference.height)
}

fn score(expected: &[u8], found: &[u8], width: u32, height: u32) -> Result<f64> {
    let stride = width as usize * 3;
    let slice = |bytes| PixelSlice::new(bytes, width, height, stride, PixelDescriptor::RGB8_SRGB);
    let (expected, found) = (
        slice(expected).map_err(|error| anyhow::anyhow!("{error}"))?,
        slice(found).map_err(|error| anyhow::anyhow!("{error}"))?,
    );
    Ok(compute_ssimulacra2(&expected, &found)?)
}
