//! Clients that upload and look at pictures without a pause, as careful clients do: what fails is sent again.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use api_client::{ApiClient, ClientError, Upload};
use api_types::{BeginUploadRequest, SESSION_COOKIE, UploadResource};
use axum::{
    body::{Body, HttpBody},
    http::{Request, Response, Uri, header},
};
use domain::{DirectUploadState, ImageId};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::task::JoinSet;

use crate::pictures;

/// How long a client waits before it sends again.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a client rests between two uploads: the load is to be steady, and not the machine's limit.
const REST: Duration = Duration::from_millis(250);

/// How long a client rests between two pictures.
const GLANCE: Duration = Duration::from_millis(50);

/// The loads of this process: each asks for sizes that none before it has asked for.
static LOADS: AtomicUsize = AtomicUsize::new(0);

/// Requests of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requests {
    /// All of them.
    pub sent: u64,
    /// Those without a good answer.
    pub failed: u64,
    /// Those that were sent because one before had failed.
    pub retried: u64,
    /// The longest that one took.
    pub slowest: Duration,
}

#[derive(Default)]
struct Counter {
    sent: AtomicU64,
    failed: AtomicU64,
    retried: AtomicU64,
    slowest_us: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Counter {
    fn sent(&self, attempt: u32) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        if attempt > 0 {
            self.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request that began then and has its answer, or none.
    fn ended(&self, began: Instant, outcome: Result<(), String>) {
        let took = u64::try_from(began.elapsed().as_micros()).unwrap();
        self.slowest_us.fetch_max(took, Ordering::Relaxed);
        if let Err(reason) = outcome {
            self.failed.fetch_add(1, Ordering::Relaxed);
            self.failures.lock().unwrap().push(reason);
        }
    }

    fn read(&self) -> Requests {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Requests {
            sent: read(&self.sent),
            failed: read(&self.failed),
            retried: read(&self.retried),
            slowest: Duration::from_micros(read(&self.slowest_us)),
        }
    }
}

/// What was sent.
#[derive(Default)]
pub struct Counts {
    uploads: Counter,
    deliveries: Counter,
    pages: Counter,
    listings: Counter,
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

    /// Of the library's pages.
    pub fn pages(&self) -> Requests {
        self.pages.read()
    }

    /// Of listings of the api.
    pub fn listings(&self) -> Requests {
        self.listings.read()
    }

    /// Why requests had no good answer.
    pub fn failures(&self) -> Vec<String> {
        [&self.uploads, &self.deliveries, &self.pages, &self.listings]
            .iter()
            .flat_map(|counter| counter.failures.lock().unwrap().clone())
            .collect()
    }
}

/// What a load has done.
pub struct Sent {
    /// The requests.
    pub counts: Arc<Counts>,
    /// The images of all uploads that were answered with a 2xx.
    pub accepted: HashSet<ImageId>,
}

/// Clients at work: two upload through the api, two in parts to S3, two look at pictures in sizes that are new.
pub struct Load {
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
    uploaders: JoinSet<Vec<ImageId>>,
    viewers: JoinSet<()>,
    viewer: Viewer,
    shown: Vec<ImageId>,
}

#[derive(Clone)]
struct Uploader {
    client: ApiClient,
    outside: Client<HttpConnector, Body>,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    prefix: &'static str,
}

/// Somebody who looks at one thing after the other.
#[derive(Clone)]
struct Viewer {
    url: String,
    outside: Client<HttpConnector, Body>,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
}

impl Viewer {
    /// Asks for what `next` says, and counts it among `kind`.
    async fn run(
        self,
        kind: impl Fn(&Counts) -> &Counter,
        session: Option<String>,
        mut next: impl FnMut() -> String,
    ) {
        while !self.stop.load(Ordering::Relaxed) {
            let path = next();
            let mut request = Request::get(format!("{}{path}", self.url));
            if let Some(session) = &session {
                request = request.header(header::COOKIE, format!("{SESSION_COOKIE}={session}"));
            }
            let request = request.body(Body::empty()).unwrap();
            let counter = kind(&self.counts);
            counter.sent(0);
            let began = Instant::now();
            let outcome = good(self.outside.request(request).await).await;
            counter.ended(began, outcome.map_err(|reason| format!("{path}: {reason}")));
            tokio::time::sleep(GLANCE).await;
        }
    }
}

impl Load {
    /// Begins. The uploads' names begin with `prefix`, which no other load of the same library has; `shown` are images that are
    /// ready.
    pub fn start(url: &str, client: &ApiClient, prefix: &'static str, shown: &[ImageId]) -> Self {
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
        let mut load = Self {
            stop: stop.clone(),
            counts: counts.clone(),
            uploaders,
            viewers: JoinSet::new(),
            viewer: Viewer {
                url: url.to_owned(),
                outside,
                counts,
                stop,
            },
            shown: shown.to_vec(),
        };
        let quality = 40 + LOADS.fetch_add(1, Ordering::Relaxed) % 50;
        for number in 0..2 {
            let (mut width, shown) = (20 + number, load.shown.clone());
            let next = move || {
                width = if width > 2_000 { 20 + number } else { width + 2 };
                format!("/i/{}/w={width},q={quality},f=jpeg", shown[width % shown.len()])
            };
            let viewer = load.viewer.clone();
            load.viewers
                .spawn(viewer.run(|counts| &counts.deliveries, None, next));
        }
        load
    }

    /// With one more who looks at pictures in a size that delivery has, and two who are signed in: one opens the library's pages,
    /// one reads listings of the api.
    #[must_use]
    pub fn with_readers(mut self, session: &str) -> Self {
        let (viewer, shown) = (&self.viewer, self.shown.clone());
        let mut turn = 0;
        let mut each = move |paths: fn(ImageId) -> [String; 2]| {
            turn += 1;
            paths(shown[turn / 2 % shown.len()])[turn % 2].clone()
        };
        let mut again = each.clone();
        self.viewers.spawn(viewer.clone().run(
            |counts| &counts.deliveries,
            None,
            move || again(|id| [format!("/i/{id}/w=320,f=jpeg"), format!("/i/{id}/w=160,f=jpeg")]),
        ));
        let mut page = each.clone();
        self.viewers.spawn(viewer.clone().run(
            |counts| &counts.pages,
            Some(session.to_owned()),
            move || page(|id| ["/".to_owned(), format!("/images/{id}")]),
        ));
        self.viewers.spawn(viewer.clone().run(
            |counts| &counts.listings,
            Some(session.to_owned()),
            move || {
                each(|id| {
                    [
                        "/api/v1/images?view=library&limit=50".to_owned(),
                        format!("/api/v1/images/{id}"),
                    ]
                })
            },
        ));
        self
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

/// Nothing, where the answer is a good one: whole, and with a status that says so.
async fn good<B: HttpBody, E: std::fmt::Display>(answer: Result<Response<B>, E>) -> Result<(), String> {
    let response = answer.map_err(|error| error.to_string())?;
    let status = response.status();
    match response.into_body().collect().await {
        Ok(_) if status.is_success() => Ok(()),
        Ok(_) => Err(status.to_string()),
        Err(_) => Err(format!("{status}, and the answer broke off")),
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
    async fn call<T, F>(&self, send: impl Fn(ApiClient) -> F) -> T
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        for attempt in 0.. {
            self.counts.uploads.sent(attempt);
            let began = Instant::now();
            let outcome = send(self.client.clone()).await;
            let told = outcome.as_ref().map(drop);
            self.counts
                .uploads
                .ended(began, told.map_err(|error| format!("an upload: {error:?}")));
            match outcome {
                Ok(answer) => return answer,
                Err(error) => assert!(passes(&error), "an upload was refused: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!("the loop ends only by returning")
    }

    async fn direct(&self, name: &str, bytes: &[u8]) -> ImageId {
        let send = |client: ApiClient| {
            let upload = Upload {
                file_name: name.to_owned(),
                body: bytes.to_vec().into(),
                idempotency_key: Some(name.to_owned()),
            };
            async move { client.upload(upload).await }
        };
        self.call(send).await.summary.id
    }

    async fn in_parts(&self, name: &str, bytes: &[u8]) -> ImageId {
        let request = BeginUploadRequest {
            file_name: name.to_owned(),
            size_bytes: bytes.len() as u64,
            ..BeginUploadRequest::default()
        };
        let begin = |client: ApiClient| {
            let (request, key) = (request.clone(), name.to_owned());
            async move { client.begin_upload(&request, Some(&key)).await }
        };
        let begun = self.call(begin).await;
        let id = begun.summary.id;
        let look = |client: ApiClient| async move { client.direct_upload(id).await };
        let complete = |client: ApiClient| async move { client.complete_upload(id).await };
        let mut upload = begun;
        loop {
            while upload.parts.iter().any(|part| !part.stored) {
                self.send_parts(&upload, bytes).await;
                // Those that are still missing are sent again, to fresh URLs.
                upload = self.call(look).await.unwrap();
            }
            if upload.summary.state != DirectUploadState::Open {
                break;
            }
            upload = self.call(complete).await;
        }
        // From here on it is the service's: a worker accepts it.
        loop {
            match (upload.summary.state, upload.summary.image_id) {
                (DirectUploadState::Accepted, Some(image)) => return image,
                (DirectUploadState::Refused, _) => panic!("{name} was refused: {:?}", upload.summary.refusal),
                _ => tokio::time::sleep(PAUSE).await,
            }
            upload = self.call(look).await.unwrap();
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
            let began = Instant::now();
            let outcome = good(self.outside.request(request).await).await;
            let failed = outcome.is_err();
            let told = outcome.map_err(|reason| format!("part {} of an upload: {reason}", part.number));
            self.counts.uploads.ended(began, told);
            if failed {
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
        ClientError::Unreadable(what) => ["502", "503", "504"].iter().any(|status| what.contains(status)),
        ClientError::Problem(problem) => problem.status == 503,
    }
}
