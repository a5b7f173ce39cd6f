//! `POST /api/v1/dead-letters/dismiss`: some of them, or all, are not wanted any more. For the route, and for `tintype dismiss`.

use api_types::{DismissRequest, Dismissed};
use axum::{Json, extract::State, http::StatusCode};
use domain::{Job, JobId, Scope, UserId};
use http_kit::JsonBody;
use ports::{Catalog, Clock, DeadLetter, PortError, Queue};
use tracing::info;

use super::{MAX_AT_ONCE, Which};
use crate::{Api, caller::Caller, error::ApiError};

/// How many dead letters are read at once.
const BATCH: u32 = 100;

pub(crate) async fn away(
    State(api): State<Api>,
    caller: Caller,
    JsonBody(request): JsonBody<DismissRequest>,
) -> Result<Json<Dismissed>, ApiError> {
    caller.require(Scope::Admin)?;
    let (catalog, queue, by) = (&*api.catalog, &*api.queue, Some(caller.owner));
    let ids = match Which::read(request.ids.as_deref(), request.all)? {
        Some(Which::These(ids)) => dismiss(catalog, queue, by, &ids).await?,
        Some(Which::All) => dismiss_all(catalog, queue, &*api.clock, by, MAX_AT_ONCE).await?,
        None => {
            let detail = "Say which: give either ids, or all as true.";
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid-dismissal",
                detail,
            ));
        }
    };
    let left = catalog.count_dead_letters().await?;
    Ok(Json(Dismissed { ids, left }))
}

/// Removes these dead letters, and says in the log what each was and who did not want it; those that were found. What the job was
/// to do stays undone: an image that failed with it is failed, until somebody has it tried again.
///
/// # Errors
/// When a port fails. Dismissing them again is safe.
pub async fn dismiss(
    catalog: &dyn Catalog,
    queue: &dyn Queue,
    by: Option<UserId>,
    ids: &[JobId],
) -> Result<Vec<JobId>, PortError> {
    let mut letters = Vec::new();
    for id in ids {
        letters.extend(catalog.dead_letter(*id).await?);
    }
    let known: Vec<JobId> = letters.iter().map(|letter| letter.envelope.id).collect();
    // First, and not without it: the queue's copy of a job that the catalog does not know is taken for one that was never told of,
    // and would come back. And no others: of those nobody was told.
    queue.forget_dead(&known).await?;
    let dismissed = catalog.dismiss(&known).await?;
    for letter in letters {
        if dismissed.contains(&letter.envelope.id) {
            tell(&letter, by);
        }
    }
    Ok(dismissed)
}

fn tell(letter: &DeadLetter, by: Option<UserId>) {
    let image = Job::try_from(&letter.envelope)
        .ok()
        .and_then(|job| job.image_id());
    info!(
        job.id = %letter.envelope.id,
        job.kind = %letter.envelope.kind,
        job.reason = %letter.reason,
        image.id = image.map(display),
        user.id = by.map(display),
        "a dead letter was dismissed: nobody does this job any more"
    );
}

/// The same with all that are dead letters now, but at most `limit`; those that it found.
///
/// # Errors
/// When a port fails. What was dismissed until then is.
pub async fn dismiss_all(
    catalog: &dyn Catalog,
    queue: &dyn Queue,
    clock: &dyn Clock,
    by: Option<UserId>,
    limit: usize,
) -> Result<Vec<JobId>, PortError> {
    // What dies meanwhile was not seen by whoever dismisses them.
    let now = clock.now();
    let mut dismissed = Vec::new();
    while dismissed.len() < limit {
        let ids: Vec<JobId> = catalog
            .dead_letters(BATCH)
            .await?
            .into_iter()
            .filter(|letter| letter.died_at <= now)
            .map(|letter| letter.envelope.id)
            .take(limit - dismissed.len())
            .collect();
        let found = dismiss(catalog, queue, by, &ids).await?;
        if found.is_empty() {
            break;
        }
        dismissed.extend(found);
    }
    Ok(dismissed)
}
