//! What Tintype's engine costs beside sharp and vipsthumbnail, on one machine and in one run. README.md says how.

mod auto;
mod child;
mod compare;
mod corpus;
mod jobs;
mod ours;
mod peers;
mod quality;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use bench::{Sharp, default_cache, print, said_by};
use clap::{Parser, Subcommand};

use crate::{
    compare::{Bench, Effort},
    jobs::{JOBS, Job},
    table::Circumstances,
};

#[derive(Debug, Parser)]
#[command(about = "Compares Tintype's imaging engine with sharp and vipsthumbnail.")]
struct Options {
    /// Where photographs, sharp and references lie; tests/bench/imaging/run fills it.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// One run over three pictures of each set: shows that it works, and roughly what comes out.
    #[arg(long)]
    quick: bool,
    /// Only this job; may stand several times.
    #[arg(long = "job", value_name = "NAME")]
    jobs: Vec<String>,
    /// Where the table goes. Unless told, a full comparison replaces RESULTS.md, and any other only prints it.
    #[arg(long)]
    output: Option<PathBuf>,
    #[command(subcommand)]
    instead: Option<Instead>,
}

#[derive(Debug, Subcommand)]
enum Instead {
    /// Prints bytes and SSIMULACRA2 at several qualities and from several sources, as CSV.
    Quality(quality::Question),
    /// Prints how many bytes quality=auto saves against a fixed quality of the same mean SSIMULACRA2.
    Auto(auto::Question),
    /// What this program starts itself as.
    #[command(hide = true)]
    Child,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if matches!(options.instead, Some(Instead::Child)) {
        return child::serve();
    }
    let cache = options.cache.map_or_else(default_cache, Ok)?;
    let scratch = std::env::temp_dir().join(format!("bench-imaging-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let sharp = Sharp::new(&cache);
    let full = Effort {
        runs: 5,
        pictures: usize::MAX,
        minimum_seconds: 1.0,
    };
    let quick = Effort {
        runs: 1,
        pictures: 3,
        minimum_seconds: 0.0,
    };
    let bench = Bench {
        cache: &cache,
        scratch: &scratch,
        sharp: &sharp,
        effort: if options.quick { quick } else { full },
    };
    let done = match options.instead {
        Some(Instead::Quality(question)) => quality::answer(&bench, &question),
        Some(Instead::Auto(question)) => auto::answer(&bench, &question),
        _ => compare(&bench, &options.jobs, options.output),
    };
    // Also where it failed: a ladder of every set is in there.
    fs::remove_dir_all(&scratch)?;
    done
}

fn compare(bench: &Bench<'_>, names: &[String], output: Option<PathBuf>) -> Result<()> {
    for name in names {
        let known: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
        ensure!(
            known.contains(&name.as_str()),
            "{name} is no job: {}",
            known.join(", ")
        );
    }
    let jobs: Vec<&'static Job> = JOBS
        .iter()
        .filter(|job| names.is_empty() || names.iter().any(|name| name == job.name))
        .collect();
    let outcomes = bench.compare(&jobs)?;
    let circumstances = circumstances(bench)?;
    let table = table::markdown(&outcomes, &circumstances);
    print(&table);
    let is_full = names.is_empty() && bench.effort.runs > 1;
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("imaging/RESULTS.md");
    if let Some(output) = output.or_else(|| is_full.then_some(results)) {
        fs::write(&output, table).with_context(|| output.display().to_string())?;
    }
    Ok(())
}

fn circumstances(bench: &Bench<'_>) -> Result<Circumstances> {
    let versions = bench.sharp.versions()?;
    let version = |name: &str| versions[name].as_str().unwrap_or("?").to_owned();
    Ok(Circumstances {
        date: bench::today()?,
        machine: bench::machine()?,
        versions: format!(
            "Tintype {} ({}), sharp {} (libvips {}, libwebp {}, libaom {}), {}, node {}",
            env!("CARGO_PKG_VERSION"),
            said_by("git", &["describe", "--always", "--dirty"])?,
            version("sharp"),
            version("vips"),
            version("webp"),
            version("aom"),
            peers::vips_version()?,
            said_by("node", &["--version"])?,
        ),
        effort: bench.effort,
    })
}
