//! What a picture that is in memory takes to come while far more is asked for than can be rendered.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};

use crate::{http::Client, jobs::Tool, load::Questions, server::Server, single::percentile, site::Site};

/// Different pictures, each of which is rendered once.
const RENDERS: usize = 2_000;
/// Who ask for them, each for one after the other.
const CLIENTS: usize = 256;
/// How long whoever is refused waits before the next try, which is what the answer asks for.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks at the picture that is in memory: often enough for a hundredth of them, too seldom to be a load.
const PAUSE: Duration = Duration::from_millis(2);
/// Longer than any machine takes for all renders. Who is refused so long has found a defect.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a burst gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BurstRun {
    /// Seconds until the picture in memory was there, to its last byte.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) most: f64,
    /// How often that was measured.
    pub(crate) looks: usize,
    /// Answers of 429, each of which was tried again.
    pub(crate) refused: usize,
    pub(crate) wall_seconds: f64,
}

/// Asks for all renders, and meanwhile for `hot` again and again. Every render must be answered with a picture in the end.
pub(crate) fn burst(site: &Site<'_>, questions: &Questions<'_>, hot: &str) -> Result<BurstRun> {
    let server = site.start(Tool::Tintype)?;
    let mut client = Client::new(server.address);
    // Rendered, then as it is from then on.
    client.get(hot)?;
    ensure_from_memory(&mut client, hot)?;
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let running = Mutex::new(CLIENTS);
    let begun = Instant::now();
    let mut looks: Vec<f64> = Vec::new();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let done = ask(&server, questions, &next, &refused, begun);
                    *lock(&running) -= 1;
                    done
                })
            })
            .collect();
        while *lock(&running) > 0 {
            thread::sleep(PAUSE);
            let asked = Instant::now();
            ensure_from_memory(&mut client, hot)?;
            looks.push(asked.elapsed().as_secs_f64());
        }
        clients.into_iter().try_for_each(|client| {
            let done = client.join();
            done.map_err(|_| anyhow!("a client panicked"))?
        })
    })?;
    let wall_seconds = begun.elapsed().as_secs_f64();
    looks.sort_by(f64::total_cmp);
    Ok(BurstRun {
        p50: percentile(&looks, 50),
        p99: percentile(&looks, 99),
        most: percentile(&looks, 100),
        looks: looks.len(),
        refused: refused.into_inner(),
        wall_seconds,
    })
}

fn ensure_from_memory(client: &mut Client, hot: &str) -> Result<()> {
    let answer = client.get(hot)?;
    let timing = answer.header("server-timing").unwrap_or_default();
    ensure!(
        answer.status == 200 && timing.contains("memory"),
        "{}, {timing:?}: not from memory",
        answer.status
    );
    Ok(())
}

fn ask(
    server: &Server,
    questions: &Questions<'_>,
    next: &AtomicUsize,
    refused: &AtomicUsize,
    begun: Instant,
) -> Result<()> {
    let mut client = Client::new(server.address);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= RENDERS {
            return Ok(());
        }
        let path = questions.path(number)?;
        let path = path.ok_or_else(|| anyhow!("the set is too small for {RENDERS} different pictures"))?;
        while !questions.check(&client.get(&path)?)? {
            refused.fetch_add(1, Ordering::Relaxed);
            ensure!(begun.elapsed() < PATIENCE, "{path} is refused again and again");
            thread::sleep(RETRY);
        }
    }
}

fn lock(running: &Mutex<usize>) -> MutexGuard<'_, usize> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
