//! Copies that S3 makes itself.

use std::sync::Arc;

use aws_sdk_s3::types::CompletedPart;
use domain::BlobKey;
use futures::{StreamExt, TryStreamExt, stream};
use ports::PortError;
use tracing::warn;

use super::{Head, S3, WHAT, writer::PART_CHECKSUM};
use crate::failure::{failed, has_code, status, unavailable};

/// How many parts of a large blob are copied at once.
const UNDER_WAY: usize = 4;

impl S3 {
    pub(super) async fn copy(self: &Arc<Self>, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        let Some(source) = self.head(from).await? else {
            return Ok(false);
        };
        if source.size_bytes > self.sizes.copied_at_once {
            return self.copy_in_parts(from, to, &source).await.map(|()| true);
        }
        let (bucket, object) = self.object(to);
        let copied = self
            .client
            .copy_object()
            .copy_source(self.copy_source(from))
            .copy_source_if_match(&source.etag)
            .bucket(bucket)
            .key(object)
            .set_server_side_encryption(self.encryption())
            .set_ssekms_key_id(self.kms_key.clone())
            .set_bucket_key_enabled(self.bucket_key())
            .send()
            .await;
        match copied {
            Ok(_) => Ok(true),
            Err(error) if has_code(&error, &["NoSuchKey"]) => Ok(false),
            Err(error) if status(&error) == Some(412) => Err(changed(from)),
            Err(error) => Err(failed(
                WHAT,
                format_args!("s3:GetObject of {from} and s3:PutObject in bucket {bucket}"),
            )(error)),
        }
    }

    /// Both names hold nothing that a URL would have to escape.
    fn copy_source(&self, from: &BlobKey) -> String {
        let (bucket, object) = self.object(from);
        format!("{bucket}/{object}")
    }

    async fn copy_in_parts(
        self: &Arc<Self>,
        from: &BlobKey,
        to: &BlobKey,
        source: &Head,
    ) -> Result<(), PortError> {
        let upload_id = self.begin_parts(to, PART_CHECKSUM).await?;
        let part = self.sizes.copied_part;
        let parts = (0..source.size_bytes.div_ceil(part)).map(|index| {
            let first = index * part;
            let last = (first + part).min(source.size_bytes) - 1;
            let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
            self.copy_part(from, to, source, &upload_id, (number, first, last))
        });
        let copied: Result<Vec<CompletedPart>, PortError> = stream::iter(parts)
            .buffer_unordered(UNDER_WAY)
            .try_collect()
            .await;
        let done = match copied {
            Ok(parts) => self.complete(to, &upload_id, parts, source.size_bytes).await,
            Err(error) => Err(error),
        };
        if done.is_err()
            && let Err(error) = self.abort(to, &upload_id).await
        {
            warn!(blob.key = %to, error.message = %error, "a copy was given up and not aborted; the sweep will");
        }
        done
    }

    async fn copy_part(
        &self,
        from: &BlobKey,
        to: &BlobKey,
        source: &Head,
        upload_id: &str,
        (number, first, last): (i32, u64, u64),
    ) -> Result<CompletedPart, PortError> {
        let (bucket, object) = self.object(to);
        let copied = self
            .client
            .upload_part_copy()
            .copy_source(self.copy_source(from))
            // All parts are of the same blob.
            .copy_source_if_match(&source.etag)
            .copy_source_range(format!("bytes={first}-{last}"))
            .bucket(bucket)
            .key(object)
            .upload_id(upload_id)
            .part_number(number)
            .send()
            .await;
        match copied {
            Ok(copied) => {
                let result = copied
                    .copy_part_result
                    .unwrap_or_else(|| aws_sdk_s3::types::CopyPartResult::builder().build());
                Ok(CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(result.e_tag)
                    .set_checksum_crc32(result.checksum_crc32)
                    .build())
            }
            Err(error) if status(&error) == Some(412) => Err(changed(from)),
            Err(error) => Err(failed(
                WHAT,
                format_args!("s3:GetObject of {from} and s3:PutObject in bucket {bucket}"),
            )(error)),
        }
    }
}

fn changed(from: &BlobKey) -> PortError {
    unavailable(WHAT, format_args!("{from} was replaced while it was copied"))
}
