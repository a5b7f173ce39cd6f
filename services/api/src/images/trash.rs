//! `DELETE /api/v1/images/{id}`, which puts an image in the trash or, from there, deletes it for good; and
//! `POST /api/v1/images/{id}/restore`.

use api_types::ImageResource;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{EventKind, ImageChange, Job, Scope};
use http_kit::QueryParameters;
use ports::Plan;
use serde::Deserialize;

use super::{change, parse_id};
use crate::{Api, caller::Caller, error::ApiError, resources};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteQuery {
    #[serde(default)]
    permanently: bool,
}

pub(crate) async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    QueryParameters(query): QueryParameters<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::Write)?;
    let image_id = parse_id(&id)?;
    if query.permanently {
        let job = Job::Delete { image_id };
        // The rows go last: until then nobody is told that it is gone.
        change(&api, image_id, |_| {
            Some(Plan {
                change: ImageChange::Delete,
                event: EventKind::Trashed,
                job: Some(job.clone()),
            })
        })
        .await?;
        return Ok(StatusCode::ACCEPTED);
    }
    let job = Job::PublishManifest { image_id };
    change(&api, image_id, |image| {
        // Deleting twice is deleting once.
        let plan = Plan {
            change: ImageChange::Trash,
            event: EventKind::Trashed,
            job: Some(job.clone()),
        };
        (image.trashed_at.is_none() || image.deleting).then_some(plan)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn restore(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImageResource>, ApiError> {
    caller.require(Scope::Write)?;
    let image_id = parse_id(&id)?;
    let job = Job::PublishManifest { image_id };
    let image = change(&api, image_id, |_| {
        Some(Plan {
            change: ImageChange::Restore,
            event: EventKind::Restored,
            job: Some(job.clone()),
        })
    })
    .await?;
    Ok(Json(resources::image(&image)))
}
