//! `bench-imaging quality`: bytes and SSIMULACRA2 of one output at several qualities, from the original and from
//! mezzanines, the engine's own or candidates. For choosing the ladder and what `auto` means.

use std::{fs, path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail};
use bench::{Copy, Format, Scorer, mean, print, progress};
use serde_json::{Value, json};

use crate::{
    child::{self, Cost, Item, Request},
    compare::{Bench, files, ladder},
    corpus::{self, Picture},
    jobs::Ask,
    ours::Quality,
    peers,
};

/// What `quality` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Question {
    /// A folder of the corpus: large, large-progressive or medium.
    #[arg(long, default_value = "medium")]
    set: String,
    /// The output's.
    #[arg(long, value_enum, default_value = "webp")]
    format: Format,
    /// 1 to 100, or auto.
    #[arg(long, value_delimiter = ',', default_value = "60,70,80")]
    qualities: Vec<Quality>,
    /// What is rendered from: original, ladder (the rung that delivery takes), or a candidate for a rung, which sharp
    /// makes: EDGE:FORMAT:QUALITY[:444|420], for instance 1280:jpeg:90:420.
    #[arg(long, value_delimiter = ',', default_value = "original,ladder")]
    sources: Vec<Source>,
    /// The side of the square that the output fits into.
    #[arg(long, default_value_t = 800)]
    side: u32,
    /// Fill the square and cut off the rest.
    #[arg(long)]
    cover: bool,
    /// With `effort=high`.
    #[arg(long)]
    high_effort: bool,
    /// At most so many of the set.
    #[arg(long, default_value_t = usize::MAX)]
    pictures: usize,
    /// A line for each picture too.
    #[arg(long)]
    each: bool,
}

#[derive(Debug, Clone)]
enum Source {
    Original,
    Ladder,
    Candidate {
        name: String,
        edge: u32,
        format: Format,
        options: Value,
    },
}

impl FromStr for Source {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> Result<Self> {
        let parts: Vec<&str> = word.split(':').collect();
        let (edge, format, quality, chroma) = match parts.as_slice() {
            ["original"] => return Ok(Self::Original),
            ["ladder"] => return Ok(Self::Ladder),
            [edge, format, quality] => (edge, format, quality, "4:2:0"),
            [edge, format, quality, "444"] => (edge, format, quality, "4:4:4"),
            [edge, format, quality, "420"] => (edge, format, quality, "4:2:0"),
            _ => bail!("{word} is no source: original, ladder, or EDGE:FORMAT:QUALITY[:444|420]"),
        };
        let quality: u8 = quality.parse().context("a candidate's quality is 1 to 100")?;
        let (format, options) = match *format {
            // As the engine writes mezzanines: without optimised tables.
            "jpeg" => (
                Format::Jpeg,
                json!({ "quality": quality, "chromaSubsampling": chroma, "optimiseCoding": false }),
            ),
            "webp" => (Format::Webp, json!({ "quality": quality })),
            _ => bail!("{format} is no format of a mezzanine: jpeg or webp"),
        };
        Ok(Self::Candidate {
            name: word.to_owned(),
            edge: edge.parse().context("a candidate's edge is a number of pixels")?,
            format,
            options,
        })
    }
}

impl Source {
    fn name(&self) -> &str {
        match self {
            Self::Original => "original",
            Self::Ladder => "ladder",
            Self::Candidate { name, .. } => name,
        }
    }

    fn items(&self, bench: &Bench<'_>, pictures: &[Picture], ask: Ask) -> Result<Vec<Item>> {
        match self {
            Self::Original => Ok(pictures.iter().map(child::original).collect()),
            Self::Ladder => ladder(pictures, ask),
            Self::Candidate {
                name,
                edge,
                format,
                options,
            } => {
                let folder = bench.scratch.join(name.replace(':', "-"));
                fs::create_dir_all(&folder)?;
                let copies: Vec<Copy> = pictures
                    .iter()
                    .map(|picture| Copy {
                        from: picture.path.clone(),
                        to: folder.join(format!("{}.{}", picture.name, format.name())),
                    })
                    .collect();
                peers::sharp_mezzanines(bench.sharp, *edge, *format, options, &copies)?;
                Ok(pictures
                    .iter()
                    .zip(copies)
                    .map(|(picture, copy)| picture.mezzanine(&copy.to))
                    .collect())
            }
        }
    }
}

pub(crate) fn answer(bench: &Bench<'_>, question: &Question) -> Result<()> {
    let ask = Ask {
        format: question.format,
        side: question.side,
        cover: question.cover,
        high_effort: question.high_effort,
    };
    let scorer = Scorer::new(bench.sharp, bench.cache, bench.scratch)?;
    progress(&format!("{}: ladders", question.set));
    let pictures = corpus::load(bench.cache, &question.set, question.pictures, bench.scratch)?;
    print("set,picture,source,source_bytes,format,quality,bytes,ssimulacra2,ssimulacra2_least,cpu_ms\n");
    for source in &question.sources {
        let items = source.items(bench, &pictures, ask)?;
        let sizes: Vec<f64> = items
            .iter()
            .map(|item| Ok(fs::metadata(&item.path)?.len() as f64))
            .collect::<Result<_>>()?;
        for quality in &question.qualities {
            let to: Vec<PathBuf> = files(bench.scratch, "quality", &pictures, ask);
            let bytes: Vec<f64> = child::ask(&Request::Write {
                items: items.clone(),
                ask,
                quality: *quality,
                to: to.clone(),
            })?;
            let cost: Cost = child::ask(&Request::Time {
                items: items.clone(),
                ask,
                quality: *quality,
                minimum_seconds: 0.0,
            })?;
            let scores = scorer.scores(&question.set, &corpus::as_originals(&pictures), ask.cover, &to)?;
            let line = |picture: &str, size: f64, bytes: f64, score: f64, least: f64, cpu: &str| {
                print(&format!(
                    "{},{picture},{},{size:.0},{},{quality},{bytes:.0},{score:.2},{least:.2},{cpu}\n",
                    question.set,
                    source.name(),
                    ask.format.name(),
                ));
            };
            if question.each {
                for (index, picture) in pictures.iter().enumerate() {
                    line(
                        &picture.name,
                        sizes[index],
                        bytes[index],
                        scores[index],
                        scores[index],
                        "",
                    );
                }
            }
            let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
            let cpu = format!("{:.2}", cost.cpu_seconds * 1e3 / f64::from(cost.images));
            line("(mean)", mean(&sizes), mean(&bytes), mean(&scores), least, &cpu);
        }
    }
    Ok(())
}
