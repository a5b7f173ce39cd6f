//! What Tintype's delivery costs beside ipx, thumbor and nginx, on one machine and in one run. README.md says how.

mod answers;
mod burst;
mod hot;
mod http;
mod jobs;
mod load;
mod measure;
mod server;
mod single;
mod site;
mod table;
mod telemetry;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use bench::{Scorer, Sharp, default_cache, print, said_by};
use clap::{Parser, ValueEnum};

use crate::{
    answers::Answers,
    jobs::{JOBS, Job},
    measure::{Effort, Measuring, Part, Sets},
    site::Site,
    table::Circumstances,
};

#[derive(Debug, Parser)]
#[command(about = "Compares Tintype's delivery with ipx, thumbor and nginx.")]
struct Options {
    /// Where photographs and tools lie; tests/bench/delivery/run fills it.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// The program, built with --release.
    #[arg(long, default_value = "target/release/tintype")]
    tintype: PathBuf,
    /// How often everything is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    runs: u16,
    /// One run over three pictures of each set: shows that it works, and roughly what comes out.
    #[arg(long)]
    quick: bool,
    /// Only this part; may stand several times.
    #[arg(long = "only", value_name = "PART")]
    parts: Vec<Part>,
    /// Only this job of the cold part; may stand several times.
    #[arg(long = "job", value_name = "NAME")]
    jobs: Vec<String>,
    /// Where the table goes. Unless told, a full comparison of five runs or more replaces RESULTS.md, and any other only
    /// prints it.
    #[arg(long)]
    output: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    for name in &options.jobs {
        let known: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
        ensure!(
            known.contains(&name.as_str()),
            "{name} is no job: {}",
            known.join(", ")
        );
    }
    let scratch = std::env::temp_dir().join(format!("bench-delivery-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let done = compare(&options, &scratch);
    // Also where it failed: the whole corpus is in there.
    fs::remove_dir_all(&scratch)?;
    done
}

fn compare(options: &Options, scratch: &Path) -> Result<()> {
    let cache = options.cache.clone().map_or_else(default_cache, Ok)?;
    let tintype = fs::canonicalize(&options.tintype).with_context(|| {
        format!(
            "{}; tests/bench/delivery/run builds it",
            options.tintype.display()
        )
    })?;
    let effort = if options.quick {
        Effort {
            runs: 1,
            pictures: 3,
            seconds: 1,
            singles: 100,
        }
    } else {
        Effort {
            runs: usize::from(options.runs),
            pictures: usize::MAX,
            seconds: 2,
            singles: 200,
        }
    };
    let sharp = Sharp::new(&cache);
    let sets = Sets::new(&cache, effort.pictures)?;
    let site = Site::new(&cache, &tintype, scratch, &sets.all())?;
    let answers = Answers {
        site: &site,
        scorer: Scorer::new(&sharp, &cache, scratch)?,
    };
    let measuring = Measuring {
        answers: &answers,
        sets: &sets,
        effort,
    };
    let parts = if options.parts.is_empty() {
        Part::value_variants()
    } else {
        &options.parts
    };
    let jobs: Vec<&'static Job> = JOBS
        .iter()
        .filter(|job| options.jobs.is_empty() || options.jobs.iter().any(|name| name == job.name))
        .collect();
    let outcome = measuring.run(&jobs, parts)?;
    let circumstances = Circumstances {
        date: bench::today()?,
        machine: bench::machine()?,
        versions: versions(&site, &sharp)?,
        effort,
    };
    let table = table::markdown(&outcome, &circumstances);
    print(&table);
    let is_full = options.parts.is_empty() && options.jobs.is_empty() && effort.runs >= 5;
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("delivery/RESULTS.md");
    if let Some(output) = options.output.clone().or_else(|| is_full.then_some(results)) {
        fs::write(&output, table).with_context(|| output.display().to_string())?;
    }
    Ok(())
}

fn versions(site: &Site<'_>, sharp: &Sharp) -> Result<String> {
    let module = |name: &str| -> Result<String> {
        let file = site
            .cache
            .join("ipx/node_modules")
            .join(name)
            .join("package.json");
        let package: serde_json::Value = serde_json::from_slice(&fs::read(&file)?)?;
        Ok(package["version"].as_str().unwrap_or("?").to_owned())
    };
    let python = site.cache.join("thumbor/bin/python");
    let python = python.to_str().context("a cache whose path is no text")?;
    let installed = "import sys, importlib.metadata as m; \
                     print(f\"thumbor {m.version('thumbor')} (Pillow {m.version('pillow')}, \
                     Python {sys.version.split()[0]})\")";
    let wrk = said_by("wrk", &["--version"])?;
    let wrk: Vec<&str> = wrk.split_whitespace().take(2).collect();
    Ok(format!(
        "Tintype {} ({}), ipx {} (sharp {}, node {}), {}, {}, {}; scores read with sharp {}",
        env!("CARGO_PKG_VERSION"),
        said_by("git", &["describe", "--always", "--dirty"])?,
        module("ipx")?,
        module("sharp")?,
        said_by("node", &["--version"])?,
        said_by(python, &["-c", installed])?,
        said_by("nginx", &["-v"])?
            .trim_start_matches("nginx version: ")
            .replace('/', " "),
        wrk.join(" "),
        sharp.versions()?["sharp"].as_str().unwrap_or("?")
    ))
}
