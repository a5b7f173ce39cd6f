//! Clients that upload and look at pictures without a pause, as careful clients do: what fails is sent again.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use api_client::{ApiClient, ClientError, Upload};
use api_types::{BeginUploadRequest, UploadResource};
use axum::body::Body;
use axum::http::{Request, Uri};
use domain::{DirectUploadState, ImageId};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use testkit::{Fleet, pictures};
use tokio::task::JoinSet;

/// How long a client waits before it sends again.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a client rests between two uploads: the load is to be steady, and not the machine's limit.
const REST: Duration = Duration::from_millis(250);

/// How long a client rests between two pictures.
const GLANCE: Duration = Duration::from_millis(50);

/// Requests of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requests {
    /// All of them.
    pub sent: u64,
    /// Those without a good answer.
    pub failed: u64,
    /// Those that were sent because one before had failed.
    pub retried: u64,
}

#[derive(Default)]
struct Counter {
    sent: AtomicU64,
    failed: AtomicU64,
    retried: AtomicU64,
}

impl Counter {
    fn sent(&self, attempt: u32) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        if attempt > 0 {
            self.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> Requests {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Requests {
            sent: read(&self.sent),
            failed: read(&self.failed),
            retried: read(&self.retried),
        }
    }
}

/// What was sent during a row.
#[derive(Default)]
pub struct Counts {
    uploads: Counter,
    deliveries: Counter,
}

impl Counts {
    /// Of uploads, those of parts included.
    pub fn uploads(&self) -> Requests {
        self.uploads.read()
    }

    /// Of pictures.
    pub fn deliveries(&self) -> Requests {
        self.deliveries.read()
    }
}

/// What a load has done.
pub struct Sent {
    /// The requests.
    pub counts: Arc<Counts>,
    /// The images of all uploads that were answered with a 2xx.
    pub accepted: HashSet<ImageId>,
}

/// Clients at work: two upload through the api, two in parts to S3, two look at pictures.
pub struct Load {
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
    uploaders: JoinSet<Vec<ImageId>>,
    viewers: JoinSet<()>,
}

#[derive(Clone)]
struct Uploader {
    client: ApiClient,
    outside: Client<HttpConnector, Body>,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    prefix: &'static str,
}

impl Load {
    pub fn start(fleet: &Fleet, client: &ApiClient, prefix: &'static str, shown: &[ImageId]) -> Self {
        let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
        let outside = Client::builder(TokioExecutor::new()).build_http();
        let uploader = Uploader {
            client: client.clone(),
            outside: outside.clone(),
            counts: counts.clone(),
            stop: stop.clone(),
            prefix,
        };
        let mut uploaders = JoinSet::new();
        for number in 0..2 {
            let (direct, in_parts) = (uploader.clone(), uploader.clone());
            uploaders.spawn(async move { direct.run(number, false).await });
            uploaders.spawn(async move { in_parts.run(number, true).await });
        }
        let mut viewers = JoinSet::new();
        for number in 0..2 {
            let (stop, counts, shown) = (stop.clone(), counts.clone(), shown.to_vec());
            let (url, outside) = (fleet.url(), outside.clone());
            viewers.spawn(async move {
                let mut width = 20 + number;
                while !stop.load(Ordering::Relaxed) {
                    width = if width > 600 { 20 + number } else { width + 2 };
                    let id = shown[width % shown.len()];
                    counts.deliveries.sent(0);
                    let uri = format!("{url}/i/{id}/w={width},f=jpeg").parse().unwrap();
                    if !is_well(outside.get(uri).await).await {
                        counts.deliveries.failed();
                    }
                    tokio::time::sleep(GLANCE).await;
                }
            });
        }
        Self {
            stop,
            counts,
            uploaders,
            viewers,
        }
    }

    /// Begins nothing more, and waits until what was begun is accepted.
    pub async fn end(self) -> Sent {
        self.stop.store(true, Ordering::Relaxed);
        self.viewers.join_all().await;
        let accepted: Vec<ImageId> = self.uploaders.join_all().await.into_iter().flatten().collect();
        let count = accepted.len();
        let accepted: HashSet<ImageId> = accepted.into_iter().collect();
        assert_eq!(accepted.len(), count, "two uploads became one image");
        Sent {
            counts: self.counts,
            accepted,
        }
    }
}

async fn is_well<E>(answer: Result<axum::http::Response<hyper_util::body::Incoming>, E>) -> bool {
    match answer {
        Ok(response) => {
            let status = response.status();
            // An answer that breaks off is none.
            response.into_body().collect().await.is_ok() && status.is_success()
        }
        Err(_) => false,
    }
}

impl Uploader {
    async fn run(self, number: u64, in_parts: bool) -> Vec<ImageId> {
        let mut accepted = Vec::new();
        for round in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let seed = seed_of(self.prefix) + number * 100_000 + u64::from(in_parts) * 50_000 + round;
            let name = format!("{}{seed}.jpg", self.prefix);
            let bytes = pictures::photograph(seed, 1000, 750, 1);
            accepted.push(if in_parts {
                self.in_parts(&name, &bytes).await
            } else {
                self.direct(&name, &bytes).await
            });
            tokio::time::sleep(REST).await;
        }
        accepted
    }

    /// Sends until there is a good answer. A refusal that is none of a fault's is a failure of the test.
    async fn call<T>(&self, send: impl AsyncFn() -> Result<T, ClientError>) -> T {
        for attempt in 0.. {
            self.counts.uploads.sent(attempt);
            match send().await {
                Ok(answer) => return answer,
                Err(error) => assert!(passes(&error), "an upload was refused: {error}"),
            }
            self.counts.uploads.failed();
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("the loop ends only by returning")
    }

    async fn direct(&self, name: &str, bytes: &[u8]) -> ImageId {
        let image = self.call(async || {
            let upload = Upload {
                file_name: name.to_owned(),
                body: bytes.to_vec().into(),
                idempotency_key: Some(name.to_owned()),
            };
            self.client.upload(upload).await
        });
        image.await.summary.id
    }

    async fn in_parts(&self, name: &str, bytes: &[u8]) -> ImageId {
        let request = BeginUploadRequest {
            file_name: name.to_owned(),
            size_bytes: bytes.len() as u64,
            ..BeginUploadRequest::default()
        };
        let begun = self
            .call(async || self.client.begin_upload(&request, Some(name)).await)
            .await;
        let id = begun.summary.id;
        let mut upload = begun;
        loop {
            while upload.parts.iter().any(|part| !part.stored) {
                self.send_parts(&upload, bytes).await;
                // Those that are still missing are sent again, to fresh URLs.
                upload = self
                    .call(async || self.client.direct_upload(id).await)
                    .await
                    .unwrap();
            }
            if upload.summary.state != DirectUploadState::Open {
                break;
            }
            upload = self.call(async || self.client.complete_upload(id).await).await;
        }
        // From here on it is the service's: a worker accepts it.
        loop {
            match (upload.summary.state, upload.summary.image_id) {
                (DirectUploadState::Accepted, Some(image)) => return image,
                (DirectUploadState::Refused, _) => panic!("{name} was refused: {:?}", upload.summary.refusal),
                _ => tokio::time::sleep(PAUSE).await,
            }
            upload = self
                .call(async || self.client.direct_upload(id).await)
                .await
                .unwrap();
        }
    }

    async fn send_parts(&self, upload: &UploadResource, bytes: &[u8]) {
        let part_bytes = upload.summary.part_size_bytes as usize;
        for part in upload.parts.iter().filter(|part| !part.stored) {
            let first = (part.number as usize - 1) * part_bytes;
            let bytes = bytes[first..first + part.size_bytes as usize].to_vec();
            let uri: Uri = part.url.as_deref().unwrap().parse().unwrap();
            assert!(uri.host().is_some(), "parts go to S3 and not to the api: {uri}");
            self.counts.uploads.sent(0);
            let request = Request::put(uri).body(Body::from(bytes)).unwrap();
            if !is_well(self.outside.request(request).await).await {
                self.counts.uploads.failed();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Pictures of different rows differ: equal bytes would share an original.
fn seed_of(prefix: &str) -> u64 {
    prefix
        .bytes()
        .fold(7, |seed, byte| (seed * 31 + u64::from(byte)) % 10_000)
        * 1_000_000
}

/// Whether a fault can be the reason: nobody there, a balancer that says so, something that is unavailable.
fn passes(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable(_) => true,
        ClientError::Unreadable(what) => what.contains("502"),
        ClientError::Problem(problem) => problem.status == 503,
    }
}
