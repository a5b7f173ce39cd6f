//! Runs the jobs: every tool's answers and their quality once, then what they cost, all tools in turn in every run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use bench::{Copy, Scorer, Sharp, Spread, progress, spread};

use crate::{
    child::{self, Cost, Item, Request},
    corpus::{self, Picture},
    jobs::{Ask, From, Job, Peers, Work},
    ours::Quality,
    peers,
};

/// How much is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) runs: usize,
    /// Of each set.
    pub(crate) pictures: usize,
    /// Each tool's pictures are rendered again until so long has gone by.
    pub(crate) minimum_seconds: f64,
}

impl std::fmt::Display for Effort {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { runs, pictures, .. } = self;
        match *pictures {
            usize::MAX => write!(to, "{runs} runs over whole sets"),
            some => write!(to, "{runs} run over {some} pictures of each set"),
        }
    }
}

/// A job's tools. The first is the one that the others are held against: sharp, or the decoder.
pub(crate) struct Outcome {
    pub(crate) job: &'static Job,
    pub(crate) tools: Vec<Measured>,
}

/// A tool in a job.
pub(crate) struct Measured {
    pub(crate) tool: Tool,
    /// None where nothing is encoded.
    pub(crate) answer: Option<Answer>,
    /// Of each run.
    costs: Vec<Cost>,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ours(From),
    Ingest,
    Sharp,
    Vipsthumbnail,
    Turbojpeg,
}

/// What a tool answered with, the mean of the set.
pub(crate) struct Answer {
    pub(crate) quality: Quality,
    pub(crate) bytes: f64,
    pub(crate) score: f64,
}

/// What is run again and again.
enum How {
    Child(Request),
    Sharp(Ask, &'static str, Vec<PathBuf>),
}

impl Measured {
    fn new(tool: Tool, answer: Option<Answer>, how: How) -> Self {
        Self {
            tool,
            answer,
            costs: Vec::new(),
            how,
        }
    }

    /// Seconds a picture: median, least and most of the runs.
    pub(crate) fn cpu(&self) -> Spread {
        self.spread(|cost| cost.cpu_seconds / f64::from(cost.images))
    }

    /// Seconds a picture.
    pub(crate) fn wall(&self) -> f64 {
        self.spread(|cost| cost.wall_seconds / f64::from(cost.images))
            .median
    }

    /// The most that the process ever held, median of the runs.
    pub(crate) fn peak(&self) -> f64 {
        self.spread(|cost| cost.peak_bytes as f64).median
    }

    fn spread(&self, of: impl Fn(&Cost) -> f64) -> Spread {
        spread(self.costs.iter().map(of))
    }

    fn run(&mut self, sharp: &Sharp, seconds: f64) -> Result<()> {
        let cost = match &self.how {
            How::Child(request) => child::ask(request)?,
            How::Sharp(ask, options, paths) => peers::sharp_time(sharp, *ask, options, paths, seconds)?,
        };
        self.costs.push(cost);
        Ok(())
    }
}

/// Everything that a run needs.
pub(crate) struct Bench<'a> {
    pub(crate) cache: &'a Path,
    /// Gone when the run is over.
    pub(crate) scratch: &'a Path,
    pub(crate) sharp: &'a Sharp,
    pub(crate) effort: Effort,
}

impl Bench<'_> {
    pub(crate) fn compare(&self, jobs: &[&'static Job]) -> Result<Vec<Outcome>> {
        let scorer = Scorer::new(self.sharp, self.cache, self.scratch)?;
        let mut sets: Vec<(&str, Vec<Picture>)> = Vec::new();
        let mut outcomes = Vec::new();
        for job in jobs {
            if !sets.iter().any(|(name, _)| *name == job.set) {
                progress(&format!("{}: ladders", job.set));
                let pictures = corpus::load(self.cache, job.set, self.effort.pictures, self.scratch)?;
                sets.push((job.set, pictures));
            }
            let (_, pictures) = sets
                .iter()
                .find(|(name, _)| *name == job.set)
                .context("a set is loaded")?;
            progress(&format!("{}: answers", job.title));
            outcomes.push(self.plan(job, pictures, &scorer)?);
        }
        for run in 1..=self.effort.runs {
            for outcome in &mut outcomes {
                progress(&format!(
                    "{}: run {run} of {}",
                    outcome.job.title, self.effort.runs
                ));
                for tool in &mut outcome.tools {
                    tool.run(self.sharp, self.effort.minimum_seconds)?;
                }
            }
        }
        Ok(outcomes)
    }

    fn plan(&self, job: &'static Job, pictures: &[Picture], scorer: &Scorer<'_>) -> Result<Outcome> {
        match &job.work {
            Work::Render { ask, peers, targets } => {
                self.plan_render(job, pictures, scorer, (*ask, *peers, targets))
            }
            Work::Ingest { .. } => {
                let items: Vec<Item> = pictures.iter().map(child::original).collect();
                let minimum_seconds = self.effort.minimum_seconds;
                let decode = Request::Turbojpeg {
                    items: items.clone(),
                    minimum_seconds,
                };
                let ingest = Request::Ingest {
                    items,
                    minimum_seconds,
                };
                Ok(Outcome {
                    job,
                    tools: vec![
                        Measured::new(Tool::Turbojpeg, None, How::Child(decode)),
                        Measured::new(Tool::Ingest, None, How::Child(ingest)),
                    ],
                })
            }
        }
    }

    fn plan_render(
        &self,
        job: &'static Job,
        pictures: &[Picture],
        scorer: &Scorer<'_>,
        (ask, peers, targets): (Ask, Peers, &[(From, f64)]),
    ) -> Result<Outcome> {
        let folder = self.scratch.join(job.name);
        fs::create_dir_all(&folder)?;
        let originals: Vec<Item> = pictures.iter().map(child::original).collect();
        let paths: Vec<PathBuf> = pictures.iter().map(|picture| picture.path.clone()).collect();
        let minimum_seconds = self.effort.minimum_seconds;
        let stated = Quality::Fixed(stated_quality(peers)?);
        let scores = |answers: &[PathBuf]| -> Result<f64> {
            let originals = corpus::as_originals(pictures);
            Ok(bench::mean(
                &scorer.scores(job.set, &originals, ask.cover, answers)?,
            ))
        };

        let answers = files(&folder, "sharp", pictures, ask);
        let copies: Vec<Copy> = paths
            .iter()
            .zip(&answers)
            .map(|(from, to)| Copy {
                from: from.clone(),
                to: to.clone(),
            })
            .collect();
        let sharp_bytes: u64 = peers::sharp_write(self.sharp, ask, peers.sharp, &copies)?
            .iter()
            .sum();
        let answer = Answer {
            quality: stated,
            bytes: sharp_bytes as f64 / pictures.len() as f64,
            score: scores(&answers)?,
        };
        let how = How::Sharp(ask, peers.sharp, paths.clone());
        let mut tools = vec![Measured::new(Tool::Sharp, Some(answer), how)];

        let vips_folder = folder.join("vipsthumbnail");
        fs::create_dir_all(&vips_folder)?;
        for path in &paths {
            peers::vipsthumbnail(path, ask, peers.vips, &vips_folder)?;
        }
        let answers: Vec<PathBuf> = paths
            .iter()
            .map(|path| peers::vips_answer(path, ask, &vips_folder))
            .collect();
        let vips = Request::Vipsthumbnail {
            items: originals.clone(),
            ask,
            options: peers.vips.to_owned(),
            folder: vips_folder,
            minimum_seconds,
        };
        let answer = Answer {
            quality: stated,
            bytes: mean_size(&answers)?,
            score: scores(&answers)?,
        };
        tools.push(Measured::new(Tool::Vipsthumbnail, Some(answer), How::Child(vips)));

        for (from, _) in targets {
            let items = match from {
                From::Original => originals.clone(),
                From::Ladder => ladder(pictures, ask)?,
            };
            // The qualities of two encoders are two scales: what is compared is the cost of as many bytes.
            let quality = Quality::Fixed(child::ask(&Request::Match {
                items: items.clone(),
                ask,
                total_bytes: sharp_bytes,
            })?);
            let name = if *from == From::Ladder {
                "ladder"
            } else {
                "original"
            };
            let answers = files(&folder, name, pictures, ask);
            let _: Vec<u64> = child::ask(&Request::Write {
                items: items.clone(),
                ask,
                quality,
                to: answers.clone(),
            })?;
            let answer = Answer {
                quality,
                bytes: mean_size(&answers)?,
                score: scores(&answers)?,
            };
            let how = How::Child(Request::Time {
                items,
                ask,
                quality,
                minimum_seconds,
            });
            tools.push(Measured::new(Tool::Ours(*from), Some(answer), how));
        }
        Ok(Outcome { job, tools })
    }
}

/// As delivery does it: the smallest rung that is large enough, and the original where there is none.
pub(crate) fn ladder(pictures: &[Picture], ask: Ask) -> Result<Vec<Item>> {
    pictures
        .iter()
        .map(|picture| Ok(picture.rung(ask)?.unwrap_or_else(|| child::original(picture))))
        .collect()
}

/// A file for each picture.
pub(crate) fn files(folder: &Path, tool: &str, pictures: &[Picture], ask: Ask) -> Vec<PathBuf> {
    let format = ask.format.name();
    pictures
        .iter()
        .map(|picture| folder.join(format!("{}-{tool}.{format}", picture.name)))
        .collect()
}

fn mean_size(files: &[PathBuf]) -> Result<f64> {
    let mut bytes = 0;
    for file in files {
        bytes += fs::metadata(file)
            .with_context(|| file.display().to_string())?
            .len();
    }
    Ok(bytes as f64 / files.len().max(1) as f64)
}

fn stated_quality(peers: Peers) -> Result<u8> {
    let options: serde_json::Value = serde_json::from_str(peers.sharp)?;
    let quality = options["quality"]
        .as_u64()
        .context("sharp's options name a quality")?;
    Ok(u8::try_from(quality)?)
}
