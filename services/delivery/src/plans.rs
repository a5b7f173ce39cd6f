//! Plans: answers that were given, without their bytes, so that they can be given again without another thought.
//!
//! Owns: what such an answer says, by the path as it came and what the client reads. Refuses: whether it is still true.
//! Whoever finds a plan must compare its grounds with what is known now, and look at the clock where its URL ends.

use std::sync::Arc;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_DISPOSITION, CONTENT_LENGTH,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    },
};
use domain::{BlobKey, Manifest};
use http_kit::make_room;
use moka::{Equivalent, sync::Cache};

use crate::{
    accept::Bucket,
    answer::{Lifetime, SERVER_TIMING},
    presets::Meanings,
};

/// What an answer follows from, beside its path and its client. Each is compared by its address: the same `Arc` is the same
/// manifest, read once and not forgotten since.
pub(crate) struct Grounds {
    pub(crate) manifest: Arc<Manifest>,
    /// Of presets, where the answer depends on any.
    pub(crate) meanings: Option<Arc<Meanings>>,
    /// Of the watermark's image, where there is one.
    pub(crate) mark: Option<Arc<Manifest>>,
    /// Where the bytes are.
    pub(crate) variant: BlobKey,
}

/// An answer that was given.
pub(crate) struct Plan {
    pub(crate) grounds: Grounds,
    /// When the URL ends, in seconds since 1970.
    pub(crate) expires_at_s: Option<u32>,
    pub(crate) lifetime: Lifetime,
    /// The route that gave it.
    pub(crate) route: &'static str,
    /// The tag, with its quotes.
    pub(crate) etag: String,
    /// What goes with the bytes; none where they were never sent from memory.
    pub(crate) whole: Option<HeaderMap>,
    /// What is said to whoever has the bytes.
    pub(crate) unchanged: HeaderMap,
}

/// What tells of a body, or of how it was come by. A 304 has none, and who has the body has them with it (RFC 9110,
/// section 15.4.5).
const OF_BODIES: [HeaderName; 7] = [
    ACCEPT_RANGES,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    CONTENT_DISPOSITION,
    CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY,
    CONTENT_TYPE,
    SERVER_TIMING,
];

/// Takes away what a 304 need not say.
pub(crate) fn say_unchanged(headers: &mut HeaderMap) {
    for name in &OF_BODIES {
        headers.remove(name);
    }
}

impl Plan {
    /// The plan of an answer with this status and these headers; none of one that cannot be given again.
    pub(crate) fn new(
        grounds: Grounds,
        expires_at_s: Option<u32>,
        lifetime: Lifetime,
        route: &'static str,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Option<Self> {
        // A part of an answer says other things.
        if !matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED) {
            return None;
        }
        let etag = headers.get(ETAG)?.to_str().ok()?.to_owned();
        let whole = (status == StatusCode::OK).then(|| with_room(headers.clone(), status));
        let mut unchanged = headers.clone();
        say_unchanged(&mut unchanged);
        Some(Self {
            grounds,
            expires_at_s,
            lifetime,
            route,
            etag,
            whole,
            unchanged: with_room(unchanged, StatusCode::NOT_MODIFIED),
        })
    }

    fn bytes(&self) -> usize {
        let whole = self.whole.as_ref().map_or(0, HeaderMap::len);
        let values = self.unchanged.iter().chain(self.whole.iter().flatten());
        let values: usize = values.map(|(_, value)| value.len()).sum();
        let headers = (whole + self.unchanged.len()) * HEADER_BYTES;
        ENTRY_BYTES + headers + values + self.grounds.variant.as_str().len()
    }
}

fn with_room(mut headers: HeaderMap, status: StatusCode) -> HeaderMap {
    make_room(&mut headers, status);
    headers
}

/// A header takes as much in its map, beside the text of its value: name, value, links, its place in the index.
const HEADER_BYTES: usize = size_of::<HeaderName>() + size_of::<HeaderValue>() + 48;

/// What a plan takes beside that: its own fields, its path's place, and the cache's records.
const ENTRY_BYTES: usize = 640;

#[derive(PartialEq, Eq, Hash)]
struct Key {
    path: Box<str>,
    bucket: Bucket,
}

/// The same, borrowed: equal ones must have equal hashes, so the fields stand in the same order.
#[derive(Hash)]
struct Asked<'a> {
    path: &'a str,
    bucket: Bucket,
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.bucket == key.bucket && *self.path == *key.path
    }
}

/// Plans in memory.
pub(crate) struct Plans(Option<Cache<Key, Arc<Plan>>>);

impl Plans {
    /// Keeps about `bytes` of them.
    pub(crate) fn new(bytes: u64) -> Self {
        let weigh =
            |key: &Key, plan: &Arc<Plan>| u32::try_from(key.path.len() + plan.bytes()).unwrap_or(u32::MAX);
        Self((bytes > 0).then(|| Cache::builder().max_capacity(bytes).weigher(weigh).build()))
    }

    /// The plan for this path and client, true or not.
    pub(crate) fn find(&self, path: &str, bucket: Bucket) -> Option<Arc<Plan>> {
        self.0.as_ref()?.get(&Asked { path, bucket })
    }

    /// Keeps a plan in the place of the one before.
    pub(crate) fn keep(&self, path: &str, bucket: Bucket, plan: impl FnOnce() -> Option<Plan>) {
        if let Some(kept) = &self.0
            && let Some(plan) = plan()
        {
            let path = path.into();
            kept.insert(Key { path, bucket }, Arc::new(plan));
        }
    }
}
