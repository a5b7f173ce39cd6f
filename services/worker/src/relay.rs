//! The relay: takes messages out of the outbox, jobs to the queue and events to the log, and from there to the webhooks.
//!
//! One relay at a time, by a lease: it gives events their sequence. A crash anywhere repeats a message and loses none: a
//! job is sent before it leaves the outbox; an event is in the log before it is put down for webhooks, and marked in the same
//! transaction.
//!
//! What fails stands in the way of nothing else: while the queue is away events go on; the topic, which may be away or refuse an
//! event, goes through the log by itself (`topic.rs`); and a message that this release cannot read stays where it is, is
//! complained of once, and is passed by. In a rolling deploy it is of the release to come, whose relay reads it; a damaged one waits
//! for somebody to look at it.

use std::{collections::BTreeSet, time::Duration};

use domain::{Envelope, OutboxItem, OutboxMessage};
use ports::PortError;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{Worker, lease::Held};

const LEASE_NAME: &str = "relay";

/// Another relay takes over this long after its holder fell silent.
const LEASE: Duration = Duration::from_secs(6);

/// How long one who has no lease waits before asking again, and one whom the catalog failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How many messages one pass takes.
const BATCH: u32 = 200;

/// One who relays, or would.
pub(crate) struct Relay {
    worker: Worker,
    held: Held,
    /// Messages that cannot be read, by their positions: each is complained of once.
    unreadable: BTreeSet<u64>,
}

impl Worker {
    /// Relays until `stopping`, while it holds the lease.
    pub async fn run_relay(&self, stopping: CancellationToken) {
        let mut relay = self.relay();
        while !stopping.is_cancelled() {
            let pause = match relay.turn().await {
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
        if let Err(error) = relay.end().await {
            warn!(error.message = %error, "the relay's lease could not be given back: it ends by itself");
        }
    }

    pub(crate) fn relay(&self) -> Relay {
        Relay {
            worker: self.clone(),
            held: Held::new(self, LEASE_NAME, LEASE),
            unreadable: BTreeSet::new(),
        }
    }
}

impl Relay {
    /// One pass, if the lease is held or can be had: how many messages it took out.
    ///
    /// # Errors
    /// When a port fails; what could be done without it is done.
    pub(crate) async fn turn(&mut self) -> Result<Option<usize>, PortError> {
        if !self.held.holds().await? {
            return Ok(None);
        }
        let items = self.readable().await?;
        let jobs: Vec<Envelope> = items.iter().filter_map(job).cloned().collect();
        let sent = self.worker.queue.send(&jobs).await;
        let done = match &sent {
            Ok(()) => items,
            Err(_) => items.into_iter().filter(|item| job(item).is_none()).collect(),
        };
        if !done.is_empty() {
            self.worker.catalog.settle(&done).await?;
        }
        let told = self.put_down().await?;
        sent.map(|()| Some(done.len().max(told)))
    }

    /// Gives the lease back.
    pub(crate) async fn end(&self) -> Result<(), PortError> {
        self.held.release().await
    }

    /// The oldest messages that can be read.
    async fn readable(&mut self) -> Result<Vec<OutboxItem>, PortError> {
        let mut after = 0;
        loop {
            let page = self.worker.catalog.outbox(after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(page) };
            let is_full = page.len() >= BATCH as usize;
            after = last.position;
            let readable: Vec<OutboxItem> = page.into_iter().filter(|item| self.can_read(item)).collect();
            if !readable.is_empty() || !is_full {
                return Ok(readable);
            }
        }
    }

    fn can_read(&mut self, item: &OutboxItem) -> bool {
        let Err(unreadable) = &item.message else {
            return true;
        };
        if self.unreadable.insert(item.position) {
            error!(
                outbox.position = item.position,
                error.message = %unreadable,
                "a message of the outbox cannot be read and is passed by: a later release may read it, else look at this \
                 row of the table outbox and delete it"
            );
        }
        false
    }

    /// Wakes those who read the log, and puts its news down for the webhooks, which are told by whichever worker comes first; how
    /// many events.
    async fn put_down(&mut self) -> Result<usize, PortError> {
        let Worker {
            catalog,
            notifier,
            topic,
            clock,
            webhooks_due,
            topic_due,
            ..
        } = &self.worker;
        let events = catalog.events_to_put_down(BATCH).await?;
        let Some(last) = events.last() else { return Ok(0) };
        for event in &events {
            notifier.publish(event).await?;
        }
        catalog.add_webhook_messages(&events, clock.now()).await?;
        webhooks_due.notify_one();
        match topic {
            Some(_) => topic_due.notify_one(),
            // Nobody else is to be told.
            None => catalog.mark_published(last.sequence).await?,
        }
        Ok(events.len())
    }
}

fn job(item: &OutboxItem) -> Option<&Envelope> {
    match &item.message {
        Ok(OutboxMessage::Job(envelope)) => Some(envelope),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
