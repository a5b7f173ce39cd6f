//! A worker that ends at any step of accepting an upload, and what the next one makes of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api_types::LibraryView;
use async_trait::async_trait;
use bytes::Bytes;
use domain::{BlobKey, DirectUploadState, ImageState, Job, JobId};
use jiff::Timestamp;
use ports::{BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, PortError, RangeReader};
use testkit::{TestApp, whole_library};
use tintype_worker::Worker;
use tokio::sync::Notify;

use super::{app, assert_left, photograph, promise, send};

/// What happens at a step.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// The process ends before it, or after it: nothing goes on from there.
    KilledBefore(usize),
    KilledAfter(usize),
    /// The store is away at this step and at every later one.
    Away(usize),
}

/// A blob store in which something happens at one of the steps that accepting an upload takes. (What ingest uses is let
/// through.)
struct FaultyBlobs {
    inner: Arc<dyn BlobStore>,
    fault: Fault,
    steps: AtomicUsize,
    killed: Notify,
}

impl FaultyBlobs {
    async fn step<T>(&self, act: impl Future<Output = Result<T, PortError>> + Send) -> Result<T, PortError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fault {
            Fault::KilledBefore(at) if at == step => self.end().await,
            Fault::KilledAfter(at) if at == step => {
                let _done = act.await;
                self.end().await
            }
            Fault::Away(at) if step >= at => Err(PortError::unavailable("the blob store")("it is away")),
            _ => act.await,
        }
    }

    async fn end<T>(&self) -> T {
        self.killed.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl BlobStore for FaultyBlobs {
    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError> {
        self.step(self.inner.open(key)).await
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        self.step(self.inner.copy(from, to)).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        self.step(self.inner.delete(key)).await
    }

    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError> {
        self.inner.create(key).await
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        self.inner.put(key, bytes).await
    }

    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        self.inner.get(key).await
    }

    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError> {
        self.inner.open_range(key, range).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        name: &str,
        until: Timestamp,
    ) -> Result<Option<String>, PortError> {
        self.inner.download_url(key, name, until).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn abort_unfinished(&self, older_than: Timestamp) -> Result<u64, PortError> {
        self.inner.abort_unfinished(older_than).await
    }

    async fn ping(&self) -> Result<(), PortError> {
        self.inner.ping().await
    }
}

/// A worker over such a store.
fn faulty_worker(app: &TestApp, fault: Fault) -> (Worker, Arc<FaultyBlobs>) {
    let mut adapters = app.adapters.clone();
    let blobs = Arc::new(FaultyBlobs {
        inner: adapters.blobs.clone(),
        fault,
        steps: AtomicUsize::new(0),
        killed: Notify::new(),
    });
    adapters.blobs = blobs.clone();
    (adapters.worker(&app.config), blobs)
}

/// Lets a worker work until it is killed; false where it came to its end.
async fn killed(app: &TestApp, fault: Fault) -> bool {
    let (worker, blobs) = faulty_worker(app, fault);
    tokio::select! {
        () = blobs.killed.notified() => true,
        drained = worker.drain() => {
            drained.unwrap();
            false
        }
    }
}

/// The next worker finds the job once the dead one's lease has ended.
async fn the_next_worker_goes_on(app: &TestApp) {
    app.clock.advance(Duration::from_secs(60));
    app.drain().await;
    app.worker.sweep_before(Timestamp::MAX).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_is_killed_at_any_step_leaves_one_image_and_nothing_else() {
    let file = photograph();
    let mut kills = 0;
    for step in 1.. {
        let before = kills;
        for fault in [Fault::KilledBefore(step), Fault::KilledAfter(step)] {
            let app = app().await;
            let (admin, _) = app.admin().await;
            let id = send(&admin, &promise(&file), &file).await;
            kills += usize::from(killed(&app, fault).await);
            the_next_worker_goes_on(&app).await;
            let upload = admin.direct_upload(id).await.unwrap().unwrap().summary;
            assert_eq!(upload.state, DirectUploadState::Accepted, "step {step}");
            let library = whole_library(&admin, LibraryView::Library, 10).await;
            let found: Vec<_> = library
                .iter()
                .map(|image| (Some(image.id), image.state))
                .collect();
            assert_eq!(found, [(upload.image_id, ImageState::Ready)], "step {step}");
            assert_left(&app, 1).await;
        }
        if kills == before {
            break;
        }
    }
    // Looking at the upload, copying it, reading the copy, removing the upload: before and after each.
    assert_eq!(kills, 8);
}

#[tokio::test]
async fn a_worker_that_is_killed_while_it_refuses_leaves_nothing() {
    let text = b"Dear diary, today\n".repeat(100_000);
    let mut kills = 0;
    for step in 1.. {
        let app = app().await;
        let (admin, _) = app.admin().await;
        let id = send(&admin, &promise(&text), &text).await;
        if !killed(&app, Fault::KilledBefore(step)).await {
            break;
        }
        kills += 1;
        the_next_worker_goes_on(&app).await;
        let upload = admin.direct_upload(id).await.unwrap().unwrap().summary;
        assert_eq!(upload.state, DirectUploadState::Refused, "step {step}");
        assert_left(&app, 0).await;
    }
    // The same as above, and removing the copy.
    assert_eq!(kills, 5);
}

#[tokio::test]
async fn a_job_that_comes_twice_makes_one_image() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let id = send(&admin, &promise(&file), &file).await;
    app.drain().await;
    let first = admin.direct_upload(id).await.unwrap();
    send_again(&app, id).await;
    assert_eq!(admin.direct_upload(id).await.unwrap(), first);
    assert_eq!(whole_library(&admin, LibraryView::Library, 10).await.len(), 1);
    assert_left(&app, 1).await;
}

async fn send_again(app: &TestApp, upload_id: domain::UploadId) {
    let job = Job::Accept { upload_id };
    let envelope = job.into_envelope(JobId::new(app.adapters.clock.now(), [9; 10]), None);
    app.adapters.queue.send(&[envelope]).await.unwrap();
    app.drain().await;
}

#[tokio::test]
async fn what_was_given_up_while_the_store_was_away_becomes_an_image_when_its_job_is_sent_again() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let id = send(&admin, &promise(&file), &file).await;
    let (worker, _) = faulty_worker(&app, Fault::Away(2));
    for _ in 0..app.config.worker.max_attempts {
        worker.drain().await.unwrap();
        app.clock.advance(Duration::from_secs(600));
    }
    let upload = admin.direct_upload(id).await.unwrap().unwrap().summary;
    assert_eq!(upload.state, DirectUploadState::Refused);
    assert_eq!(upload.refusal.unwrap().code, "gave-up");
    app.worker.sweep_before(Timestamp::MAX).await.unwrap();

    send_again(&app, id).await;
    let upload = admin.direct_upload(id).await.unwrap().unwrap().summary;
    assert_eq!(
        (upload.state, upload.refusal),
        (DirectUploadState::Accepted, None)
    );
    assert_left(&app, 1).await;
}
