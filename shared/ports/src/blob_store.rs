//! The blob store: originals and everything derived from them.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use domain::BlobKey;
use futures::Stream;
use jiff::Timestamp;

use crate::PortError;

/// A blob in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its key.
    pub key: BlobKey,
    /// Its length.
    pub size_bytes: u64,
    /// When it was written.
    pub modified_at: Timestamp,
}

/// A blob being read, chunk by chunk.
pub struct BlobReader {
    /// Its whole length.
    pub size_bytes: u64,
    /// Its bytes.
    pub chunks: Pin<Box<dyn Stream<Item = Result<Bytes, PortError>> + Send>>,
}

/// A part of a blob that is asked for, as HTTP asks (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte on, counted from 0, to the last one or to this one; not before the first.
    From {
        /// The first.
        first: u64,
        /// The last; the blob may end before it.
        last: Option<u64>,
    },
    /// So many bytes at the end; all where there are fewer.
    Last(u64),
}

impl ByteRange {
    /// The first and the last byte of it in a blob of `size_bytes`; none where the blob has no byte of it.
    pub fn within(self, size_bytes: u64) -> Option<(u64, u64)> {
        let end = size_bytes.checked_sub(1)?;
        let (first, last) = match self {
            Self::From { first, last } => (first, last.unwrap_or(end).min(end)),
            Self::Last(0) => return None,
            Self::Last(count) => (size_bytes.saturating_sub(count), end),
        };
        (first <= last).then_some((first, last))
    }
}

/// What a blob has of a range.
pub enum RangeReader {
    /// These bytes of it.
    Part {
        /// The first byte, counted from 0.
        first: u64,
        /// The last byte.
        last: u64,
        /// The bytes from the first to the last; `size_bytes` is that of the whole blob.
        reader: BlobReader,
    },
    /// None: it is shorter.
    Beyond {
        /// Its whole length.
        size_bytes: u64,
    },
}

/// A blob being written. Nobody sees it before `finish`; dropped, it leaves nothing that a sweep would not find.
#[async_trait]
pub trait BlobWriter: Send {
    /// Adds bytes at the end.
    async fn write(&mut self, chunk: Bytes) -> Result<(), PortError>;

    /// Makes the blob visible, whole and durable: it survives the loss of power from here on.
    async fn finish(self: Box<Self>) -> Result<(), PortError>;
}

/// Blobs by key. Writing a key anew replaces the blob whole; readers see the old or the new one, never a mixture. An original is
/// written once: a store may refuse to replace it by other bytes.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Starts to write a blob whose bytes come one after the other.
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError>;

    /// Writes a blob whose bytes are all there, as durably as `BlobWriter::finish`.
    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError>;

    /// The whole blob. For small ones, or where a codec needs all of it.
    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError>;

    /// The blob, to be read in chunks.
    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError>;

    /// A part of the blob, to be read in chunks.
    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError>;

    /// Writes `to` as a copy of `from`, as durably as `BlobWriter::finish`, without passing the bytes through this process
    /// where the store can do that. False, and nothing is written, where there is no `from`.
    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError>;

    /// A URL that anybody can read the blob from until `until`, as a download under `file_name`; none where the store
    /// has no such URLs. The blob need not be there.
    async fn download_url(
        &self,
        key: &BlobKey,
        file_name: &str,
        until: Timestamp,
    ) -> Result<Option<String>, PortError>;

    /// Removes a blob; there need not be one.
    async fn delete(&self, key: &BlobKey) -> Result<(), PortError>;

    /// At most `limit` blobs whose keys begin with `prefix` and sort after `after`, in the order of their keys.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError>;

    /// Removes what writers left behind that began before `older_than` and never finished. Returns how many there were.
    async fn abort_unfinished(&self, older_than: Timestamp) -> Result<u64, PortError>;

    /// Whether the store can be reached; for readiness.
    async fn ping(&self) -> Result<(), PortError>;
}
