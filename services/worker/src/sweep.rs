//! The sweep: removes blobs that no row refers to.
//!
//! They come from uploads that broke off, from a kill between a blob and its row, and from a render that was stored
//! while its image was deleted. A blob younger than the minimum age may still get its row, and stays.

use std::time::Duration;

use domain::{BlobKey, ImageId};
use jiff::Timestamp;
use ports::{BlobInfo, PortError};
use tracing::info;

use crate::Worker;

/// How many blobs are listed at once.
const PAGE: usize = 500;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Originals without an image.
    pub originals: u64,
    /// Derived blobs without an image.
    pub derived: u64,
    /// Blobs whose writer never finished.
    pub unfinished: u64,
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
        };
        if report != SweepReport::default() {
            let SweepReport {
                originals,
                derived,
                unfinished,
            } = report;
            info!(
                sweep.originals = originals,
                sweep.derived = derived,
                sweep.unfinished = unfinished,
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
