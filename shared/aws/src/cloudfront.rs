//! Purges at CloudFront: invalidations of an image's paths.
//!
//! Jobs do not wait for it. What is to be purged is collected for a moment and sent in the background, again and again while
//! CloudFront refuses: it takes 15 paths with a wildcard at once, so more than a few images become one `/i/*`. So does a preset:
//! its name stands in the middle of paths, and a wildcard only at an end. A crash loses what was not sent yet; those answers end
//! with their lifetime in the cache.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_sdk_cloudfront::{
    Client,
    types::{InvalidationBatch, Paths},
};
use domain::ImageId;
use ports::{Clock, Entropy, PortError, Purger, random_bytes};
use tokio::{sync::Notify, task::JoinHandle};
use tracing::{info, warn};

use crate::{AwsContext, failure::failed};

const WHAT: &str = "the edge";

/// How long purges gather: a person who changes several images at once costs one invalidation.
const GATHER: Duration = Duration::from_millis(200);

/// How long a change of presets waits beyond that: processes that nobody tells answer with the old ones for a moment, two
/// seconds unless configured (`delivery.presets_max_age_s`), and what they answer must not come after the purge.
const SETTLE: Duration = Duration::from_secs(3);

/// How many images are named one by one. Of 15 wildcards in progress, the quota, this leaves some to the next ones:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>.
const MOST_IMAGES: usize = 10;

/// The first pause after a refusal; each further one is twice as long. Invalidations end within a minute or two.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause after a refusal.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Everything that delivery answers.
const EVERYTHING: &str = "/i/*";

/// Purges what CloudFront keeps of images.
pub struct CloudFrontPurger {
    purges: Arc<Purges>,
    sender: JoinHandle<()>,
}

/// Where invalidations go.
#[async_trait]
trait Edge: Send + Sync {
    /// Asks for an invalidation. A reference that was used before, with the same paths, names the same invalidation.
    async fn invalidate(&self, paths: &[String], reference: &str) -> Result<(), PortError>;
}

struct Distribution {
    client: Client,
    id: String,
}

/// What is to be purged. Its size is bounded: beyond a few images it is everything.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Batch {
    images: BTreeSet<ImageId>,
    everything: bool,
    /// Whether a change of presets is among it.
    presets: bool,
}

#[derive(Default)]
struct Waiting {
    batch: Batch,
    is_sending: bool,
}

#[derive(Default)]
struct Purges {
    waiting: Mutex<Waiting>,
    added: Notify,
    sent: Notify,
}

impl CloudFrontPurger {
    /// Purges from the distribution with this id. To be called within the runtime that is to send them.
    pub fn start(
        context: &AwsContext,
        distribution: impl Into<String>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let edge = Distribution {
            client: context.cloudfront(),
            id: distribution.into(),
        };
        Self::start_with(edge, clock, entropy)
    }

    fn start_with(edge: impl Edge + 'static, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let purges = Arc::new(Purges::default());
        let sending = Sending {
            purges: purges.clone(),
            edge,
            clock,
            entropy,
        };
        Self {
            purges,
            sender: tokio::spawn(sending.run()),
        }
    }

    /// Returns when all that was asked for has been sent: for the end of a process, which bounds the wait.
    pub async fn flush(&self) {
        loop {
            let sent = self.purges.sent.notified();
            tokio::pin!(sent);
            // Listening starts before looking, so that an end in between is not missed.
            sent.as_mut().enable();
            if self.purges.is_idle() {
                return;
            }
            sent.await;
        }
    }
}

#[async_trait]
impl Purger for CloudFrontPurger {
    async fn purge(&self, image: ImageId) -> Result<(), PortError> {
        self.purges.lock().batch.add(image);
        self.purges.added.notify_one();
        Ok(())
    }

    async fn purge_presets(&self) -> Result<(), PortError> {
        self.purges.lock().batch.add_presets();
        self.purges.added.notify_one();
        Ok(())
    }
}

impl Drop for CloudFrontPurger {
    fn drop(&mut self) {
        self.sender.abort();
        let waiting = self.purges.lock();
        if waiting.is_sending || !waiting.batch.is_empty() {
            warn!(edge.paths = ?waiting.batch.paths(), edge.is_sending = waiting.is_sending,
                "the process ends before everything was purged: the edge shows old answers until they expire");
        }
    }
}

impl Purges {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_idle(&self) -> bool {
        let waiting = self.lock();
        !waiting.is_sending && waiting.batch.is_empty()
    }

    /// What is to be sent next, if anything is.
    fn take(&self) -> Option<Batch> {
        let mut waiting = self.lock();
        waiting.is_sending = !waiting.batch.is_empty();
        waiting.is_sending.then(|| std::mem::take(&mut waiting.batch))
    }

    /// What came while something is being sent.
    fn take_more(&self) -> Batch {
        std::mem::take(&mut self.lock().batch)
    }
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.images.is_empty() && !self.everything
    }

    fn add(&mut self, image: ImageId) {
        if !self.everything {
            self.images.insert(image);
        }
        if self.images.len() > MOST_IMAGES {
            self.images.clear();
            self.everything = true;
        }
    }

    fn add_presets(&mut self) {
        self.images.clear();
        self.everything = true;
        self.presets = true;
    }

    fn merge(&mut self, other: Self) {
        self.everything |= other.everything;
        self.presets |= other.presets;
        for image in other.images {
            self.add(image);
        }
        if self.everything {
            self.images.clear();
        }
    }

    fn paths(&self) -> Vec<String> {
        if self.everything {
            return vec![EVERYTHING.to_owned()];
        }
        self.images.iter().map(|image| format!("/i/{image}/*")).collect()
    }
}

struct Sending<E> {
    purges: Arc<Purges>,
    edge: E,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl<E: Edge> Sending<E> {
    async fn run(self) {
        loop {
            self.purges.added.notified().await;
            self.clock.sleep(GATHER).await;
            while let Some(batch) = self.purges.take() {
                if batch.presets {
                    self.clock.sleep(SETTLE).await;
                }
                self.send(batch).await;
            }
            self.purges.sent.notify_waiters();
        }
    }

    /// Sends until it is taken, with what comes in the meantime.
    async fn send(&self, mut batch: Batch) {
        let mut reference = self.reference();
        let mut pause = FIRST_PAUSE;
        loop {
            let paths = batch.paths();
            match self.edge.invalidate(&paths, &reference).await {
                Ok(()) => {
                    info!(edge.paths = paths.len(), "purged from the edge");
                    return;
                }
                Err(error) => {
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    warn!(error.message = %error, error.source = source, edge.paths = ?paths, edge.pause_s = pause.as_secs(),
                        "the edge did not take a purge; it is sent again");
                }
            }
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            let more = self.purges.take_more();
            if !more.is_empty() {
                batch.merge(more);
                // Other paths are another invalidation; the same ones, after an answer that was lost, are not.
                reference = self.reference();
            }
        }
    }

    fn reference(&self) -> String {
        let random: [u8; 16] = random_bytes(&*self.entropy);
        format!("tintype-{:032x}", u128::from_be_bytes(random))
    }
}

#[async_trait]
impl Edge for Distribution {
    async fn invalidate(&self, paths: &[String], reference: &str) -> Result<(), PortError> {
        let paths = Paths::builder()
            .quantity(i32::try_from(paths.len()).unwrap_or(i32::MAX))
            .set_items(Some(paths.to_vec()))
            .build()
            .map_err(PortError::unavailable(WHAT))?;
        let batch = InvalidationBatch::builder()
            .caller_reference(reference)
            .paths(paths)
            .build()
            .map_err(PortError::unavailable(WHAT))?;
        self.client
            .create_invalidation()
            .distribution_id(&self.id)
            .invalidation_batch(batch)
            .send()
            .await
            .map(drop)
            .map_err(failed(
                WHAT,
                format_args!("cloudfront:CreateInvalidation on {}", self.id),
            ))
    }
}

#[cfg(test)]
mod tests;
