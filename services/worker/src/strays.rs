//! Jobs that the queue gave up by itself: each worker that had one died over it, or it cannot be read.
//!
//! The catalog hears of them, so that people see them where they see all dead letters, with a reason.

use std::time::Duration;

use domain::{DirectUploadState, ImageState, Job};
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
        Ok(match job {
            Job::Ingest { image_id } => {
                let image = self.catalog.image(*image_id).await?;
                image.is_none_or(|image| image.state == ImageState::Ready)
            }
            Job::Accept { upload_id } => {
                let upload = self.catalog.upload(*upload_id).await?;
                upload.is_none_or(|upload| upload.state == DirectUploadState::Accepted)
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{EventKind, Failure};
    use ports::{DeadLetterCatalog, ImageCatalog};

    use super::*;
    use crate::testing::Scene;

    /// The worker dies over the job each time, and the queue gives it up.
    async fn given_up(scene: &Scene) -> (domain::ImageId, domain::Envelope) {
        let (image, _) = scene.accepts(EventKind::Accepted, true).await;
        let mut relay = scene.worker.relay();
        relay.turn().await.unwrap();
        relay.end().await.unwrap();
        let queue = &scene.worker.queue;
        let job = queue
            .receive(1, INTERVAL, Duration::ZERO)
            .await
            .unwrap()
            .remove(0);
        queue.complete(&job.receipt).await.unwrap();
        scene.queue.strays.lock().unwrap().push(Stray {
            envelope: job.envelope.clone(),
            attempts: 12,
        });
        (image, job.envelope)
    }

    #[tokio::test]
    async fn a_job_that_the_queue_gave_up_is_told_once_and_its_image_waits_no_more() {
        let scene = Scene::new().await;
        let (image, envelope) = given_up(&scene).await;
        assert_eq!(scene.worker.bury_strays().await.unwrap(), 1);
        assert_eq!(scene.worker.bury_strays().await.unwrap(), 0);
        let letters = scene.catalog.dead_letters(10).await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!((&letters[0].envelope, letters[0].attempts), (&envelope, 12));
        assert!(
            letters[0].reason.contains("after 12 deliveries"),
            "{}",
            letters[0].reason
        );
        let failure = scene
            .catalog
            .image(image)
            .await
            .unwrap()
            .unwrap()
            .failure
            .unwrap();
        assert_eq!(failure.code, Failure::GAVE_UP);
    }

    #[tokio::test]
    async fn what_a_worker_buried_keeps_the_reason_that_it_gave() {
        let scene = Scene::new().await;
        let (_, envelope) = given_up(&scene).await;
        let letter = DeadLetter {
            envelope,
            reason: "The disk is full.".into(),
            attempts: 5,
            died_at: scene.clock_now(),
        };
        scene.catalog.bury(&letter).await.unwrap();
        assert_eq!(scene.worker.bury_strays().await.unwrap(), 0);
        assert_eq!(scene.catalog.dead_letters(10).await.unwrap(), [letter]);
    }

    #[tokio::test]
    async fn a_job_whose_image_is_gone_is_forgotten() {
        let scene = Scene::new().await;
        let (image, _) = given_up(&scene).await;
        sqlx::query("DELETE FROM images WHERE id = ?")
            .bind(image.as_uuid())
            .execute(&scene.database.writer)
            .await
            .unwrap();
        assert_eq!(scene.worker.bury_strays().await.unwrap(), 0);
        assert!(scene.queue.strays.lock().unwrap().is_empty());
        assert_eq!(scene.catalog.count_dead_letters().await.unwrap(), 0);
    }
}
