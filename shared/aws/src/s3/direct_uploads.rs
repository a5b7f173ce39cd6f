//! Direct uploads: URLs that a browser sends a file's parts to.
//!
//! Every file is an upload in parts, one of a single part, too: once it is assembled the URLs of its parts are good for nothing,
//! while a plain PUT could replace the blob until its URL ends. A URL signs the length: S3 refuses a part of another. What the
//! bytes are, the worker finds out.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use aws_sdk_s3::types::CompletedPart;
use domain::{BlobKey, DirectUpload, UploadId};
use jiff::Timestamp;
use ports::{Assembled, BegunUpload, BlobWriter, DirectUploads, PartTarget, PortError, StoredPart};

use super::{S3, WHAT, length};
use crate::failure::{failed, has_code, unavailable};

/// Direct uploads into S3.
#[derive(Clone)]
pub struct S3DirectUploads(pub(super) Arc<S3>);

/// A part as S3 lists it.
struct ListedPart {
    size_bytes: u64,
    etag: String,
}

/// The parts that are there, by number.
type ListedParts = HashMap<u32, ListedPart>;

#[async_trait]
impl DirectUploads for S3DirectUploads {
    async fn begin(&self, id: UploadId, _parts: u32) -> Result<String, PortError> {
        // A browser sends no checksums. What arrived is compared as a whole, with the one that was promised.
        self.0.begin_parts(&BlobKey::upload(id), None).await
    }

    async fn part_target(
        &self,
        upload: &DirectUpload,
        number: u32,
        until: Timestamp,
    ) -> Result<PartTarget, PortError> {
        let key = BlobKey::upload(upload.id);
        let Some(size_bytes) = upload.part_len(number) else {
            return Err(no_such_part(upload, number));
        };
        let part = (number, size_bytes);
        let url = self.0.part_url(&key, &upload.store_upload, part, until).await?;
        Ok(PartTarget::Url(url))
    }

    async fn origin(&self) -> Result<Option<String>, PortError> {
        self.0.uploads_origin().await.map(Some)
    }

    async fn write_part(&self, _: &DirectUpload, _: u32) -> Result<Box<dyn BlobWriter>, PortError> {
        Err(unavailable(
            WHAT,
            "parts go straight to the bucket, by the URLs that were given out for them",
        ))
    }

    async fn parts(&self, upload: &DirectUpload) -> Result<Vec<StoredPart>, PortError> {
        let listed = self.listed(upload).await?.unwrap_or_default();
        let mut parts: Vec<StoredPart> = listed
            .into_iter()
            .map(|(number, part)| StoredPart {
                number,
                size_bytes: part.size_bytes,
            })
            .collect();
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }

    async fn assemble(&self, upload: &DirectUpload) -> Result<Assembled, PortError> {
        let Some(listed) = self.listed(upload).await? else {
            let done = self.is_whole(upload).await?;
            return Ok(if done { Assembled::Yes } else { missing_all(upload) });
        };
        let mut missing = Vec::new();
        let mut parts = Vec::new();
        for number in 1..=upload.parts() {
            match listed.get(&number) {
                Some(part) if upload.part_len(number) == Some(part.size_bytes) => parts.push(
                    CompletedPart::builder()
                        .part_number(i32::try_from(number).unwrap_or(i32::MAX))
                        .e_tag(&part.etag)
                        .build(),
                ),
                _ => missing.push(number),
            }
        }
        if !missing.is_empty() {
            return Ok(Assembled::Missing(missing));
        }
        let key = BlobKey::upload(upload.id);
        self.0
            .complete(&key, &upload.store_upload, parts, upload.size_bytes)
            .await?;
        Ok(Assembled::Yes)
    }

    async fn discard(&self, upload: &DirectUpload) -> Result<(), PortError> {
        let key = BlobKey::upload(upload.id);
        self.0.abort(&key, &upload.store_upload).await?;
        self.0.delete(&key).await
    }

    /// S3 tells when an upload was begun, not when its last part came.
    async fn begun(&self, after: Option<UploadId>, limit: usize) -> Result<Vec<BegunUpload>, PortError> {
        self.0.begun(after, limit).await
    }

    async fn discard_begun(&self, begun: &BegunUpload) -> Result<(), PortError> {
        let key = BlobKey::upload(begun.id);
        self.0.abort(&key, &begun.store_upload).await.map(drop)
    }
}

impl S3DirectUploads {
    /// What S3 has of the upload; none where it knows no upload of this id: it was assembled, or discarded.
    async fn listed(&self, upload: &DirectUpload) -> Result<Option<ListedParts>, PortError> {
        let key = BlobKey::upload(upload.id);
        let mut listed = HashMap::new();
        let (bucket, object) = self.0.object(&key);
        let mut after = None;
        loop {
            let asked = self
                .0
                .client
                .list_parts()
                .bucket(bucket)
                .key(&object)
                .upload_id(&upload.store_upload)
                .set_part_number_marker(after.take());
            let page = match asked.send().await {
                Ok(page) => page,
                Err(error) if has_code(&error, &["NoSuchUpload"]) => return Ok(None),
                Err(error) => {
                    let action = format_args!("s3:ListMultipartUploadParts in bucket {bucket}");
                    return Err(failed(WHAT, action)(error));
                }
            };
            for part in page.parts() {
                let number = part.part_number().and_then(|number| u32::try_from(number).ok());
                let (Some(number), Some(etag)) = (number, part.e_tag()) else {
                    return Err(PortError::corrupt(WHAT, "a part without a number or an ETag"));
                };
                let (size_bytes, etag) = (length(part.size())?, etag.to_owned());
                listed.insert(number, ListedPart { size_bytes, etag });
            }
            if page.is_truncated() != Some(true) {
                return Ok(Some(listed));
            }
            after = page.next_part_number_marker;
        }
    }

    /// Whether the blob is there, as long as was promised.
    async fn is_whole(&self, upload: &DirectUpload) -> Result<bool, PortError> {
        let head = self.0.head(&BlobKey::upload(upload.id)).await?;
        Ok(head.is_some_and(|head| head.size_bytes == upload.size_bytes))
    }
}

fn missing_all(upload: &DirectUpload) -> Assembled {
    Assembled::Missing((1..=upload.parts()).collect())
}

fn no_such_part(upload: &DirectUpload, number: u32) -> PortError {
    let parts = upload.parts();
    PortError::corrupt(WHAT, format!("no part {number}: the upload has {parts}"))
}
