//! `POST /api/v1/images/{id}/retry`: has a failed image tried again.

use api_types::ImageResource;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::{EventKind, ImageChange, Job, Scope};
use ports::Plan;

use super::{change, parse_id};
use crate::{Api, caller::Caller, error::ApiError, resources};

pub(crate) async fn retry(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImageResource>, ApiError> {
    caller.require(Scope::Write)?;
    let image_id = parse_id(&id)?;
    let job = Job::Ingest { image_id };
    let image = change(&api, image_id, |_| {
        Some(Plan {
            change: ImageChange::Retry,
            event: EventKind::Processing,
            job: Some(job.clone()),
        })
    })
    .await?;
    Ok(Json(resources::image(&image)))
}
