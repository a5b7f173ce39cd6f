//! `GET /api/v1/uploads/{id}`: how far an upload is, and fresh URLs for the parts that are missing.

use api_types::UploadResource;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::Scope;

use super::{load, resource};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<UploadResource>, ApiError> {
    caller.require(Scope::Write)?;
    let upload = load(&api, &caller, &id).await?;
    resource(&api, &upload).await.map(Json)
}
