//! The services over the adapters: what the configuration says of each.

use std::{num::NonZero, sync::Arc, thread::available_parallelism, time::Duration};

use domain::Visibility;
use imaging::{IngestOptions, Limits};
use ports::{BlobStore, Clock};
use runtime::{Config, DefaultVisibility, Signatures};
use tintype_api::{Api, ApiPorts, ApiSettings, EventFeed};
use tintype_delivery::{Delivery, DeliverySettings};
use tintype_worker::{Worker, WorkerPorts, WorkerSettings};
use tokio_util::sync::CancellationToken;

use super::{adapters::Adapters, keys::signing_keys};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: u64 = 1024 * 1024;

impl Adapters {
    /// The api over these adapters, with the feed that tells its browsers of events.
    ///
    /// # Errors
    /// When the keys that it signs with cannot be read.
    pub fn api(&self, config: &Config, stopping: CancellationToken) -> anyhow::Result<(Api, EventFeed)> {
        let feed = EventFeed::new();
        let settings = ApiSettings {
            max_upload_bytes: config.api.max_upload_mib * MIB,
            part_size_bytes: config.api.part_size_mib.max(1) * MIB,
            upload_lifetime: upload_lifetime(config),
            max_open_uploads: config.api.max_open_uploads,
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
            direct_uploads: self.direct_uploads.clone(),
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
            upload_retention: upload_lifetime(config),
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
            direct_uploads: self.direct_uploads.clone(),
            queue: self.queue.clone(),
            notifier: self.notifier.clone(),
            topic: self.topic.clone(),
            purger: self.purger.clone(),
            poster: self.poster.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        Worker::new(ports, settings)
    }
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

fn upload_lifetime(config: &Config) -> Duration {
    Duration::from_secs(60 * 60) * config.api.upload_hours
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
