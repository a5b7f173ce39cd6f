//! Writes the presets anew, so that delivery knows what the catalog knows, and has what was made to them forgotten.

use domain::{BlobKey, PublishedPresets};

use super::JobError;
use crate::Worker;

/// How often the presets may change under our hands before the job gives its place to others.
const MAX_ROUNDS: u32 = 16;

/// Brings the published object to what the rows say. Two of these may run at once and overtake each other: so each looks
/// at the rows again after it has written, and whoever wrote last has seen the last ones.
///
/// What was delivered to presets is purged where anything was written; `always` where a change is known to have been, and a
/// try before this one may have ended between writing and purging.
pub(super) async fn publish_presets(worker: &Worker, always: bool) -> Result<(), JobError> {
    let mut is_purge_due = always;
    let mut written = None;
    for _ in 0..MAX_ROUNDS {
        let rows = worker.catalog.presets().await?;
        if written.as_ref() == Some(&rows) {
            if is_purge_due {
                worker.purger.purge_presets().await?;
            }
            return Ok(());
        }
        let bytes = serde_json::to_vec(&PublishedPresets::of(&rows))
            .map_err(|error| JobError::Dead(format!("The presets cannot be written: {error}.")))?;
        let stored = worker.blobs.get(&BlobKey::presets()).await?;
        // A library that never had a preset has no object either.
        let up_to_date = stored.map_or(rows.is_empty(), |stored| stored == bytes);
        if !up_to_date {
            worker.blobs.put(&BlobKey::presets(), bytes.into()).await?;
            is_purge_due = true;
        }
        written = Some(rows);
    }
    Err(JobError::Retry(
        "The presets change faster than they can be published.".into(),
    ))
}
