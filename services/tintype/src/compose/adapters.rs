//! The adapters that the configuration names.

use std::{sync::Arc, time::Duration};

use catalog::SqliteDatabase;
use embedded::{LocalEvents, LocalPurges, SqliteQueue, SystemClock, SystemEntropy};
use outbound::{HttpWebhookPoster, PosterSettings};
use ports::{
    BlobStore, Catalog, Clock, DirectUploads, Entropy, EventSignal, Notifier, Purger, Queue, WebhookPoster,
};
use runtime::Config;
use telemetry::PoolUse;

use super::{
    cloud::LazyCloud,
    edge::Edge,
    fan_out::AllPurgers,
    stores::{OpenBlobs, OpenCatalog, open_blobs, open_catalog},
};
use crate::traced::{TracedCatalog, TracedNotifier, TracedQueue};

/// How long a receiver of a webhook may take; the specification of Standard Webhooks recommends 15 to 30 s.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything outside of the services.
#[derive(Clone)]
pub struct Adapters {
    /// The catalog.
    pub catalog: Arc<dyn Catalog>,
    /// The blob store.
    pub blobs: Arc<dyn BlobStore>,
    /// Where clients send the parts of large files.
    pub direct_uploads: Arc<dyn DirectUploads>,
    /// The queue.
    pub queue: Arc<dyn Queue>,
    /// Who is woken in this process when there is news in the log of events.
    pub notifier: Arc<dyn Notifier>,
    /// The topic that is told of every event, if there is one.
    pub topic: Option<Arc<dyn Notifier>>,
    /// Who is told in this process that an image changed.
    pub purges: LocalPurges,
    /// Everybody who must forget what was delivered of an image that changed.
    pub purger: Arc<dyn Purger>,
    /// The one of them that is told in the background.
    pub edge: Option<Arc<dyn Edge>>,
    /// Posts to webhooks.
    pub poster: Arc<dyn WebhookPoster>,
    /// What wakes the readers of events.
    pub signal: Arc<dyn EventSignal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Whether the stores are files of this machine, which no other machine writes to.
    pub on_this_machine: bool,
}

impl Adapters {
    /// Opens what the configuration names, on the machine's own clock and randomness.
    ///
    /// # Errors
    /// When an adapter cannot be opened, or is not in this build.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        Self::open_with(config, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// The same, on another clock and other randomness: for tests.
    ///
    /// # Errors
    /// When an adapter cannot be opened, or is not in this build.
    pub async fn open_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Self> {
        let cloud = LazyCloud::default();
        let OpenCatalog { catalog, sqlite, .. } = open_catalog(config, &cloud, entropy.clone()).await?;
        if let Some(database) = &sqlite {
            observe_pools(database);
        }
        let queue: Arc<dyn Queue> = match (config.queue.url.as_str(), &sqlite) {
            ("", Some(database)) => Arc::new(SqliteQueue::new(
                database.reader.clone(),
                database.writer.clone(),
                clock.clone(),
                entropy.clone(),
            )),
            ("", None) => anyhow::bail!(
                "queue.url (TINTYPE_QUEUE_URL) is needed, the URL of an SQS queue: a catalog on MySQL has no queue of its own"
            ),
            (url, _) => {
                anyhow::ensure!(
                    !config.queue.dead_letter_url.is_empty(),
                    "queue.dead_letter_url (TINTYPE_QUEUE_DEAD_LETTER_URL) is needed: where jobs of {url} go that nobody could do"
                );
                cloud.open("queue.url").await?.queue(&config.queue)
            }
        };
        let OpenBlobs {
            blobs,
            direct_uploads,
            in_a_folder,
        } = open_blobs(config, &cloud, clock.clone(), entropy.clone()).await?;
        let (events, purges) = (LocalEvents::new(), LocalPurges::default());
        let mut purger: Arc<dyn Purger> = Arc::new(purges.clone());
        // A trace ends where an event leaves: at the topic, or else here.
        let traced = |notifier| -> Arc<dyn Notifier> { Arc::new(TracedNotifier::new(notifier)) };
        let (notifier, topic): (Arc<dyn Notifier>, _) = if config.events.topic.is_empty() {
            (traced(Arc::new(events.clone())), None)
        } else {
            let topic = cloud.open("events.topic").await?.notifier(&config.events);
            (Arc::new(events.clone()), Some(traced(topic)))
        };
        let mut edge: Option<Arc<dyn Edge>> = None;
        if !config.edge.distribution.is_empty() {
            let cloud = cloud.open("edge.distribution").await?;
            let distribution = cloud.edge(&config.edge, clock.clone(), entropy.clone());
            purger = Arc::new(AllPurgers(vec![purger, distribution.clone()]));
            edge = Some(distribution);
        }
        let poster = HttpWebhookPoster::new(PosterSettings {
            private_addresses: config.webhooks.private_addresses,
            timeout: WEBHOOK_TIMEOUT,
        });
        Ok(Self {
            catalog: Arc::new(TracedCatalog::new(catalog)),
            blobs,
            direct_uploads,
            queue: Arc::new(TracedQueue::new(queue)),
            notifier,
            topic,
            purges,
            purger,
            edge,
            poster: Arc::new(poster),
            signal: Arc::new(events),
            clock,
            entropy,
            on_this_machine: sqlite.is_some() && in_a_folder,
        })
    }
}

fn observe_pools(database: &SqliteDatabase) {
    for (name, pool) in [
        ("reader", database.reader.clone()),
        ("writer", database.writer.clone()),
    ] {
        telemetry::observe_pool(name, move || {
            let idle = pool.num_idle() as u64;
            let used = u64::from(pool.size()).saturating_sub(idle);
            PoolUse { used, idle }
        });
    }
}
