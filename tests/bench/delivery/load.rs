//! Requests for what nobody has asked for before, so many at a time.

use std::{
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};
use bench::Original;

use crate::{
    http::{Answer, Client},
    jobs::{Ask, Tool},
    server::Server,
    site::{Site, said},
};

/// When enough was asked. It is asked in whole passes over the set, so that all servers answer the same mixture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enough {
    pub(crate) seconds: f64,
    pub(crate) requests: usize,
}

/// What a load cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) images: usize,
    /// Answered with 429 instead.
    pub(crate) refused: usize,
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_bytes: u64,
}

impl Load {
    pub(crate) fn images_a_second(&self) -> f64 {
        self.images as f64 / self.wall_seconds
    }

    /// What was refused has cost little.
    pub(crate) fn cpu_an_image(&self) -> f64 {
        self.cpu_seconds / self.images as f64
    }
}

/// What is asked of whom.
pub(crate) struct Questions<'a> {
    pub(crate) site: &'a Site<'a>,
    pub(crate) tool: Tool,
    pub(crate) originals: &'a [Original],
    pub(crate) ask: Ask,
}

impl Questions<'_> {
    /// None when all passes are used up.
    pub(crate) fn path(&self, number: usize) -> Result<Option<String>> {
        let (pass, index) = (number / self.originals.len(), number % self.originals.len());
        let ask = self.ask.pass(pass);
        ask.map(|ask| self.site.path(self.tool, &self.originals[index], ask))
            .transpose()
    }

    /// One pass that is not measured: opens files, starts threads, fills the system's cache.
    pub(crate) fn warm_up(&self, server: &Server) -> Result<()> {
        let mut client = Client::new(server.address);
        for original in self.originals {
            // A size that is never measured, in the format that takes the shortest.
            let ask = Ask {
                format: bench::Format::Jpeg,
                width: 690,
                height: None,
                quality: Some(80),
            };
            let answer = client.get(&self.site.path(self.tool, original, ask)?)?;
            ensure!(
                answer.status == 200,
                "{}: {}",
                self.tool.name(),
                said(&answer.body)
            );
        }
        Ok(())
    }

    /// Whether it is a picture; false if it is a refusal. A picture that was not rendered for it is an error.
    pub(crate) fn check(&self, answer: &Answer) -> Result<bool> {
        if answer.status == 429 {
            return Ok(false);
        }
        ensure!(
            answer.status == 200 && !answer.body.is_empty(),
            "{} answered {}: {}",
            self.tool.name(),
            answer.status,
            said(&answer.body)
        );
        let kind = answer.header("content-type").unwrap_or_default();
        let wanted = format!("image/{}", self.ask.format.name());
        ensure!(kind == wanted, "{} answered with {kind:?}", self.tool.name());
        if self.tool == Tool::Tintype {
            let timing = answer.header("server-timing").unwrap_or_default();
            ensure!(timing.contains("rendered"), "not a cold answer: {timing:?}");
        }
        Ok(true)
    }
}

/// Which requests were sent.
struct Progress {
    next: usize,
    is_over: bool,
    images: usize,
    refused: usize,
}

/// Loads a server from `concurrency` connections.
pub(crate) fn load(
    server: &Server,
    questions: &Questions<'_>,
    concurrency: usize,
    enough: Enough,
) -> Result<Load> {
    questions.warm_up(server)?;
    let cpu_before = server.cpu_seconds()?;
    let begun = Instant::now();
    let progress = Mutex::new(Progress {
        next: 0,
        is_over: false,
        images: 0,
        refused: 0,
    });
    thread::scope(|scope| {
        let ask = || ask(server.address, questions, &progress, begun, enough);
        let workers: Vec<_> = (0..concurrency).map(|_| scope.spawn(ask)).collect();
        workers.into_iter().try_for_each(|worker| {
            let done = worker.join().map_err(|_| anyhow!("a client panicked"))?;
            // The others need not go on with what will be thrown away.
            lock(&progress).is_over |= done.is_err();
            done
        })
    })?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    // Tintype stores what it has sent: that belongs to the cost.
    thread::sleep(Duration::from_millis(200));
    let Progress { images, refused, .. } = *lock(&progress);
    ensure!(images > 0, "{} answered nothing but 429", questions.tool.name());
    Ok(Load {
        images,
        refused,
        wall_seconds,
        cpu_seconds: server.cpu_seconds()? - cpu_before,
        peak_bytes: server.peak_bytes()?,
    })
}

fn ask(
    address: SocketAddr,
    questions: &Questions<'_>,
    progress: &Mutex<Progress>,
    begun: Instant,
    enough: Enough,
) -> Result<()> {
    let mut client = Client::new(address);
    loop {
        let number = {
            let mut progress = lock(progress);
            let number = progress.next;
            let at_a_pass = number.is_multiple_of(questions.originals.len());
            let is_enough =
                number >= enough.requests.max(1) && begun.elapsed().as_secs_f64() >= enough.seconds;
            progress.is_over |= at_a_pass && is_enough;
            if progress.is_over {
                return Ok(());
            }
            progress.next += 1;
            number
        };
        let Some(path) = questions.path(number)? else {
            lock(progress).is_over = true;
            return Ok(());
        };
        let is_image = questions.check(&client.get(&path)?)?;
        let mut progress = lock(progress);
        if is_image {
            progress.images += 1;
        } else {
            progress.refused += 1;
        }
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
