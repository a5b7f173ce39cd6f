//! Reading: chunk by chunk, and on from where a broken connection left off.

use std::sync::Arc;

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use bytes::Bytes;
use domain::BlobKey;
use futures::stream;
use ports::{BlobReader, ByteRange, PortError, RangeReader};
use tracing::warn;

use super::{S3, WHAT, length};
use crate::failure::{failed, has_code, status, unavailable};

/// How often a blob is asked for again whose bytes stop coming.
const RESUMES: u32 = 3;

/// No object is longer; S3 does not read numbers that do not fit an `i64`.
const BEYOND_ANY_OBJECT: u64 = 1 << 53;

/// A part of a blob on its way.
struct Reading {
    s3: Arc<S3>,
    key: BlobKey,
    etag: Option<String>,
    body: ByteStream,
    next: u64,
    last: u64,
    resumes: u32,
}

/// The first and the last byte that an answer has.
type Span = (u64, u64);

impl S3 {
    /// The blob, or the bytes of it that an HTTP range names, which must have some.
    pub(super) async fn open(
        self: &Arc<Self>,
        key: &BlobKey,
        range: Option<String>,
    ) -> Result<Option<(Span, BlobReader)>, PortError> {
        let Some(found) = self.get_object(key, range, None).await? else {
            return Ok(None);
        };
        self.reader(key, found).map(Some)
    }

    pub(super) async fn open_range(
        self: &Arc<Self>,
        key: &BlobKey,
        range: ByteRange,
    ) -> Result<Option<RangeReader>, PortError> {
        let header = match range {
            // HTTP has no way to say it.
            ByteRange::Last(0) => return self.beyond(key).await,
            ByteRange::Last(count) => format!("bytes=-{}", count.min(BEYOND_ANY_OBJECT)),
            ByteRange::From { first, last } => {
                let last = last.filter(|last| *last < BEYOND_ANY_OBJECT);
                let last = last.map(|last| last.to_string()).unwrap_or_default();
                format!("bytes={first}-{last}")
            }
        };
        let (bucket, object) = self.object(key);
        let asked = self.client.get_object().bucket(bucket).key(object).range(header);
        match asked.send().await {
            Ok(found) => {
                let ((first, last), reader) = self.reader(key, found)?;
                Ok(Some(RangeReader::Part { first, last, reader }))
            }
            Err(error) if status(&error) == Some(416) => self.beyond(key).await,
            Err(error) if has_code(&error, &["NoSuchKey"]) => Ok(None),
            Err(error) => Err(failed(WHAT, format_args!("s3:GetObject in bucket {bucket}"))(
                error,
            )),
        }
    }

    async fn beyond(&self, key: &BlobKey) -> Result<Option<RangeReader>, PortError> {
        let found = self.head(key).await?;
        Ok(found.map(|found| RangeReader::Beyond {
            size_bytes: found.size_bytes,
        }))
    }

    async fn get_object(
        &self,
        key: &BlobKey,
        range: Option<String>,
        etag: Option<String>,
    ) -> Result<Option<GetObjectOutput>, PortError> {
        let (bucket, object) = self.object(key);
        let asked = self
            .client
            .get_object()
            .bucket(bucket)
            .key(object)
            .set_range(range)
            .set_if_match(etag);
        match asked.send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if has_code(&error, &["NoSuchKey"]) => Ok(None),
            Err(error) => Err(failed(WHAT, format_args!("s3:GetObject in bucket {bucket}"))(
                error,
            )),
        }
    }

    fn reader(
        self: &Arc<Self>,
        key: &BlobKey,
        found: GetObjectOutput,
    ) -> Result<(Span, BlobReader), PortError> {
        let part_bytes = length(found.content_length())?;
        let (first, size_bytes) = match found.content_range() {
            Some(range) => content_range(range)
                .ok_or_else(|| PortError::corrupt(WHAT, format!("the range {range:?}")))?,
            None => (0, part_bytes),
        };
        let next = first + part_bytes;
        let reading = Reading {
            s3: self.clone(),
            key: key.clone(),
            etag: found.e_tag,
            body: found.body,
            next: first,
            // Of an empty blob there is no last byte, and nothing to go on with.
            last: next.saturating_sub(1),
            resumes: RESUMES,
        };
        let chunks = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.chunk().await?.map(|chunk| (chunk, reading)))
        });
        let reader = BlobReader {
            size_bytes,
            chunks: Box::pin(chunks),
        };
        Ok(((first, next.saturating_sub(1)), reader))
    }
}

impl Reading {
    async fn chunk(&mut self) -> Result<Option<Bytes>, PortError> {
        loop {
            match self.body.try_next().await {
                Ok(Some(chunk)) => {
                    self.next += chunk.len() as u64;
                    return Ok(Some(chunk));
                }
                Ok(None) => return Ok(None),
                Err(error) if self.resumes > 0 && self.next <= self.last => {
                    warn!(blob.key = %self.key, blob.position = self.next, error.message = %error,
                        "the bytes of a blob stopped coming; it is asked for again from there");
                    self.resumes -= 1;
                    self.resume().await?;
                }
                Err(error) => return Err(PortError::unavailable(WHAT)(error)),
            }
        }
    }

    /// The same blob, not what may have replaced it since: a reader sees the old or the new one, never a mixture.
    async fn resume(&mut self) -> Result<(), PortError> {
        let range = format!("bytes={}-{}", self.next, self.last);
        let found = self
            .s3
            .get_object(&self.key, Some(range), self.etag.clone())
            .await?;
        let Some(found) = found else {
            return Err(unavailable(
                WHAT,
                format_args!("{} was deleted while it was read", self.key),
            ));
        };
        self.body = found.body;
        Ok(())
    }
}

/// The first byte and the whole length in `bytes 0-4/100`.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (span, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    Some((first.parse().ok()?, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read() {
        assert_eq!(content_range("bytes 5-9/100"), Some((5, 100)));
        for wrong in ["bytes */100", "bytes 5-9/*", "5-9/100", ""] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
