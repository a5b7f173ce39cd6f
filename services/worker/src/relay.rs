//! The relay: takes messages out of the outbox and tells them, jobs to the queue and events to all who listen.
//!
//! One relay at a time, by a lease: it gives events their sequence. A crash anywhere repeats a message and loses none: a
//! job is sent before it leaves the outbox, an event is in the log before it is published and marked only after.

use std::time::Duration;

use domain::{Envelope, OutboxMessage};
use jiff::Timestamp;
use ports::{PortError, random_bytes};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Worker;

const LEASE_NAME: &str = "relay";

/// Another relay takes over this long after its holder fell silent. It is extended when half of it has passed: an idle
/// relay writes seldom.
const LEASE: Duration = Duration::from_secs(6);

/// How long one who has no lease waits before asking again, and one whom the catalog failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How many messages one pass takes.
const BATCH: u32 = 200;

/// Who relays, and when the lease is to be extended.
struct RelayLease {
    holder: String,
    extend_at: Timestamp,
}

impl Worker {
    /// Relays until `stopping`, while it holds the lease.
    pub async fn run_relay(&self, stopping: CancellationToken) {
        let mut lease = RelayLease {
            holder: u128::from_be_bytes(random_bytes(&*self.entropy)).to_string(),
            extend_at: Timestamp::MIN,
        };
        while !stopping.is_cancelled() {
            let pause = match self.relay_under(&mut lease).await {
                Ok(Some(0)) => self.settings.relay_poll,
                Ok(Some(_)) => continue,
                Ok(None) => PAUSE,
                Err(error) => {
                    warn!(error.message = %error, "the relay failed; it goes on in a moment");
                    PAUSE
                }
            };
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(pause) => {}
            }
        }
        if let Err(error) = self.catalog.release_lease(LEASE_NAME, &lease.holder).await {
            warn!(error.message = %error, "the relay's lease could not be given back: it ends by itself");
        }
    }

    /// One pass, if the lease is held or can be had.
    async fn relay_under(&self, lease: &mut RelayLease) -> Result<Option<usize>, PortError> {
        let now = self.clock.now();
        if now >= lease.extend_at {
            let until = now.checked_add(LEASE).unwrap_or(now);
            if !self
                .catalog
                .hold_lease(LEASE_NAME, &lease.holder, now, until)
                .await?
            {
                return Ok(None);
            }
            lease.extend_at = now.checked_add(LEASE / 2).unwrap_or(now);
        }
        self.relay_once().await.map(Some)
    }

    /// One pass: how many messages it took out.
    pub(crate) async fn relay_once(&self) -> Result<usize, PortError> {
        let items = self.catalog.outbox(BATCH).await?;
        if !items.is_empty() {
            let jobs: Vec<Envelope> = items
                .iter()
                .filter_map(|item| match &item.message {
                    OutboxMessage::Job(envelope) => Some(envelope.clone()),
                    OutboxMessage::Event(_) => None,
                })
                .collect();
            self.queue.send(&jobs).await?;
            self.catalog.settle(&items).await?;
        }
        let events = self.catalog.unpublished_events(BATCH).await?;
        for event in &events {
            self.notifier.publish(event).await?;
        }
        if let Some(last) = events.last() {
            self.catalog.mark_published(last.sequence).await?;
        }
        Ok(items.len().max(events.len()))
    }
}
