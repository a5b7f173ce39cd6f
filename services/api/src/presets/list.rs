//! `GET /api/v1/presets`: all of them, in the order of their names.

use api_types::PresetList;
use axum::{Json, extract::State};
use domain::Scope;

use super::resource;
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<PresetList>, ApiError> {
    caller.require(Scope::Read)?;
    let presets = api.catalog.presets().await?;
    Ok(Json(PresetList {
        presets: presets.iter().map(resource).collect(),
    }))
}
