//! `GET /api/v1/images/{id}`.

use api_types::ImageResource;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::Scope;

use super::parse_id;
use crate::{Api, caller::Caller, error::ApiError, resources};

pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImageResource>, ApiError> {
    caller.require(Scope::Read)?;
    let id = parse_id(&id)?;
    let image = api.catalog.image(id).await?.filter(|image| !image.deleting);
    Ok(Json(resources::image(
        &image.ok_or_else(|| ApiError::image_not_found(id))?,
    )))
}
