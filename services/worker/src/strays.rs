//! Jobs that the queue gave up by itself: each worker that had one died over it, or it cannot be read.
//!
//! The catalog hears of them, so that people see them where they see all dead letters, with a reason.

use std::time::Duration;

use domain::{ImageState, Job};
use ports::{DeadLetter, PortError, Stray};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{Worker, jobs::give_up};

const LEASE_NAME: &str = "strays";

/// How often somebody looks.
const INTERVAL: Duration = Duration::from_secs(60);

/// How many one look takes.
const BATCH: usize = 100;

impl Worker {
    pub(crate) async fn watch_strays(&self, holder: &str, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            if let Err(error) = self.bury_strays_as(holder).await {
                warn!(error.message = %error, "what the queue gave up could not be looked at; it is tried again in a minute");
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(INTERVAL) => {}
            }
        }
    }

    async fn bury_strays_as(&self, holder: &str) -> Result<(), PortError> {
        let now = self.clock.now();
        // It is left to end by itself, as upkeep's: one look within the interval is enough.
        let until = now.checked_add(INTERVAL / 2).unwrap_or(now);
        if !self.catalog.hold_lease(LEASE_NAME, holder, now, until).await? {
            return Ok(());
        }
        self.bury_strays().await.map(drop)
    }

    /// Buries in the catalog what the queue gave up and the catalog does not know; how many jobs.
    ///
    /// # Errors
    /// When a port fails; the next look goes on.
    pub async fn bury_strays(&self) -> Result<usize, PortError> {
        let mut buried = 0;
        for Stray { envelope, attempts } in self.queue.strays(BATCH).await? {
            // Its worker buried it, and said why.
            if self.catalog.dead_letter(envelope.id).await?.is_some() {
                continue;
            }
            let job = Job::try_from(&envelope);
            if let Ok(job) = &job
                && self.is_done(job).await?
            {
                self.queue.forget_dead(&[envelope.id]).await?;
                continue;
            }
            let reason = match &job {
                Ok(_) => format!(
                    "The queue gave it up after {attempts} deliveries: each worker that had it ended without a word."
                ),
                Err(unknown) => format!("The queue put it aside: {unknown}."),
            };
            error!(job.id = %envelope.id, job.kind = %envelope.kind, job.reason = %reason, "a job is a dead letter");
            if let Ok(job) = &job {
                give_up(self, job, &reason).await?;
            }
            let died_at = self.clock.now();
            let letter = DeadLetter {
                envelope,
                reason,
                attempts,
                died_at,
            };
            self.catalog.bury(&letter).await?;
            buried += 1;
        }
        Ok(buried)
    }

    /// Whether the job was done after all: it was sent anew, and the queue's own copy was not found then.
    async fn is_done(&self, job: &Job) -> Result<bool, PortError> {
        let Job::Ingest { image_id } = job else {
            return Ok(false);
        };
        let image = self.catalog.image(*image_id).await?;
        Ok(image.is_none_or(|image| image.state == ImageState::Ready))
    }
}
