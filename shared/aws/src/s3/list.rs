//! Listing: blobs in the order of their keys, though they lie in several buckets, and uploads that never ended.

use aws_sdk_s3::types::{MultipartUpload, Object};
use domain::{BlobKey, UploadId};
use jiff::Timestamp;
use ports::{BegunUpload, BlobInfo, PortError};

use super::{S3, WHAT, length, location::S3Location};
use crate::failure::{failed, has_code};

/// How many objects S3 lists at most at once.
const PAGE: usize = 1_000;

impl S3 {
    pub(super) async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        let mut found = Vec::new();
        for (place, prefix) in self.places.holding(prefix) {
            found.extend(self.list_place(place, prefix, after, limit).await?);
        }
        // S3 lists in the order of the names' bytes, which is that of keys; several places have to be merged.
        found.sort_by(|a: &BlobInfo, b| a.key.cmp(&b.key));
        found.truncate(limit);
        Ok(found)
    }

    async fn list_place(
        &self,
        place: &S3Location,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        let bucket = place.bucket();
        let mut found: Vec<BlobInfo> = Vec::new();
        let mut after = after.map(|key| place.object(key));
        while found.len() < limit {
            let page = (limit - found.len()).min(PAGE);
            let listed = self
                .client
                .list_objects_v2()
                .bucket(bucket)
                .prefix(place.named(prefix))
                .set_start_after(after.take())
                .max_keys(page as i32)
                .send()
                .await
                .map_err(failed(WHAT, format_args!("s3:ListBucket on bucket {bucket}")))?;
            for object in listed.contents() {
                // What others put into the bucket is none of ours, nor is what has a bucket of its own.
                let key = object.key().and_then(|name| place.key(name));
                if let Some(key) = key.filter(|key| self.places.of(key) == place) {
                    found.push(info(key, object)?);
                }
            }
            after = listed.contents().last().and_then(|object| object.key.clone());
            if listed.is_truncated() != Some(true) || after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// Aborts what writers of blobs in the place began before `older_than` and never finished.
    pub(super) async fn abort_unfinished(
        &self,
        place: &S3Location,
        older_than: Timestamp,
    ) -> Result<u64, PortError> {
        let bucket = place.bucket();
        let (mut aborted, mut key_marker, mut id_marker) = (0, None, None);
        loop {
            let listed = self
                .client
                .list_multipart_uploads()
                .bucket(bucket)
                .prefix(place.named(""))
                .set_key_marker(key_marker.take())
                .set_upload_id_marker(id_marker.take())
                .send()
                .await
                .map_err(failed(
                    WHAT,
                    format_args!("s3:ListBucketMultipartUploads on bucket {bucket}"),
                ))?;
            for upload in listed.uploads() {
                aborted += u64::from(self.abort_if_ours(place, upload, older_than).await?);
            }
            if listed.is_truncated() != Some(true) {
                return Ok(aborted);
            }
            key_marker = listed.next_key_marker;
            id_marker = listed.next_upload_id_marker;
        }
    }

    /// The uploads of clients that are neither whole nor given up, in the order of their ids, at most `limit`.
    pub(super) async fn begun(
        &self,
        after: Option<UploadId>,
        limit: usize,
    ) -> Result<Vec<BegunUpload>, PortError> {
        let place = self.places.uploads();
        let bucket = place.bucket();
        let (mut begun, mut id_marker) = (Vec::new(), None);
        // A marker of an upload's name alone: what comes after all uploads of that name.
        let mut key_marker = after.map(|id| place.object(&BlobKey::upload(id)));
        loop {
            let listed = self
                .client
                .list_multipart_uploads()
                .bucket(bucket)
                .prefix(place.named(BlobKey::UPLOADS))
                .set_key_marker(key_marker.take())
                .set_upload_id_marker(id_marker.take())
                .send()
                .await
                .map_err(failed(
                    WHAT,
                    format_args!("s3:ListBucketMultipartUploads on bucket {bucket}"),
                ))?;
            begun.extend(listed.uploads().iter().filter_map(|upload| {
                Some(BegunUpload {
                    id: place.key(upload.key()?)?.upload_id()?,
                    store_upload: upload.upload_id()?.to_owned(),
                    changed_at: upload.initiated().and_then(timestamp)?,
                })
            }));
            if begun.len() >= limit || listed.is_truncated() != Some(true) {
                break;
            }
            key_marker = listed.next_key_marker;
            id_marker = listed.next_upload_id_marker;
        }
        // Not every store lists by name.
        begun.retain(|upload| after.is_none_or(|after| upload.id > after));
        begun.sort_by_key(|upload| upload.id);
        begun.truncate(limit);
        Ok(begun)
    }

    async fn abort_if_ours(
        &self,
        place: &S3Location,
        upload: &MultipartUpload,
        older_than: Timestamp,
    ) -> Result<bool, PortError> {
        let began_at = upload.initiated().and_then(timestamp);
        let key = upload.key().and_then(|name| place.key(name));
        let (Some(began_at), Some(key), Some(id)) = (began_at, key, upload.upload_id()) else {
            return Ok(false);
        };
        let is_ours = self.places.of(&key) == place && !key.as_str().starts_with(BlobKey::UPLOADS);
        if !is_ours || began_at > older_than {
            return Ok(false);
        }
        self.abort(&key, id).await
    }

    /// Aborts an upload in parts. False: there is none of this id, any more.
    pub(super) async fn abort(&self, key: &BlobKey, upload_id: &str) -> Result<bool, PortError> {
        let (bucket, object) = self.object(key);
        let aborted = self
            .client
            .abort_multipart_upload()
            .bucket(bucket)
            .key(object)
            .upload_id(upload_id)
            .send()
            .await;
        match aborted {
            Ok(_) => Ok(true),
            Err(error) if has_code(&error, &["NoSuchUpload"]) => Ok(false),
            Err(error) => Err(failed(
                WHAT,
                format_args!("s3:AbortMultipartUpload in bucket {bucket}"),
            )(error)),
        }
    }
}

fn info(key: BlobKey, object: &Object) -> Result<BlobInfo, PortError> {
    let modified_at = object.last_modified().and_then(timestamp);
    Ok(BlobInfo {
        size_bytes: length(object.size())?,
        modified_at: modified_at
            .ok_or_else(|| PortError::corrupt(WHAT, format!("no time of change for {key}")))?,
        key,
    })
}

fn timestamp(at: &aws_sdk_s3::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}
