//! `GET /api/v1/presets/{name}`.

use api_types::PresetResource;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::Scope;

use super::{known_name, not_found, resource};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<PresetResource>, ApiError> {
    caller.require(Scope::Read)?;
    let name = known_name(&name)?;
    let preset = api.catalog.preset(&name).await?;
    let preset = preset.ok_or_else(|| not_found(&name))?;
    Ok(Json(resource(&preset)))
}
