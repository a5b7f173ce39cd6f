//! The sweep: removes blobs that no row refers to, and direct uploads that were abandoned.
//!
//! Blobs without a row come from uploads that broke off, from a kill between a blob and its row, and from a render that was stored
//! while its image was deleted. A blob younger than the minimum age may still get its row, and stays.

use std::time::Duration;

use domain::{BlobKey, DirectUploadState, ImageId};
use jiff::Timestamp;
use ports::{BlobInfo, PortError};
use tracing::info;

use crate::Worker;

/// How many blobs are listed at once.
const PAGE: usize = 500;

/// How many abandoned uploads are read at once.
const UPLOADS_PAGE: u32 = 100;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Originals without an image.
    pub originals: u64,
    /// Derived blobs without an image.
    pub derived: u64,
    /// Blobs whose writer never finished.
    pub unfinished: u64,
    /// Direct uploads that were abandoned or have long ended, and what was left of such.
    pub uploads: u64,
}

impl Worker {
    /// Removes what no row refers to and is older than `min_age`.
    ///
    /// # Errors
    /// When a port fails; what was removed until then is gone, and the next sweep goes on.
    pub async fn sweep(&self, min_age: Duration) -> Result<SweepReport, PortError> {
        let older_than = self.clock.now().checked_sub(min_age).unwrap_or(Timestamp::MIN);
        self.sweep_before(older_than).await
    }

    /// Removes what no row refers to and was written before `older_than`. With the start of the only process that takes
    /// uploads, that is what the process before it left when it was killed.
    ///
    /// # Errors
    /// When a port fails; what was removed until then is gone, and the next sweep goes on.
    pub async fn sweep_before(&self, older_than: Timestamp) -> Result<SweepReport, PortError> {
        let report = SweepReport {
            originals: self.sweep_originals(older_than).await?,
            derived: self.sweep_derived(older_than).await?,
            unfinished: self.blobs.abort_unfinished(older_than).await?,
            uploads: self.sweep_uploads(older_than).await?,
        };
        if report != SweepReport::default() {
            let SweepReport {
                originals,
                derived,
                unfinished,
                uploads,
            } = report;
            info!(
                sweep.originals = originals,
                sweep.derived = derived,
                sweep.unfinished = unfinished,
                sweep.uploads = uploads,
                "swept"
            );
        }
        Ok(report)
    }

    async fn sweep_originals(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        let mut pages = Pages::new(BlobKey::ORIGINALS);
        while let Some(blobs) = pages.next(self).await? {
            for blob in blobs.iter().filter(|blob| blob.modified_at <= older_than) {
                if !self.catalog.has_original(&blob.key).await? {
                    self.blobs.delete(&blob.key).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    async fn sweep_derived(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        let mut pages = Pages::new(BlobKey::IMAGES);
        // Listed in order, the blobs of an image come one after the other: one look at its row serves them all.
        let mut seen: Option<(ImageId, bool)> = None;
        while let Some(blobs) = pages.next(self).await? {
            for blob in blobs.iter().filter(|blob| blob.modified_at <= older_than) {
                let Some(id) = blob.key.image() else { continue };
                let known = match seen {
                    Some((last, known)) if last == id => known,
                    _ => self.catalog.image(id).await?.is_some(),
                };
                seen = Some((id, known));
                if !known {
                    self.blobs.delete(&blob.key).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// Removes the direct uploads whose time is over, then what the store has of uploads without a row.
    async fn sweep_uploads(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        loop {
            let now = self.clock.now();
            let expired = self.catalog.expired_uploads(now, UPLOADS_PAGE).await?;
            for upload in &expired {
                // The row first: nobody goes on with an upload whose parts are gone.
                self.catalog.remove_upload(upload.id).await?;
                self.direct_uploads.discard(upload).await?;
            }
            removed += expired.len() as u64;
            if expired.len() < UPLOADS_PAGE as usize {
                break;
            }
        }
        Ok(removed + self.sweep_parts(older_than).await? + self.sweep_sent(older_than).await?)
    }

    /// Parts that came after their upload was completed or given up, or that never had a row.
    async fn sweep_parts(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let (mut removed, mut after) = (0, None);
        loop {
            let page = self.direct_uploads.begun(after, PAGE).await?;
            for begun in page.iter().filter(|begun| begun.changed_at <= older_than) {
                let needed = self
                    .catalog
                    .upload(begun.id)
                    .await?
                    .is_some_and(|upload| upload.state == DirectUploadState::Open);
                if !needed {
                    self.direct_uploads.discard_begun(begun).await?;
                    removed += 1;
                }
            }
            match page.last() {
                Some(last) => after = Some(last.id),
                None => return Ok(removed),
            }
        }
    }

    /// Blobs of uploads that have ended, or have no row.
    async fn sweep_sent(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        let mut pages = Pages::new(BlobKey::UPLOADS);
        while let Some(blobs) = pages.next(self).await? {
            for blob in blobs.iter().filter(|blob| blob.modified_at <= older_than) {
                let upload = match blob.key.upload_id() {
                    Some(id) => self.catalog.upload(id).await?,
                    None => None,
                };
                // One that was given up may be taken up again.
                let needed = upload
                    .is_some_and(|upload| upload.state == DirectUploadState::Open || upload.may_be_settled());
                if !needed {
                    self.blobs.delete(&blob.key).await?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// A listing, page by page.
struct Pages {
    prefix: &'static str,
    after: Option<BlobKey>,
}

impl Pages {
    const fn new(prefix: &'static str) -> Self {
        Self { prefix, after: None }
    }

    async fn next(&mut self, worker: &Worker) -> Result<Option<Vec<BlobInfo>>, PortError> {
        let blobs = worker.blobs.list(self.prefix, self.after.as_ref(), PAGE).await?;
        let Some(last) = blobs.last() else { return Ok(None) };
        self.after = Some(last.key.clone());
        Ok(Some(blobs))
    }
}
