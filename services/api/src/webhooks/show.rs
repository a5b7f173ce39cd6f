//! `GET /api/v1/webhooks/{id}`.

use api_types::WebhookResource;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::Scope;

use super::{find, resource};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookResource>, ApiError> {
    caller.require(Scope::Admin)?;
    let webhook = find(&api, &id).await?;
    Ok(Json(resource(&api, webhook).await?))
}
