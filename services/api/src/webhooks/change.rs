//! `PATCH /api/v1/webhooks/{id}`: another address, other events, enabled or disabled.

use api_types::{ChangeWebhookRequest, WebhookResource};
use axum::{
    Json,
    extract::{Path, State},
};
use domain::{Scope, WebhookState};
use http_kit::JsonBody;

use super::{
    parse_id, resource,
    store::{WebhookChange, WebhookRefused, change_webhook},
};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<ChangeWebhookRequest>,
) -> Result<Json<WebhookResource>, ApiError> {
    caller.require(Scope::Admin)?;
    let id = parse_id(&id)?;
    let change = WebhookChange {
        url: request.url,
        kinds: request.kinds,
        state: request.state.as_deref().map(read_state).transpose()?,
        expected: request.version,
    };
    let webhook = change_webhook(&*api.catalog, &*api.poster, &*api.clock, id, &change).await?;
    tracing::info!(webhook.id = %webhook.id, webhook.state = %webhook.state, "webhook changed");
    Ok(Json(resource(&api, webhook).await?))
}

fn read_state(name: &str) -> Result<WebhookState, WebhookRefused> {
    name.parse()
        .map_err(|()| WebhookRefused::State(name.chars().take(64).collect()))
}
