//! The adapters that the configuration names, and the services over them.

use std::{num::NonZero, sync::Arc, thread::available_parallelism, time::Duration};

use anyhow::{Context, ensure};
use catalog::{SqliteCatalog, SqliteDatabase};
use domain::Visibility;
use embedded::{FolderBlobStore, LocalEvents, LocalPurges, SqliteQueue, SystemClock, SystemEntropy};
use imaging::{IngestOptions, Limits};
use outbound::{HttpWebhookPoster, PosterSettings};
use ports::{BlobStore, Catalog, Clock, Entropy, EventSignal, Notifier, Queue, WebhookPoster};
use runtime::{Config, DefaultVisibility, Signatures};
use telemetry::PoolUse;
use tintype_api::{Api, ApiPorts, ApiSettings, EventFeed};
use tintype_delivery::{Delivery, DeliverySettings};
use tintype_worker::{Worker, WorkerPorts, WorkerSettings};
use tokio_util::sync::CancellationToken;

use super::{keys::signing_keys, urls::local_path};
use crate::traced::{TracedBlobStore, TracedCatalog, TracedNotifier, TracedQueue};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: u64 = 1024 * 1024;

/// Everything outside of the services.
#[derive(Clone)]
pub struct Adapters {
    /// The catalog.
    pub catalog: Arc<dyn Catalog>,
    /// The blob store.
    pub blobs: Arc<dyn BlobStore>,
    /// The queue.
    pub queue: Arc<dyn Queue>,
    /// Where events go.
    pub notifier: Arc<dyn Notifier>,
    /// Who must forget what was delivered of an image that changed.
    pub purges: LocalPurges,
    /// Posts to webhooks.
    pub poster: Arc<dyn WebhookPoster>,
    /// What wakes the readers of events.
    pub signal: Arc<dyn EventSignal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
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
        let path = local_path(
            "catalog.url",
            &config.catalog.url,
            "sqlite",
            config.data.join("tintype.sqlite"),
        )?;
        ensure!(
            config.queue.url.is_empty(),
            "queue.url: this build has no queue but the table of the catalog; leave it empty"
        );
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let database = SqliteDatabase::open(&path).await?;
        let (reader, writer) = (database.reader.clone(), database.writer.clone());
        for (name, pool) in [("reader", reader.clone()), ("writer", writer.clone())] {
            telemetry::observe_pool(name, move || {
                let idle = pool.num_idle() as u64;
                let used = u64::from(pool.size()).saturating_sub(idle);
                PoolUse { used, idle }
            });
        }
        let events = LocalEvents::new();
        Ok(Self {
            catalog: Arc::new(TracedCatalog::new(Arc::new(SqliteCatalog::new(database)))),
            blobs: open_blobs(config, entropy.clone())?,
            queue: Arc::new(TracedQueue::new(Arc::new(SqliteQueue::new(
                reader,
                writer,
                clock.clone(),
                entropy.clone(),
            )))),
            notifier: Arc::new(TracedNotifier::new(Arc::new(events.clone()))),
            purges: LocalPurges::default(),
            poster: Arc::new(HttpWebhookPoster::new(PosterSettings {
                private_addresses: false,
                timeout: Duration::from_secs(20),
            })),
            signal: Arc::new(events),
            clock,
            entropy,
        })
    }

    /// The api over these adapters, with the feed that tells its browsers of events.
    ///
    /// # Errors
    /// When the keys that it signs with cannot be read.
    pub fn api(&self, config: &Config, stopping: CancellationToken) -> anyhow::Result<(Api, EventFeed)> {
        let feed = EventFeed::new();
        let settings = ApiSettings {
            max_upload_bytes: config.api.max_upload_mib * MIB,
            limits: limits(config),
            accepts_damage: config.ingest.accept_damaged,
            session_lifetime: DAY * config.api.session_days,
            default_visibility: match config.api.default_visibility {
                DefaultVisibility::Public => Visibility::Public,
                DefaultVisibility::Private => Visibility::Private,
            },
            signing_keys: Arc::new(signing_keys(config)?),
        };
        let ports = ApiPorts {
            catalog: self.catalog.clone(),
            blobs: self.blobs.clone(),
            queue: self.queue.clone(),
            poster: self.poster.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        Ok((Api::new(ports, feed.clone(), settings, stopping), feed))
    }

    /// The worker over these adapters.
    pub fn worker(&self, config: &Config) -> Worker {
        let settings = WorkerSettings {
            concurrency: or_cores(config.worker.concurrency),
            lease: Duration::from_secs(config.worker.lease_s),
            max_attempts: config.worker.max_attempts,
            relay_poll: Duration::from_millis(config.worker.relay_poll_ms),
            drain: Duration::from_millis(config.shutdown.drain_ms),
            sweep_min_age: Duration::from_secs(config.worker.sweep_min_age_s),
            trash_retention: DAY * config.worker.trash_retention_days,
            event_retention: DAY * config.worker.event_retention_days,
            ingest: IngestOptions {
                accepts_damage: config.ingest.accept_damaged,
                ..IngestOptions::default()
            },
            limits: limits(config),
            decode_memory_bytes: config.limits.decode_memory_mib * MIB,
        };
        let ports = WorkerPorts {
            catalog: self.catalog.clone(),
            blobs: self.blobs.clone(),
            queue: self.queue.clone(),
            notifier: self.notifier.clone(),
            purger: Arc::new(self.purges.clone()),
            poster: self.poster.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        Worker::new(ports, settings)
    }
}

/// The blob store that the configuration names.
pub(super) fn open_blobs(config: &Config, entropy: Arc<dyn Entropy>) -> anyhow::Result<Arc<dyn BlobStore>> {
    let path = local_path("blobs.url", &config.blobs.url, "file", config.data.clone())?;
    let store = FolderBlobStore::open(&path, entropy)
        .with_context(|| format!("cannot keep blobs in {}", path.display()))?;
    Ok(Arc::new(TracedBlobStore::new(Arc::new(store))))
}

/// Delivery over a blob store.
pub(super) fn delivery(
    config: &Config,
    blobs: Arc<dyn BlobStore>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Delivery> {
    let settings = DeliverySettings {
        signatures: match config.delivery.signatures {
            Signatures::Optional => tintype_delivery::Signatures::Optional,
            Signatures::Required => tintype_delivery::Signatures::Required,
        },
        max_renders: or_cores(config.delivery.max_renders),
        max_waiting: config.delivery.max_waiting,
        render_timeout: Duration::from_millis(config.delivery.render_timeout_ms),
        limits: limits(config),
        decode_memory_bytes: config.limits.decode_memory_mib * MIB,
        render_memory_bytes: config.delivery.render_memory_mib * MIB,
        cache_bytes: config.delivery.cache_mib * MIB,
        manifest_max_age: Duration::from_millis(config.delivery.manifest_max_age_ms),
        presets_max_age: Duration::from_secs(config.delivery.presets_max_age_s),
        only_presets: config.delivery.only_presets,
    };
    Ok(Delivery::new(
        blobs,
        Arc::new(signing_keys(config)?),
        clock,
        settings,
    ))
}

fn limits(config: &Config) -> Limits {
    Limits {
        max_pixels: u64::from(config.limits.max_megapixels) * 1_000_000,
        max_side: config.limits.max_side,
        max_frames: config.limits.max_frames,
        max_animation_pixels: u64::from(config.limits.max_animation_megapixels) * 1_000_000,
    }
}

/// A configured number, or one for each core where it is 0.
fn or_cores(configured: usize) -> usize {
    match configured {
        0 => available_parallelism().map_or(1, NonZero::get),
        number => number,
    }
}
