//! The blob store.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::BlobKey;
use jiff::Timestamp;
use ports::{BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, PortError, RangeReader};

use super::{TracedWriter, step, within};

/// A blob store whose calls are steps of traces. Of what is read or written in chunks the steps are the beginning and the
/// end: in between it waits for the other side of the chunks.
#[derive(Clone)]
pub struct TracedBlobStore(Arc<dyn BlobStore>);

impl TracedBlobStore {
    /// `blobs`, traced.
    pub const fn new(blobs: Arc<dyn BlobStore>) -> Self {
        Self(blobs)
    }
}

#[async_trait]
impl BlobStore for TracedBlobStore {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError> {
        let writer = within(step!("blobs.create", "client"), self.0.create(key)).await?;
        Ok(Box::new(TracedWriter(writer)))
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        within(step!("blobs.put", "client"), self.0.put(key, bytes)).await
    }

    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        within(step!("blobs.get", "client"), self.0.get(key)).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError> {
        within(step!("blobs.open", "client"), self.0.open(key)).await
    }

    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError> {
        within(step!("blobs.open_range", "client"), self.0.open_range(key, range)).await
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        within(step!("blobs.copy", "client"), self.0.copy(from, to)).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        file_name: &str,
        until: Timestamp,
    ) -> Result<Option<String>, PortError> {
        // Made in this process, of a secret: no step, and nothing to say of it.
        self.0.download_url(key, file_name, until).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        within(step!("blobs.delete", "client"), self.0.delete(key)).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        within(step!("blobs.list", "client"), self.0.list(prefix, after, limit)).await
    }

    async fn abort_unfinished(&self, older_than: Timestamp) -> Result<u64, PortError> {
        within(
            step!("blobs.abort_unfinished", "client"),
            self.0.abort_unfinished(older_than),
        )
        .await
    }

    async fn ping(&self) -> Result<(), PortError> {
        within(step!("blobs.ping", "client"), self.0.ping()).await
    }
}
