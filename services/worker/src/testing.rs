//! A worker on a real SQLite file, with a clock that a test moves, a queue and a topic that can be away, and receivers
//! of webhooks that a test makes up.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use catalog::{SqliteCatalog, SqliteDatabase};
use domain::{
    BlobKey, Envelope, Event, EventId, EventKind, ImageFormat, ImageId, Job, JobId, NewImage, Original,
    OutboxMessage, Role, Sha256Digest, UploadId, User, UserId, Visibility, Webhook, WebhookId, WebhookPost,
    WebhookSecret, WebhookState,
};
use embedded::{FolderBlobStore, FolderDirectUploads, LocalEvents, LocalPurges, SqliteQueue, SystemEntropy};
use imaging::{IngestOptions, Limits};
use jiff::Timestamp;
use ports::{
    AccountCatalog, AddressRefused, Clock, ImageCatalog, Notifier, PortError, PostAnswer, PostFailed, Queue,
    QueueDepth, ReceivedJob, Stray, WebhookCatalog, WebhookPoster, suite::queue::SelfMovingClock,
};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::{Worker, WorkerPorts, WorkerSettings};

/// How a receiver behaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Status(u16),
    Nothing(&'static str),
    /// It takes its time: until the test lets it.
    Slow,
}

/// Receivers by their addresses; one that was not made up answers 200.
pub(crate) struct Receivers {
    answers: Mutex<HashMap<String, Answer>>,
    posts: Mutex<Vec<WebhookPost>>,
    slow_may_answer: Semaphore,
}

impl Receivers {
    pub(crate) fn answer(&self, url: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    /// What was posted to an address.
    pub(crate) fn posts(&self, url: &str) -> Vec<WebhookPost> {
        let posts = self.posts.lock().unwrap();
        posts.iter().filter(|post| post.url == url).cloned().collect()
    }
}

#[async_trait]
impl WebhookPoster for Receivers {
    fn check(&self, _url: &str) -> Result<(), AddressRefused> {
        Ok(())
    }

    async fn post(&self, post: &WebhookPost) -> Result<PostAnswer, PostFailed> {
        self.posts.lock().unwrap().push(post.clone());
        let answer = self.answers.lock().unwrap().get(&post.url).cloned();
        let status = match answer.unwrap_or(Answer::Status(200)) {
            Answer::Status(status) => status,
            Answer::Nothing(why) => return Err(PostFailed(why.into())),
            Answer::Slow => {
                let _ = self.slow_may_answer.acquire().await;
                200
            }
        };
        Ok(PostAnswer {
            status,
            retry_after: None,
        })
    }
}

/// The table queue, which can be away.
pub(crate) struct FrailQueue {
    inner: SqliteQueue,
    pub(crate) is_away: AtomicBool,
    /// What it gave up by itself, in the words of a queue that has a place for that.
    pub(crate) strays: Mutex<Vec<Stray>>,
}

#[async_trait]
impl Queue for FrailQueue {
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError> {
        if self.is_away.load(Ordering::SeqCst) && !jobs.is_empty() {
            return Err(PortError::unavailable("the queue")("away"));
        }
        self.inner.send(jobs).await
    }

    async fn receive(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError> {
        self.inner.receive(max, lease, wait).await
    }

    async fn extend(&self, receipt: &str, lease: Duration) -> Result<bool, PortError> {
        self.inner.extend(receipt, lease).await
    }

    async fn complete(&self, receipt: &str) -> Result<(), PortError> {
        self.inner.complete(receipt).await
    }

    async fn give_back(&self, receipt: &str, delay: Duration) -> Result<(), PortError> {
        self.inner.give_back(receipt, delay).await
    }

    async fn bury(&self, receipt: &str, reason: &str) -> Result<(), PortError> {
        self.inner.bury(receipt, reason).await
    }

    async fn strays(&self, limit: usize) -> Result<Vec<Stray>, PortError> {
        let mut strays = self.inner.strays(limit).await?;
        strays.extend(self.strays.lock().unwrap().iter().cloned());
        Ok(strays)
    }

    async fn forget_dead(&self, ids: &[JobId]) -> Result<(), PortError> {
        self.strays
            .lock()
            .unwrap()
            .retain(|stray| !ids.contains(&stray.envelope.id));
        self.inner.forget_dead(ids).await
    }

    async fn depth(&self) -> Result<QueueDepth, PortError> {
        self.inner.depth().await
    }
}

/// Takes events, as many as it may.
#[derive(Default)]
pub(crate) struct FrailNotifier {
    pub(crate) published: Mutex<Vec<u64>>,
    /// Which event it does not take.
    pub(crate) refuses: Mutex<Option<u64>>,
}

#[async_trait]
impl Notifier for FrailNotifier {
    async fn publish(&self, event: &Event) -> Result<(), PortError> {
        if *self.refuses.lock().unwrap() == Some(event.sequence) {
            return Err(PortError::unavailable("the notifier")("away"));
        }
        self.published.lock().unwrap().push(event.sequence);
        Ok(())
    }
}

/// The worker, and the world around it.
pub(crate) struct Scene {
    pub(crate) worker: Worker,
    pub(crate) catalog: Arc<SqliteCatalog>,
    pub(crate) database: SqliteDatabase,
    pub(crate) clock: Arc<SelfMovingClock>,
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) queue: Arc<FrailQueue>,
    pub(crate) topic: Arc<FrailNotifier>,
    ids: AtomicU8,
    _folder: TempDir,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
            .await
            .unwrap();
        let clock = Arc::new(SelfMovingClock::default());
        let entropy = Arc::new(SystemEntropy);
        let catalog = Arc::new(SqliteCatalog::new(database.clone()));
        let (reader, writer) = (database.reader.clone(), database.writer.clone());
        let queue = Arc::new(FrailQueue {
            inner: SqliteQueue::new(reader, writer, clock.clone(), entropy.clone()),
            is_away: AtomicBool::new(false),
            strays: Mutex::default(),
        });
        let receivers = Arc::new(Receivers {
            answers: Mutex::default(),
            posts: Mutex::default(),
            slow_may_answer: Semaphore::new(0),
        });
        let topic = Arc::new(FrailNotifier::default());
        let blobs = FolderBlobStore::open(folder.path(), entropy.clone()).unwrap();
        let ports = WorkerPorts {
            catalog: catalog.clone(),
            blobs: Arc::new(blobs.clone()),
            direct_uploads: Arc::new(FolderDirectUploads::new(blobs)),
            queue: queue.clone(),
            notifier: Arc::new(LocalEvents::new()),
            topic: Some(topic.clone()),
            purger: Arc::new(LocalPurges::default()),
            poster: receivers.clone(),
            clock: clock.clone(),
            entropy,
        };
        let second = Duration::from_secs(1);
        let settings = WorkerSettings {
            concurrency: 2,
            lease: second * 15,
            max_attempts: 3,
            relay_poll: second / 10,
            drain: second * 10,
            sweep_min_age: second * 60,
            upload_retention: second * 60,
            trash_retention: second * 60,
            event_retention: second * 60,
            ingest: IngestOptions::default(),
            limits: Limits {
                max_pixels: 1_000_000,
                max_side: 1_000,
                max_frames: 1,
                max_animation_pixels: 1_000_000,
            },
            decode_memory_bytes: 1 << 30,
        };
        let scene = Self {
            worker: Worker::new(ports, settings),
            catalog,
            database,
            clock,
            receivers,
            queue,
            topic,
            ids: AtomicU8::new(1),
            _folder: folder,
        };
        assert!(scene.catalog.add_user(&owner()).await.unwrap());
        scene
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    pub(crate) async fn hours(&self, hours: u64) {
        self.pass(Duration::from_secs(hours * 3_600)).await;
    }

    fn number(&self) -> [u8; 10] {
        [self.ids.fetch_add(1, Ordering::SeqCst); 10]
    }

    /// An image is accepted, and the outbox has an event, and its job where it is to have one.
    pub(crate) async fn accepts(&self, kind: EventKind, with_job: bool) -> (ImageId, Option<JobId>) {
        let (number, at) = (self.number(), self.clock.now());
        let image_id = ImageId::new(at, number);
        let image = NewImage {
            id: image_id,
            owner: owner().id,
            file_name: "x.jpg".parse().unwrap(),
            visibility: Visibility::Public,
            original: Original {
                blob_key: BlobKey::original(UploadId::new(at, number)),
                sha256: Sha256Digest::from_bytes([number[0]; 32]),
                size_bytes: 1,
                format: ImageFormat::Jpeg,
            },
            idempotency_key: None,
            created_at: at,
        };
        let mut messages = vec![OutboxMessage::Event(Event {
            id: EventId::new(at, number),
            sequence: 0,
            kind,
            image_id,
            at,
            traceparent: None,
        })];
        let job_id = with_job.then(|| JobId::new(at, number));
        messages
            .extend(job_id.map(|id| OutboxMessage::Job(Job::Ingest { image_id }.into_envelope(id, None))));
        self.catalog.accept(&image, &messages).await.unwrap();
        (image_id, job_id)
    }

    /// Somebody adds a webhook.
    pub(crate) async fn webhook(&self, url: &str, kinds: &[EventKind]) -> WebhookId {
        let (number, at) = (self.number(), self.clock.now());
        let webhook = Webhook {
            id: WebhookId::new(at, number),
            version: 1,
            url: url.into(),
            kinds: kinds.to_vec(),
            secret: WebhookSecret::from_bytes(vec![7; 32]),
            state: WebhookState::Enabled,
            failing_since: None,
            last_error: None,
            delivered_at: None,
            created_at: at,
            updated_at: at,
        };
        self.catalog.add_webhook(&webhook).await.unwrap();
        webhook.id
    }

    /// The webhook as it is now.
    pub(crate) async fn seen(&self, id: WebhookId) -> Webhook {
        self.catalog.webhook(id).await.unwrap().unwrap()
    }

    pub(crate) async fn waiting(&self, id: WebhookId) -> u64 {
        self.catalog.waiting_webhook_messages(id).await.unwrap()
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn owner() -> User {
    User {
        id: UserId::new(Timestamp::UNIX_EPOCH, [200; 10]),
        email: "ada@example.org".parse().unwrap(),
        role: Role::Admin,
        password_hash: "!".into(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}
