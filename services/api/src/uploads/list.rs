//! `GET /api/v1/uploads`: the caller's own uploads that are not finished.

use api_types::UploadList;
use axum::{Json, extract::State};
use domain::Scope;

use super::{is_over, summary};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<UploadList>, ApiError> {
    caller.require(Scope::Write)?;
    let now = api.clock.now();
    let open = api
        .catalog
        .open_uploads(caller.owner, api.settings.max_open_uploads)
        .await?;
    let going_on = open.iter().filter(|upload| !is_over(upload, now));
    Ok(Json(UploadList {
        uploads: going_on.map(summary).collect(),
    }))
}
