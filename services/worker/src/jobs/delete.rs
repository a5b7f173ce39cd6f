//! Deletes an image for good: the manifest first, so that nobody is shown it any more; then its objects, its row, and
//! its original where no other image shares it.

use domain::{BlobKey, EventKind, ImageId};
use ports::event_message;
use tracing::info;

use super::JobError;
use crate::Worker;

/// How many blobs are listed at once.
const PAGE: usize = 500;

pub(super) async fn delete(worker: &Worker, id: ImageId) -> Result<(), JobError> {
    // Without a row an attempt before came to the end, but for an original that the sweep finds.
    if worker
        .catalog
        .image(id)
        .await?
        .is_none_or(|image| !image.deleting)
    {
        return Ok(());
    }
    worker.blobs.delete(&BlobKey::manifest(id)).await?;
    worker.purger.purge(id).await?;
    let prefix = BlobKey::image_prefix(id);
    loop {
        let blobs = worker.blobs.list(&prefix, None, PAGE).await?;
        for blob in &blobs {
            worker.blobs.delete(&blob.key).await?;
        }
        if blobs.len() < PAGE {
            break;
        }
    }
    let deleted = event_message(&*worker.clock, &*worker.entropy, EventKind::Deleted, id);
    if let Some(original) = worker.catalog.remove(id, &[deleted]).await? {
        worker.blobs.delete(&original).await?;
    }
    info!(image.id = %id, "image deleted");
    Ok(())
}
