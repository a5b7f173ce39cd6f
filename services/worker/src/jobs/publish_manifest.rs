//! Writes the manifest anew, so that delivery knows what the catalog knows.

use domain::{Availability, BlobKey, Image, ImageId, Manifest, Visibility};

use super::JobError;
use crate::Worker;

/// How often the row may change under our hands before the job gives its place to others.
const MAX_ROUNDS: u32 = 16;

/// Brings the manifest to what the row says. Two of these may run at once and overtake each other: so each looks at the
/// row again after it has written, and whoever wrote last has seen the last version.
pub(super) async fn publish_manifest(worker: &Worker, id: ImageId) -> Result<(), JobError> {
    let key = BlobKey::manifest(id);
    let mut written = None;
    for _ in 0..MAX_ROUNDS {
        let row = worker.catalog.image(id).await?;
        let version = row.as_ref().map(|image| image.version);
        if written == Some(version) {
            return Ok(());
        }
        match row {
            None => {
                worker.blobs.delete(&key).await?;
                worker.purger.purge(id).await?;
            }
            Some(image) => {
                // An image that was never ready has none, and needs none.
                let Some(stored) = worker.blobs.get(&key).await? else {
                    return Ok(());
                };
                let manifest: Manifest = serde_json::from_slice(&stored)
                    .map_err(|error| JobError::Dead(format!("The manifest cannot be read: {error}.")))?;
                let is_shown_anew = is_for_all(&image) && manifest.visibility == Visibility::Private;
                let bytes = serde_json::to_vec(&updated(manifest, &image))
                    .map_err(|error| JobError::Dead(format!("The manifest cannot be written: {error}.")))?;
                worker.blobs.put(&key, bytes.into()).await?;
                if is_shown_anew || !is_for_all(&image) {
                    // Withdrawn also where the manifest said so before: the attempt that wrote it may have ended right then.
                    worker.purger.purge(id).await?;
                }
            }
        }
        written = Some(version);
    }
    Err(JobError::Retry(
        "The image changes faster than its manifest can be written.".into(),
    ))
}

/// Whether what was delivered of it may go on being shown.
fn is_for_all(image: &Image) -> bool {
    image.is_deliverable() && image.visibility == Visibility::Public
}

fn updated(manifest: Manifest, image: &Image) -> Manifest {
    let availability = if image.is_deliverable() {
        Availability::Available
    } else {
        Availability::Withdrawn
    };
    Manifest {
        image_version: image.version,
        availability,
        visibility: image.visibility,
        alt_text: image.alt_text.as_str().to_owned(),
        ..manifest
    }
}
