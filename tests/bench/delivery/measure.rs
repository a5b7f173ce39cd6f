//! The parts of the comparison, run after run: in each, all servers of a job follow one another, so that what disturbs one
//! disturbs all.

use anyhow::Result;
use bench::{Original, Spread, originals, progress, spread};

use crate::{
    answers::{Answered, Answers},
    burst::{BurstRun, burst},
    hot::{Hot, HotRun},
    jobs::{Ask, BURST_JOB, JOBS, Job, TOOLS, Tool},
    load::{Enough, Load, Questions, load},
    single::{FirstByte, first_byte},
    telemetry::{ToldRun, telling},
};

/// Requests at the same time.
const CONCURRENCIES: [usize; 3] = [2, 4, 16];
/// Where memory is measured.
pub(crate) const CROWD: usize = 64;

/// How much is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) runs: usize,
    /// Of each set.
    pub(crate) pictures: usize,
    /// The shortest that a load lasts.
    pub(crate) seconds: u32,
    /// Of the first byte, at least.
    pub(crate) singles: usize,
}

/// A part, for `--only`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Images a second and processor time, nothing cached.
    Cold,
    /// Requests a second, everything cached, and 304.
    Hot,
    /// The time to the first byte on an idle machine.
    FirstByte,
    /// Peak memory at concurrency 64.
    Memory,
    /// How long a picture in memory takes to come while 2,000 others are asked for at concurrency 256.
    Burst,
    /// What it costs to tell a collector of each request.
    Telemetry,
}

/// The parts that ask for a picture that is in memory.
const FROM_MEMORY: [Part; 3] = [Part::Hot, Part::Burst, Part::Telemetry];

/// A job at a concurrency.
pub(crate) struct Cold {
    pub(crate) job: &'static Job,
    pub(crate) concurrency: usize,
    pub(crate) tools: Vec<Loads>,
}

/// A server's runs.
pub(crate) struct Loads {
    pub(crate) tool: Tool,
    pub(crate) runs: Vec<Load>,
}

impl Loads {
    pub(crate) fn spread(&self, of: impl Fn(&Load) -> f64) -> Spread {
        spread(self.runs.iter().map(of))
    }

    /// Of all runs.
    pub(crate) fn refused(&self) -> usize {
        self.runs.iter().map(|run| run.refused).sum()
    }
}

/// Everything that came out.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) answers: Vec<(&'static Job, Vec<Answered>)>,
    pub(crate) cold: Vec<Cold>,
    /// Bytes of the picture, and the runs.
    pub(crate) hot: Option<(usize, Vec<HotRun>)>,
    pub(crate) first_byte: Vec<(Tool, Vec<FirstByte>)>,
    pub(crate) memory: Vec<Loads>,
    /// Bytes of the picture in memory, and the runs.
    pub(crate) burst: Option<(usize, Vec<BurstRun>)>,
    /// Bytes of the picture in memory, and the runs, each in the order of `Telling::ALL`.
    pub(crate) telemetry: Option<(usize, Vec<[ToldRun; 4]>)>,
}

/// The corpus' sets that are asked for.
pub(crate) struct Sets(Vec<(&'static str, Vec<Original>)>);

impl Sets {
    pub(crate) fn new(cache: &std::path::Path, at_most: usize) -> Result<Self> {
        let mut sets: Vec<(&'static str, Vec<Original>)> = Vec::new();
        for job in JOBS {
            if !sets.iter().any(|(name, _)| *name == job.set) {
                sets.push((job.set, originals(cache, job.set, at_most)?));
            }
        }
        Ok(Self(sets))
    }

    pub(crate) fn all(&self) -> Vec<Original> {
        self.0.iter().flat_map(|(_, set)| set.clone()).collect()
    }

    fn of(&self, job: &Job) -> &[Original] {
        let found = self.0.iter().find(|(name, _)| *name == job.set);
        found.map_or(&[], |(_, set)| set)
    }
}

/// What is asked for in this run of the program.
pub(crate) struct Measuring<'a> {
    pub(crate) answers: &'a Answers<'a>,
    pub(crate) sets: &'a Sets,
    pub(crate) effort: Effort,
}

impl Measuring<'_> {
    pub(crate) fn run(&self, jobs: &[&'static Job], parts: &[Part]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let site = self.answers.site;
        // Where a part needs the first job's qualities, that one is answered too.
        let Some(first) = JOBS.first() else {
            return Ok(outcome);
        };
        let needs_first = parts.contains(&Part::FirstByte) || parts.contains(&Part::Memory);
        for job in JOBS {
            let is_asked_for = parts.contains(&Part::Cold) && jobs.iter().any(|of| of.name == job.name);
            if is_asked_for || (needs_first && job.name == first.name) {
                progress(&format!("{}: answers", job.title));
                let answered = self.answers.of(job, self.sets.of(job))?;
                outcome.answers.push((job, answered));
            }
            if is_asked_for {
                outcome
                    .cold
                    .extend(CONCURRENCIES.map(|concurrency| Cold::new(job, concurrency)));
            }
        }
        let hot = match self.sets.of(first).first() {
            Some(original) if parts.iter().any(|part| FROM_MEMORY.contains(part)) => {
                Some(Hot::new(site, original, self.effort.seconds)?)
            }
            _ => None,
        };
        let runs_of = |part| {
            let hot = hot.as_ref().filter(|_| parts.contains(&part));
            hot.map(|hot| hot.bytes)
        };
        outcome.hot = runs_of(Part::Hot).map(|bytes| (bytes, Vec::new()));
        outcome.burst = runs_of(Part::Burst).map(|bytes| (bytes, Vec::new()));
        outcome.telemetry = runs_of(Part::Telemetry).map(|bytes| (bytes, Vec::new()));
        if parts.contains(&Part::Memory) {
            outcome.memory = Loads::of_all();
        }
        if parts.contains(&Part::FirstByte) {
            outcome.first_byte = TOOLS.map(|tool| (tool, Vec::new())).into();
        }
        for run in 1..=self.effort.runs {
            progress(&format!("run {run} of {}", self.effort.runs));
            self.one_run(&mut outcome, first, hot.as_ref())?;
        }
        Ok(outcome)
    }

    fn one_run(&self, outcome: &mut Outcome, first: &'static Job, hot: Option<&Hot<'_>>) -> Result<()> {
        let Outcome {
            answers,
            cold,
            hot: hot_runs,
            first_byte: first_bytes,
            memory,
            burst: bursts,
            telemetry,
        } = outcome;
        let ask = |job: &Job, tool| ask_of(answers, job, tool);
        for cold in cold {
            for Loads { tool, runs } in &mut cold.tools {
                progress(&format!(
                    "{}, {} at once: {}",
                    cold.job.title,
                    cold.concurrency,
                    tool.name()
                ));
                let enough = Enough {
                    seconds: f64::from(self.effort.seconds),
                    requests: cold.concurrency,
                };
                runs.push(self.load(cold.job, *tool, ask(cold.job, *tool), cold.concurrency, enough)?);
            }
        }
        for Loads { tool, runs } in memory {
            progress(&format!("memory: {}", tool.name()));
            let enough = Enough {
                seconds: f64::from(self.effort.seconds),
                requests: 3 * CROWD,
            };
            runs.push(self.load(first, *tool, ask(first, *tool), CROWD, enough)?);
        }
        for (tool, runs) in first_bytes {
            progress(&format!("first byte: {}", tool.name()));
            let server = self.answers.site.start(*tool)?;
            let questions = self.questions(first, *tool, ask(first, *tool));
            runs.push(first_byte(&server, &questions, self.effort.singles)?);
        }
        if let (Some(hot), Some((_, runs))) = (hot, hot_runs) {
            runs.push(hot.run()?);
        }
        if let (Some(hot), Some((_, runs))) = (hot, telemetry) {
            runs.push(telling(self.answers.site, hot)?);
        }
        let job = JOBS.iter().find(|job| job.name == BURST_JOB);
        if let (Some(hot), Some((_, runs)), Some(job)) = (hot, bursts, job) {
            progress("burst");
            let questions = self.questions(job, Tool::Tintype, job.ask(Tool::Tintype));
            runs.push(burst(self.answers.site, &questions, &hot.path)?);
        }
        Ok(())
    }

    fn load(
        &self,
        job: &'static Job,
        tool: Tool,
        ask: Ask,
        concurrency: usize,
        enough: Enough,
    ) -> Result<Load> {
        let server = self.answers.site.start(tool)?;
        load(&server, &self.questions(job, tool, ask), concurrency, enough)
    }

    fn questions(&self, job: &'static Job, tool: Tool, ask: Ask) -> Questions<'_> {
        Questions {
            site: self.answers.site,
            tool,
            originals: self.sets.of(job),
            ask,
        }
    }
}

impl Cold {
    fn new(job: &'static Job, concurrency: usize) -> Self {
        Self {
            job,
            concurrency,
            tools: Loads::of_all(),
        }
    }
}

impl Loads {
    fn of_all() -> Vec<Self> {
        let none = |tool| Self {
            tool,
            runs: Vec::new(),
        };
        TOOLS.map(none).into()
    }
}

/// With the quality that was found out.
fn ask_of(answers: &[(&'static Job, Vec<Answered>)], job: &Job, tool: Tool) -> Ask {
    let answered = answers.iter().find(|(of, _)| of.name == job.name);
    let answered = answered.and_then(|(_, all)| all.iter().find(|answered| answered.tool == tool));
    answered.map_or_else(|| job.ask(tool), |answered| answered.ask)
}
