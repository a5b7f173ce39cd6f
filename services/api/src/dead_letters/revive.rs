//! Has dead letters tried again: for the route, and for `tintype redrive`.
//!
//! Three steps, of which each can be done twice: an image that failed because its job was given up waits again; the
//! queue forgets its copies; and, in one transaction, the catalog's dead letters go and their jobs are in the outbox.
//! Whatever ends in between has left the dead letters where they are, to be redriven again. The image comes first, since
//! its job does nothing to one that failed.

use domain::{EventKind, Failure, ImageChange, Job, JobId};
use ports::{Catalog, Clock, Entropy, Plan, PortError, Queue, change_image};
use tracing::{info, warn};

/// How many dead letters are read at once.
const BATCH: u32 = 100;

/// Has these jobs tried again; those that were found among the dead letters.
///
/// # Errors
/// When a port fails. Redriving them again is safe.
pub async fn redrive(
    catalog: &dyn Catalog,
    queue: &dyn Queue,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    ids: &[JobId],
) -> Result<Vec<JobId>, PortError> {
    for id in ids {
        let Some(letter) = catalog.dead_letter(*id).await? else {
            continue;
        };
        if let Ok(Job::Ingest { image_id }) = Job::try_from(&letter.envelope) {
            change_image(catalog, clock, entropy, image_id, |image| {
                let gave_up = |failure: &Failure| failure.code == Failure::GAVE_UP;
                let waits = image.trashed_at.is_none() && !image.deleting;
                (waits && image.failure.as_ref().is_some_and(gave_up)).then_some(Plan {
                    change: ImageChange::Retry,
                    event: EventKind::Processing,
                    // The dead letter's own job comes below.
                    job: None,
                })
            })
            .await?;
        }
    }
    // Before the catalog does: a copy that nobody knew any more would be taken for one that was never told of. Upkeep
    // sorts out what is not found now.
    if let Err(error) = queue.forget_dead(ids).await {
        warn!(error.message = %error, "the queue's copies of dead letters could not be removed");
    }
    let redriven = catalog.redrive(ids).await?;
    info!(jobs = redriven.len(), "dead letters are tried again");
    Ok(redriven)
}

/// Has all jobs tried again that are dead letters now, but at most `limit`; those that it found.
///
/// # Errors
/// When a port fails. What was redriven until then is.
pub async fn redrive_all(
    catalog: &dyn Catalog,
    queue: &dyn Queue,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    limit: usize,
) -> Result<Vec<JobId>, PortError> {
    // What dies again meanwhile is left for another time.
    let now = clock.now();
    let mut redriven = Vec::new();
    while redriven.len() < limit {
        let ids: Vec<JobId> = catalog
            .dead_letters(BATCH)
            .await?
            .into_iter()
            .filter(|letter| letter.died_at <= now)
            .map(|letter| letter.envelope.id)
            .take(limit - redriven.len())
            .collect();
        let found = redrive(catalog, queue, clock, entropy, &ids).await?;
        if found.is_empty() {
            break;
        }
        redriven.extend(found);
    }
    Ok(redriven)
}
