//! `bench-imaging auto`: how many bytes `quality=auto` saves against a fixed quality at an equal mean score.

use std::path::PathBuf;

use anyhow::{Context, Result};
use bench::{Format, Scorer, mean, print, progress};

use crate::{
    child::{self, Cost, Item, Request},
    compare::{Bench, files, ladder},
    corpus::{self, Picture},
    jobs::Ask,
    ours::Quality,
};

/// What `auto` is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Question {
    /// Folders of the corpus, whose pictures count together.
    #[arg(long, value_delimiter = ',', default_value = "medium,large")]
    sets: Vec<String>,
    /// The outputs'.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "jpeg,webp,avif")]
    formats: Vec<Format>,
    /// The side of the square that the output fits into.
    #[arg(long, default_value_t = 800)]
    side: u32,
    /// Render from the rungs that delivery takes, not from originals.
    #[arg(long)]
    ladder: bool,
    /// At most so many of each set.
    #[arg(long, default_value_t = usize::MAX)]
    pictures: usize,
}

/// Means over all pictures.
#[derive(Debug, Clone, Copy)]
struct Point {
    bytes: f64,
    score: f64,
    cpu_ms: f64,
}

struct Set {
    name: String,
    pictures: Vec<Picture>,
    items: Vec<Item>,
}

pub(crate) fn answer(bench: &Bench<'_>, question: &Question) -> Result<()> {
    let scorer = Scorer::new(bench.sharp, bench.cache, bench.scratch)?;
    print(
        "| Format | q=auto: bytes | SSIMULACRA2 | CPU, ms | Fixed: quality | bytes | CPU, ms | auto saves |\n",
    );
    print("|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for format in &question.formats {
        let ask = Ask {
            format: *format,
            side: question.side,
            cover: false,
            high_effort: false,
        };
        let mut sets = Vec::new();
        for name in &question.sets {
            progress(&format!("{name}: ladders"));
            let pictures = corpus::load(bench.cache, name, question.pictures, bench.scratch)?;
            let items = if question.ladder {
                ladder(&pictures, ask)?
            } else {
                pictures.iter().map(child::original).collect()
            };
            sets.push(Set {
                name: name.clone(),
                pictures,
                items,
            });
        }
        let measure = |quality| point(bench, &scorer, &sets, ask, quality);
        let auto = measure(Quality::Auto)?;
        let (quality, fixed) = fixed_alike(auto.score, &measure)?;
        print(&format!(
            "| {} | {:.0} | {:.2} | {:.1} | {quality:.1} | {:.0} | {:.1} | {:.1} % |\n",
            format.name(),
            auto.bytes,
            auto.score,
            auto.cpu_ms,
            fixed.bytes,
            fixed.cpu_ms,
            100.0 * (1.0 - auto.bytes / fixed.bytes),
        ));
    }
    Ok(())
}

/// The fixed quality of the same mean score, and what it costs: between two whole numbers, found by halving, the logarithm
/// of the bytes goes straight.
fn fixed_alike(score: f64, measure: &impl Fn(Quality) -> Result<Point>) -> Result<(f64, Point)> {
    let (mut below, mut above) = ((20, None), (98, None));
    while above.0 - below.0 > 1 {
        let middle = u8::midpoint(below.0, above.0);
        let point = measure(Quality::Fixed(middle))?;
        if point.score < score {
            below = (middle, Some(point));
        } else {
            above = (middle, Some(point));
        }
    }
    let least = below
        .1
        .context("the score of q=auto is below that of quality 21")?;
    let most = above
        .1
        .context("the score of q=auto is above that of quality 97")?;
    let share = (score - least.score) / (most.score - least.score);
    let bytes = (least.bytes.ln() + share * (most.bytes / least.bytes).ln()).exp();
    let point = Point { bytes, score, ..most };
    Ok((f64::from(below.0) + share, point))
}

fn point(bench: &Bench<'_>, scorer: &Scorer<'_>, sets: &[Set], ask: Ask, quality: Quality) -> Result<Point> {
    let (mut bytes, mut scores): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let (mut seconds, mut images) = (0.0, 0);
    for set in sets {
        let to: Vec<PathBuf> = files(bench.scratch, "auto", &set.pictures, ask);
        bytes.extend(child::ask::<Vec<f64>>(&Request::Write {
            items: set.items.clone(),
            ask,
            quality,
            to: to.clone(),
        })?);
        let cost: Cost = child::ask(&Request::Time {
            items: set.items.clone(),
            ask,
            quality,
            minimum_seconds: 0.0,
        })?;
        seconds += cost.cpu_seconds;
        images += cost.images;
        scores.extend(scorer.scores(&set.name, &corpus::as_originals(&set.pictures), ask.cover, &to)?);
    }
    Ok(Point {
        bytes: mean(&bytes),
        score: mean(&scores),
        cpu_ms: seconds * 1e3 / f64::from(images),
    })
}
