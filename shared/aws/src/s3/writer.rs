//! Writing bytes that come one after the other: small blobs by one call, larger ones in parts, a few of them in memory.

use std::{mem, sync::Arc};

use async_trait::async_trait;
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use bytes::{Bytes, BytesMut};
use domain::BlobKey;
use ports::{BlobWriter, PortError};
use tokio::{runtime::Handle, task::JoinSet};
use tracing::warn;

use super::{PART_BYTES, S3, WHAT, only_if_absent};
use crate::failure::{failed, has_code, status, unavailable};

/// How many parts are on their way at once, beside the one that fills.
const UNDER_WAY: usize = 2;

/// What the SDK sends with every part, and S3 compares: an upload that was begun without it would refuse them.
pub(super) const PART_CHECKSUM: Option<ChecksumAlgorithm> = Some(ChecksumAlgorithm::Crc32);

type SentPart = Result<CompletedPart, PortError>;

/// A blob whose writer is at work.
pub(super) struct S3BlobWriter {
    s3: Arc<S3>,
    key: BlobKey,
    filling: BytesMut,
    size_bytes: u64,
    parts: Option<Parts>,
}

/// What a blob of more than one part has at S3.
struct Parts {
    upload_id: String,
    begun: i32,
    under_way: JoinSet<SentPart>,
    sent: Vec<CompletedPart>,
}

impl S3BlobWriter {
    pub(super) fn new(s3: Arc<S3>, key: BlobKey) -> Self {
        Self {
            s3,
            key,
            filling: BytesMut::new(),
            size_bytes: 0,
            parts: None,
        }
    }

    /// Sends what has gathered as the next part, and waits while too many are on their way.
    async fn send_part(&mut self) -> Result<(), PortError> {
        if self.parts.is_none() {
            self.parts = Some(Parts {
                upload_id: self.s3.begin_parts(&self.key, PART_CHECKSUM).await?,
                begun: 0,
                under_way: JoinSet::new(),
                sent: Vec::new(),
            });
        }
        let bytes = mem::replace(&mut self.filling, BytesMut::new()).freeze();
        let Some(parts) = &mut self.parts else {
            return Ok(());
        };
        while parts.under_way.len() >= UNDER_WAY {
            parts.wait_for_one().await?;
        }
        parts.begun += 1;
        let (s3, key, upload_id, number) = (
            self.s3.clone(),
            self.key.clone(),
            parts.upload_id.clone(),
            parts.begun,
        );
        parts
            .under_way
            .spawn(async move { s3.send_part(&key, &upload_id, number, bytes).await });
        Ok(())
    }
}

impl Parts {
    async fn wait_for_one(&mut self) -> Result<(), PortError> {
        if let Some(sent) = self.under_way.join_next().await {
            self.sent.push(sent.map_err(PortError::unavailable(WHAT))??);
        }
        Ok(())
    }
}

#[async_trait]
impl BlobWriter for S3BlobWriter {
    async fn write(&mut self, mut chunk: Bytes) -> Result<(), PortError> {
        self.size_bytes += chunk.len() as u64;
        loop {
            let room = PART_BYTES - self.filling.len();
            if chunk.len() < room {
                self.filling.extend_from_slice(&chunk);
                return Ok(());
            }
            self.filling.extend_from_slice(&chunk.split_to(room));
            self.send_part().await?;
        }
    }

    async fn finish(mut self: Box<Self>) -> Result<(), PortError> {
        if self.parts.is_none() {
            let bytes = mem::replace(&mut self.filling, BytesMut::new()).freeze();
            return self.s3.put(&self.key, bytes).await;
        }
        if !self.filling.is_empty() {
            self.send_part().await?;
        }
        if let Some(parts) = &mut self.parts {
            while !parts.under_way.is_empty() {
                parts.wait_for_one().await?;
            }
            let sent = mem::take(&mut parts.sent);
            self.s3
                .complete(&self.key, &parts.upload_id, sent, self.size_bytes)
                .await?;
        }
        // There is nothing left to abort.
        self.parts = None;
        Ok(())
    }
}

impl Drop for S3BlobWriter {
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else { return };
        // Outside of a runtime, as at the end of the process, the sweep aborts it later.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (s3, key) = (self.s3.clone(), self.key.clone());
        runtime.spawn(async move {
            // A part that arrives after its upload was aborted would stay.
            let mut under_way = parts.under_way;
            under_way.shutdown().await;
            if let Err(error) = s3.abort(&key, &parts.upload_id).await {
                warn!(blob.key = %key, error.message = %error, "an upload was given up and not aborted; the sweep will");
            }
        });
    }
}

impl S3 {
    /// Begins an upload in parts. With a checksum, every part has to come with its own.
    pub(super) async fn begin_parts(
        &self,
        key: &BlobKey,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<String, PortError> {
        let (bucket, object) = self.object(key);
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(bucket)
            .key(object)
            .set_checksum_algorithm(checksum)
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.kms_key.clone())
            .set_bucket_key_enabled(self.bucket_key())
            .send()
            .await
            .map_err(failed(WHAT, format_args!("s3:PutObject in bucket {bucket}")))?;
        begun
            .upload_id
            .ok_or_else(|| unavailable(WHAT, "an upload was begun and has no id"))
    }

    async fn send_part(&self, key: &BlobKey, upload_id: &str, number: i32, bytes: Bytes) -> SentPart {
        let (bucket, object) = self.object(key);
        let sent = self
            .client
            .upload_part()
            .bucket(bucket)
            .key(object)
            .upload_id(upload_id)
            .part_number(number)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(failed(WHAT, format_args!("s3:PutObject in bucket {bucket}")))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    /// Makes one blob of `size_bytes` of the parts. A repeated call, after an answer that was lost, does no harm.
    pub(super) async fn complete(
        &self,
        key: &BlobKey,
        upload_id: &str,
        mut parts: Vec<CompletedPart>,
        size_bytes: u64,
    ) -> Result<(), PortError> {
        parts.sort_by_key(CompletedPart::part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let (bucket, object) = self.object(key);
        let completed = self
            .client
            .complete_multipart_upload()
            .bucket(bucket)
            .key(object)
            .upload_id(upload_id)
            .multipart_upload(parts)
            .set_if_none_match(only_if_absent(key))
            .send()
            .await;
        match completed {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(412) || has_code(&error, &["NoSuchUpload"]) => {
                self.is_there_already(key, size_bytes).await
            }
            Err(error) => Err(failed(WHAT, format_args!("s3:PutObject in bucket {bucket}"))(
                error,
            )),
        }
    }
}
