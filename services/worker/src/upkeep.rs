//! Upkeep: what is done every now and then, by one worker at a time.

use std::time::Duration;

use domain::{EventKind, ImageChange, Job};
use jiff::Timestamp;
use ports::{Plan, PortError, change_image, random_bytes};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Worker;

const LEASE_NAME: &str = "upkeep";

/// How often upkeep is done.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How many images one round takes out of the trash.
const TRASH_BATCH: u32 = 500;

impl Worker {
    /// Keeps things up until `stopping`: at the start, and then every hour; what the queue gave up, every minute.
    pub async fn run_upkeep(&self, stopping: CancellationToken) {
        let holder = u128::from_be_bytes(random_bytes(&*self.entropy)).to_string();
        let strays = self.watch_strays(&holder, stopping.clone());
        tokio::join!(self.keep_up(&holder, stopping), strays);
    }

    async fn keep_up(&self, holder: &str, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            if let Err(error) = self.keep_up_as(holder).await {
                warn!(error.message = %error, "upkeep failed; it is tried again in an hour");
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(INTERVAL) => {}
            }
        }
    }

    async fn keep_up_as(&self, holder: &str) -> Result<(), PortError> {
        let now = self.clock.now();
        // The lease is left to end by itself: it is what keeps others from doing the same again within the hour.
        let until = now.checked_add(INTERVAL / 2).unwrap_or(now);
        if !self.catalog.hold_lease(LEASE_NAME, holder, now, until).await? {
            return Ok(());
        }
        self.empty_trash().await?;
        self.mend_presets().await;
        self.catalog.remove_ended_sessions(now).await?;
        let forget = now
            .checked_sub(self.settings.event_retention)
            .unwrap_or(Timestamp::MIN);
        self.catalog.forget_events_before(forget).await?;
        self.sweep(self.settings.sweep_min_age).await.map(drop)
    }

    /// Deletes for good what has been in the trash for longer than it is kept.
    async fn empty_trash(&self) -> Result<(), PortError> {
        let before = self
            .clock
            .now()
            .checked_sub(self.settings.trash_retention)
            .unwrap_or(Timestamp::MIN);
        for image in self.catalog.trashed_before(before, TRASH_BATCH).await? {
            let job = Job::Delete { image_id: image.id };
            change_image(&*self.catalog, &*self.clock, &*self.entropy, image.id, |image| {
                // It may have been restored since the listing.
                image.trashed_at.is_some_and(|at| at < before).then(|| Plan {
                    change: ImageChange::Delete,
                    event: EventKind::Trashed,
                    job: Some(job.clone()),
                })
            })
            .await?;
        }
        Ok(())
    }
}
