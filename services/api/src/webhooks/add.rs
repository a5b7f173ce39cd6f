//! `POST /api/v1/webhooks`: a new one. Its secret is in this answer and in no other.

use api_types::{AddWebhookRequest, AddedWebhook};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use domain::Scope;
use http_kit::JsonBody;

use super::{resource, store::add_webhook};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn add(
    State(api): State<Api>,
    caller: Caller,
    JsonBody(request): JsonBody<AddWebhookRequest>,
) -> Result<impl IntoResponse, ApiError> {
    caller.require(Scope::Admin)?;
    let webhook = add_webhook(
        &*api.catalog,
        &*api.poster,
        &*api.clock,
        &*api.entropy,
        &request.url,
        &request.kinds,
    )
    .await?;
    tracing::info!(webhook.id = %webhook.id, "webhook added");
    let secret = webhook.secret.reveal();
    let webhook = resource(&api, webhook).await?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((
        StatusCode::CREATED,
        no_store,
        Json(AddedWebhook { webhook, secret }),
    ))
}
