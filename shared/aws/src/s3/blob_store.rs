//! The blob store: what each call of the port is in S3.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use domain::BlobKey;
use futures::{TryStreamExt, future::try_join_all};
use jiff::Timestamp;
use ports::{BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, PortError, RangeReader};

use super::{S3, WHAT, location::S3Location, only_if_absent, writer::S3BlobWriter};
use crate::failure::{failed, has_code, status, unavailable};

/// Blobs in S3.
#[derive(Clone)]
pub struct S3BlobStore(pub(super) Arc<S3>);

#[async_trait]
impl BlobStore for S3BlobStore {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError> {
        Ok(Box::new(S3BlobWriter::new(self.0.clone(), key.clone())))
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        self.0.put(key, bytes).await
    }

    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        let Some(mut reader) = self.0.open(key, None).await?.map(|(_, reader)| reader) else {
            return Ok(None);
        };
        let mut bytes = BytesMut::with_capacity(usize::try_from(reader.size_bytes).unwrap_or(0));
        while let Some(chunk) = reader.chunks.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes.freeze()))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError> {
        Ok(self.0.open(key, None).await?.map(|(_, reader)| reader))
    }

    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError> {
        self.0.open_range(key, range).await
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        self.0.copy(from, to).await
    }

    async fn download_url(
        &self,
        key: &BlobKey,
        file_name: &str,
        until: Timestamp,
    ) -> Result<Option<String>, PortError> {
        self.0.download_url(key, file_name, until).await.map(Some)
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        self.0.delete(key).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        self.0.list(prefix, after, limit).await
    }

    /// What clients send themselves is left alone: `DirectUploads::begun` tells of it.
    async fn abort_unfinished(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut aborted = 0;
        for place in self.0.places.all() {
            aborted += self.0.abort_unfinished(place, older_than).await?;
        }
        Ok(aborted)
    }

    async fn ping(&self) -> Result<(), PortError> {
        let places = self.0.places.all();
        try_join_all(places.into_iter().map(|place| self.0.ping(place)))
            .await
            .map(drop)
    }
}

impl S3 {
    pub(super) async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        let (bucket, object) = self.object(key);
        let size_bytes = bytes.len() as u64;
        let put = self
            .client
            .put_object()
            .bucket(bucket)
            .key(object)
            .set_if_none_match(only_if_absent(key))
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.kms_key.clone())
            .set_bucket_key_enabled(self.bucket_key())
            .body(ByteStream::from(bytes));
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(412) => self.is_there_already(key, size_bytes).await,
            Err(error) => Err(failed(WHAT, format_args!("s3:PutObject in bucket {bucket}"))(
                error,
            )),
        }
    }

    pub(super) async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        let (bucket, object) = self.object(key);
        let deleted = self
            .client
            .delete_object()
            .bucket(bucket)
            .key(object)
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            // S3 says nothing of what was not there; others may.
            Err(error) if has_code(&error, &["NoSuchKey"]) => Ok(()),
            Err(error) => Err(failed(WHAT, format_args!("s3:DeleteObject in bucket {bucket}"))(
                error,
            )),
        }
    }

    /// A role that only reads a bucket may not list it, and is told 403: the bucket is there. Every role lists what was
    /// derived.
    async fn ping(&self, place: &S3Location) -> Result<(), PortError> {
        let bucket = place.bucket();
        match self.client.head_bucket().bucket(bucket).send().await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(404) => {
                Err(unavailable(WHAT, format_args!("there is no bucket {bucket}")))
            }
            Err(error) if status(&error) == Some(403) && place != self.places.derivatives() => Ok(()),
            Err(error) => Err(failed(WHAT, format_args!("s3:ListBucket on bucket {bucket}"))(
                error,
            )),
        }
    }
}
