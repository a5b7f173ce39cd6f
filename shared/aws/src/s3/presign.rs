//! URLs that need no further credential. They end with their time, and before it when the credentials do that signed them.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use domain::{BlobKey, UploadId};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ports::PortError;

use super::{S3, WHAT};
use crate::failure::failed;

/// The longest that a signature of version 4 may hold.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What RFC 8187 lets stand as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl S3 {
    /// From now until an instant; for a second at least, for a week at most.
    pub(super) fn presigning(&self, until: Timestamp) -> Result<PresigningConfig, PortError> {
        let now = self.clock.now();
        let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        PresigningConfig::builder()
            .start_time(SystemTime::from(now))
            .expires_in(left.clamp(Duration::from_secs(1), LONGEST))
            .build()
            .map_err(PortError::unavailable(WHAT))
    }

    pub(super) async fn download_url(
        &self,
        key: &BlobKey,
        file_name: &str,
        until: Timestamp,
    ) -> Result<String, PortError> {
        let (bucket, object) = self.object(key);
        let request = self
            .presigner
            .get_object()
            .bucket(bucket)
            .key(object)
            .response_content_disposition(attachment(file_name))
            // A browser must not guess at bytes that nobody checked, nor show them under the bucket's name.
            .response_content_type("application/octet-stream")
            .presigned(self.presigning(until)?)
            .await
            .map_err(failed(
                WHAT,
                format_args!("signing a download from bucket {bucket}"),
            ))?;
        Ok(request.uri().to_owned())
    }

    /// Where the URLs of parts point to, as `scheme://host:port`.
    pub(super) async fn uploads_origin(&self) -> Result<String, PortError> {
        let sample = BlobKey::upload(UploadId::new(Timestamp::UNIX_EPOCH, [0; 10]));
        let url = self.part_url(&sample, "none", (1, 1), Timestamp::MAX).await?;
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", &url));
        let authority = rest.split('/').next().unwrap_or_default();
        Ok(format!("{scheme}://{authority}"))
    }

    /// The URL for the PUT of one part of `size_bytes`.
    pub(super) async fn part_url(
        &self,
        key: &BlobKey,
        upload_id: &str,
        (number, size_bytes): (u32, u64),
        until: Timestamp,
    ) -> Result<String, PortError> {
        let (bucket, object) = self.object(key);
        let request = self
            .presigner
            .upload_part()
            .bucket(bucket)
            .key(object)
            .upload_id(upload_id)
            .part_number(i32::try_from(number).unwrap_or(i32::MAX))
            .content_length(i64::try_from(size_bytes).unwrap_or(i64::MAX))
            .presigned(self.presigning(until)?)
            .await
            .map_err(failed(WHAT, format_args!("signing a part to bucket {bucket}")))?;
        Ok(request.uri().to_owned())
    }
}

/// A download under a name (RFC 6266); those who cannot read the second form see the first.
fn attachment(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | '/') || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let escaped = utf8_percent_encode(file_name, ESCAPED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{escaped}")
}

#[cfg(test)]
mod tests;
