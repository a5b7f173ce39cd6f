//! A delivery service over a folder, with one image in it, and a blob store that tells and can be held up.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy takes functions beside the tests for something else"
)]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode},
};
use bytes::Bytes;
use domain::{
    Availability, BlobKey, ImageFormat, ImageId, KeyRing, Manifest, Mezzanine, UploadId, Visibility,
};
use embedded::{FolderBlobStore, SystemClock, SystemEntropy};
use http_body_util::BodyExt;
use http_kit::{LayerSettings, RequestIds, Served, standard_layers};
use jiff::Timestamp;
use ports::{BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, Clock, PortError, RangeReader};
use tempfile::TempDir;
use tintype_delivery::{Delivery, DeliverySettings, router};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// The upright size of the image.
pub const WIDTH: u32 = 320;
pub const HEIGHT: u32 = 240;

/// A folder store that logs each call, can fail, and can hold up the reading of mezzanines and the writing of variants.
pub struct WatchedBlobs {
    inner: FolderBlobStore,
    log: watch::Sender<Vec<String>>,
    /// Closed while it has no permits.
    mezzanines: Semaphore,
    variants: Semaphore,
    pub fails_reading: AtomicBool,
    pub fails_writing: AtomicBool,
}

const WIDE_OPEN: usize = 1_000_000;

impl WatchedBlobs {
    fn note(&self, call: &str, key: &BlobKey) {
        self.log.send_modify(|log| log.push(format!("{call} {key}")));
    }

    /// How many calls began with `call` and were about a key with `part` in it.
    pub fn count(&self, call: &str, part: &str) -> usize {
        self.log
            .borrow()
            .iter()
            .filter(|line| line.starts_with(call) && line.contains(part))
            .count()
    }

    /// Returns when there were `times` of such calls.
    pub async fn until(&self, times: usize, call: &str, part: &str) {
        let found = |log: &Vec<String>| {
            log.iter()
                .filter(|line| line.starts_with(call) && line.contains(part))
                .count()
                >= times
        };
        self.log.subscribe().wait_for(found).await.unwrap();
    }

    pub fn hold_mezzanines(&self) {
        self.mezzanines.forget_permits(WIDE_OPEN);
    }

    pub fn release_mezzanines(&self) {
        self.mezzanines.add_permits(WIDE_OPEN);
    }

    pub fn hold_variants(&self) {
        self.variants.forget_permits(WIDE_OPEN);
    }

    pub fn release_variants(&self) {
        self.variants.add_permits(WIDE_OPEN);
    }

    fn check(&self, fails: &AtomicBool) -> Result<(), PortError> {
        if fails.load(Ordering::Relaxed) {
            return Err(PortError::unavailable("the blob store")(
                "the secret address of the store",
            ));
        }
        Ok(())
    }
}

#[async_trait]
impl BlobStore for WatchedBlobs {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError> {
        self.inner.create(key).await
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        self.note("put", key);
        if key.as_str().contains("/variants/") {
            let _permit = self.variants.acquire().await.unwrap();
        }
        self.check(&self.fails_writing)?;
        self.inner.put(key, bytes).await?;
        self.note("has", key);
        Ok(())
    }

    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        self.note("get", key);
        if key.as_str().contains("/mezzanines/") {
            let _permit = self.mezzanines.acquire().await.unwrap();
        }
        self.check(&self.fails_reading)?;
        self.inner.get(key).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError> {
        self.note("open", key);
        self.check(&self.fails_reading)?;
        self.inner.open(key).await
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        self.inner.copy(from, to).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        file_name: &str,
        until: Timestamp,
    ) -> Result<Option<String>, PortError> {
        self.inner.download_url(key, file_name, until).await
    }

    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError> {
        self.note("part", key);
        self.check(&self.fails_reading)?;
        self.inner.open_range(key, range).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        self.inner.delete(key).await?;
        self.note("gone", key);
        Ok(())
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

/// A service with one image.
pub struct Site {
    pub app: Router,
    /// Without the shortcut before them.
    pub routes: Router,
    pub delivery: Delivery,
    pub blobs: Arc<WatchedBlobs>,
    pub keys: Arc<KeyRing>,
    pub manifest: Manifest,
    _folder: TempDir,
}

/// What came back, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn problem(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The status and the code of a problem.
    pub fn refusal(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.problem()["code"].as_str().unwrap().to_owned(),
        )
    }
}

pub fn id() -> ImageId {
    ImageId::new(Timestamp::UNIX_EPOCH, [1; 10])
}

/// A JPEG with something to see in it.
pub fn jpeg(width: u32, height: u32) -> Bytes {
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x % 256) as u8, (y % 256) as u8, ((x ^ y) % 256) as u8]))
        .collect();
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width: width as usize,
        pitch: width as usize * 3,
        height: height as usize,
        format: turbojpeg::PixelFormat::RGB,
    };
    let jpeg = turbojpeg::compress(image, 90, turbojpeg::Subsamp::Sub2x2).unwrap();
    Bytes::copy_from_slice(&jpeg)
}

/// A service that looks everything up each time, so that a test sees what it stores.
pub fn forgetful() -> DeliverySettings {
    DeliverySettings {
        cache_bytes: 0,
        manifest_max_age: Duration::ZERO,
        presets_max_age: Duration::ZERO,
        ..DeliverySettings::default()
    }
}

impl Site {
    pub async fn new() -> Self {
        Self::with(forgetful()).await
    }

    /// The original is 320 × 240, and so is the largest of three mezzanines.
    pub async fn with(settings: DeliverySettings) -> Self {
        Self::with_clock(settings, Arc::new(SystemClock)).await
    }

    /// The same by another clock.
    pub async fn with_clock(settings: DeliverySettings, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(WatchedBlobs {
            inner: FolderBlobStore::open(folder.path(), Arc::new(SystemEntropy)).unwrap(),
            log: watch::Sender::new(Vec::new()),
            mezzanines: Semaphore::new(WIDE_OPEN),
            variants: Semaphore::new(WIDE_OPEN),
            fails_reading: AtomicBool::new(false),
            fails_writing: AtomicBool::new(false),
        });
        let mut mezzanines = Vec::new();
        for width in [WIDTH, 160, 80] {
            let height = width * HEIGHT / WIDTH;
            let blob_key = BlobKey::mezzanine(id(), 2, width, ImageFormat::Jpeg);
            blobs.inner.put(&blob_key, jpeg(width, height)).await.unwrap();
            mezzanines.push(Mezzanine {
                blob_key,
                format: ImageFormat::Jpeg,
                width,
                height,
            });
        }
        let original = BlobKey::original(UploadId::new(Timestamp::UNIX_EPOCH, [1; 10]));
        blobs.inner.put(&original, jpeg(WIDTH, HEIGHT)).await.unwrap();
        let manifest = Manifest {
            v: 1,
            image_id: id(),
            image_version: 3,
            availability: Availability::Available,
            visibility: Visibility::Public,
            alt_text: String::new(),
            content_version: 2,
            width: WIDTH,
            height: HEIGHT,
            has_alpha: false,
            original,
            original_format: ImageFormat::Jpeg,
            frames: 1,
            mezzanines,
        };
        let keys = Arc::new(KeyRing::parse(&KeyRing::generate("k1", [7; 32])).unwrap());
        let delivery = Delivery::new(blobs.clone(), Arc::clone(&keys), clock, settings);
        let layers = LayerSettings {
            role: "delivery",
            request_ids: RequestIds::new(1),
        };
        let routes = standard_layers(router(delivery.clone()), &layers);
        let site = Self {
            app: Served::new(routes.clone(), layers, Some(delivery.clone())).into_routes(),
            routes,
            delivery,
            blobs,
            keys,
            manifest,
            _folder: folder,
        };
        site.write_manifest(|_| {}).await;
        site
    }

    /// Writes the manifest anew, changed.
    pub async fn write_manifest(&self, change: impl FnOnce(&mut Manifest)) {
        let mut manifest = self.manifest.clone();
        change(&mut manifest);
        let bytes = serde_json::to_vec(&manifest).unwrap().into();
        self.blobs
            .inner
            .put(&BlobKey::manifest(id()), bytes)
            .await
            .unwrap();
    }

    /// A blob that is there.
    pub async fn blobs_get(&self, key: &BlobKey) -> Bytes {
        self.blobs.inner.get(key).await.unwrap().unwrap()
    }

    /// Writes any blob, past the log.
    pub async fn write(&self, key: &BlobKey, bytes: &'static [u8]) {
        self.blobs
            .inner
            .put(key, Bytes::from_static(bytes))
            .await
            .unwrap();
    }

    pub async fn call(&self, request: Request<Body>) -> Answer {
        Answer::read(self.app.clone().oneshot(request).await.unwrap()).await
    }

    /// The same without the shortcut.
    pub async fn call_routes(&self, request: Request<Body>) -> Answer {
        Answer::read(self.routes.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get_path(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Asks for the image with these options.
    pub async fn get(&self, options: &str) -> Answer {
        self.get_path(&format!("/i/{}/{options}", id())).await
    }

    /// The same for options that nobody else keeps.
    pub async fn get_owned(&self, options: String) -> Answer {
        self.get(&options).await
    }

    /// The same with one more header.
    pub async fn get_with(&self, options: &str, name: &str, value: &str) -> Answer {
        let path = format!("/i/{}/{options}", id());
        self.call(
            Request::get(path)
                .header(name, value)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    /// How many renders read their source.
    pub fn renders(&self) -> usize {
        self.blobs.count("get", "/mezzanines/") + self.blobs.count("get", "originals/")
    }
}
