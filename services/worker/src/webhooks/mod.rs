//! Posts what the relay has put down for webhooks.
//!
//! Owns: when a message is tried, again or no more, and how many at once. Refuses: how it is posted (the poster's), and
//! which events there are messages for (the relay's).
//!
//! Each worker sends; the catalog gives no message to two of them. A receiver may get one twice all the same: it takes a
//! message and its answer is lost, or a worker dies between the answer and writing it down.

mod deliver;
mod schedule;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Webhook, WebhookId};
use ports::{PortError, WebhookMessage};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Worker;

/// How often the sender looks for messages; the relay of the same process wakes it at once.
const POLL: Duration = Duration::from_secs(1);

/// How many messages are under way at once: one for each webhook there may be, all of them failing, and some more.
const PLACES: usize = 64;

/// How many of them to one webhook.
const PLACES_EACH: u32 = 4;

/// How long a claimed message is this sender's: longer than any attempt takes.
const CLAIM: Duration = Duration::from_secs(60);

/// Who is being posted to. A receiver that is slow or away fills its own places and nobody else's.
struct Places {
    all: Arc<Semaphore>,
    each: HashMap<WebhookId, Arc<Semaphore>>,
    /// Whose turn was last: the next look begins behind it.
    last: Option<WebhookId>,
}

/// Held while a message is under way.
struct Place(#[expect(dead_code, reason = "given back when it is dropped")] [OwnedSemaphorePermit; 2]);

impl Places {
    fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(PLACES)),
            each: HashMap::new(),
            last: None,
        }
    }

    /// As many places for messages to this webhook as there are; while it fails, one at a time.
    fn take(&mut self, webhook: &Webhook) -> Vec<Place> {
        let each = self
            .each
            .entry(webhook.id)
            .or_insert_with(|| Arc::new(Semaphore::new(PLACES_EACH as usize)));
        let share = if webhook.failing_since.is_some() {
            PLACES_EACH
        } else {
            1
        };
        std::iter::from_fn(|| {
            let own = each.clone().try_acquire_many_owned(share).ok()?;
            let common = self.all.clone().try_acquire_owned().ok()?;
            Some(Place([own, common]))
        })
        .collect()
    }

    /// The webhooks in the order of their turns.
    fn in_turn(&mut self, mut due: Vec<Webhook>) -> Vec<Webhook> {
        self.each.retain(|id, each| {
            each.available_permits() < PLACES_EACH as usize || due.iter().any(|webhook| webhook.id == *id)
        });
        let start = self
            .last
            .and_then(|last| due.iter().position(|webhook| webhook.id == last))
            .map_or(0, |position| position + 1);
        due.rotate_left(start);
        due
    }
}

impl Worker {
    /// Posts to webhooks until `stopping`; then finishes what is under way within the drain time.
    pub async fn run_webhooks(&self, stopping: CancellationToken) {
        let mut places = Places::new();
        let mut under_way = JoinSet::new();
        while !stopping.is_cancelled() {
            if let Err(error) = self.start_due(&mut places, &mut under_way).await {
                warn!(error.message = %error, "the webhooks cannot be read");
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = self.clock.sleep(POLL) => {}
                () = self.webhooks_due.notified() => {}
                // There is a place again.
                Some(_) = under_way.join_next() => {}
            }
        }
        let finished = async { while under_way.join_next().await.is_some() {} };
        // What does not finish is due again when its claim ends.
        let _ = tokio::time::timeout(self.settings.drain, finished).await;
    }

    /// Begins with as many messages as there are places for.
    async fn start_due(&self, places: &mut Places, under_way: &mut JoinSet<()>) -> Result<(), PortError> {
        let due = self.catalog.due_webhooks(self.clock.now()).await?;
        for webhook in places.in_turn(due) {
            let free = places.take(&webhook);
            if free.is_empty() {
                continue;
            }
            places.last = Some(webhook.id);
            let claimed = match self.claim(&webhook, free.len()).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    warn!(webhook.id = %webhook.id, error.message = %error, "the messages for a webhook cannot be read");
                    continue;
                }
            };
            for (message, place) in claimed.into_iter().zip(free) {
                let worker = self.clone();
                under_way.spawn(async move {
                    worker.deliver_or_log(message).await;
                    drop(place);
                });
            }
        }
        Ok(())
    }

    async fn claim(&self, webhook: &Webhook, limit: usize) -> Result<Vec<WebhookMessage>, PortError> {
        let now = self.clock.now();
        let until = now.checked_add(CLAIM).unwrap_or(now);
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.catalog
            .claim_webhook_messages(webhook.id, now, until, limit)
            .await
    }

    async fn deliver_or_log(&self, message: WebhookMessage) {
        let id = message.webhook.id;
        if let Err(error) = self.deliver(message).await {
            // It comes again when its claim ends.
            warn!(webhook.id = %id, error.message = %error, "what became of a webhook's message could not be written down");
        }
    }

    /// Posts all that is due now; how many messages that were.
    pub(crate) async fn send_due_webhooks(&self) -> Result<usize, PortError> {
        let mut sent = 0;
        for webhook in self.catalog.due_webhooks(self.clock.now()).await? {
            for message in self.claim(&webhook, PLACES).await? {
                self.deliver(message).await?;
                sent += 1;
            }
        }
        Ok(sent)
    }
}
