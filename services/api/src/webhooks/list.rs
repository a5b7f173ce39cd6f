//! `GET /api/v1/webhooks`: all of them, oldest first.

use api_types::WebhookList;
use axum::{Json, extract::State};
use domain::Scope;

use super::resource;
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<WebhookList>, ApiError> {
    caller.require(Scope::Admin)?;
    let mut webhooks = Vec::new();
    for webhook in api.catalog.webhooks().await? {
        webhooks.push(resource(&api, webhook).await?);
    }
    Ok(Json(WebhookList { webhooks }))
}
