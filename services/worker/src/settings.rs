//! What the worker's parts share.

use std::{sync::Arc, time::Duration};

use imaging::{IngestOptions, Limits};
use ports::{BlobStore, Catalog, Clock, DirectUploads, Entropy, Notifier, Purger, Queue, WebhookPoster};
use tokio::sync::Notify;

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How many jobs are worked on at once.
    pub concurrency: usize,
    /// How long a job is leased; it is extended while the worker lives.
    pub lease: Duration,
    /// How often a job is tried before it becomes a dead letter.
    pub max_attempts: u32,
    /// How often the relay looks at the outbox.
    pub relay_poll: Duration,
    /// How long what is under way may go on after a stop was asked for.
    pub drain: Duration,
    /// How old a blob must be before the sweep may think it forgotten: longer than any upload takes.
    pub sweep_min_age: Duration,
    /// How long it can be asked what became of a direct upload.
    pub upload_retention: Duration,
    /// How long the trash keeps an image.
    pub trash_retention: Duration,
    /// How long the log keeps events.
    pub event_retention: Duration,
    /// How pictures are taken in.
    pub ingest: IngestOptions,
    /// How large a picture may be that is decoded.
    pub limits: Limits,
    /// How many bytes of memory the pixels of one picture may take.
    pub decode_memory_bytes: u64,
}

/// What the worker works with.
#[derive(Clone)]
pub struct WorkerPorts {
    /// Rows of images, and the outbox.
    pub catalog: Arc<dyn Catalog>,
    /// Originals, and everything derived from them.
    pub blobs: Arc<dyn BlobStore>,
    /// The parts of direct uploads, of which the sweep removes what was abandoned.
    pub direct_uploads: Arc<dyn DirectUploads>,
    /// Jobs.
    pub queue: Arc<dyn Queue>,
    /// Who is woken in this process when there is news in the log.
    pub notifier: Arc<dyn Notifier>,
    /// The topic that is told of every event, if there is one.
    pub topic: Option<Arc<dyn Notifier>>,
    /// Who must forget what was delivered of an image that changed.
    pub purger: Arc<dyn Purger>,
    /// Posts to webhooks.
    pub poster: Arc<dyn WebhookPoster>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The worker's ports and settings. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) direct_uploads: Arc<dyn DirectUploads>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) topic: Option<Arc<dyn Notifier>>,
    pub(crate) purger: Arc<dyn Purger>,
    pub(crate) poster: Arc<dyn WebhookPoster>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Arc<WorkerSettings>,
    /// The relay wakes the sender of webhooks.
    pub(crate) webhooks_due: Arc<Notify>,
    /// And whoever tells the topic.
    pub(crate) topic_due: Arc<Notify>,
}

impl Worker {
    /// A worker over these ports.
    pub fn new(ports: WorkerPorts, settings: WorkerSettings) -> Self {
        let WorkerPorts {
            catalog,
            blobs,
            direct_uploads,
            queue,
            notifier,
            topic,
            purger,
            poster,
            clock,
            entropy,
        } = ports;
        Self {
            catalog,
            blobs,
            direct_uploads,
            queue,
            notifier,
            topic,
            purger,
            poster,
            clock,
            entropy,
            settings: Arc::new(settings),
            webhooks_due: Arc::default(),
            topic_due: Arc::default(),
        }
    }
}
