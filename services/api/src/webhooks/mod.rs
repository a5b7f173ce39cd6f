//! `/api/v1/webhooks`: one file an endpoint.

pub(crate) mod add;
pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod store;
pub(crate) mod trial;

use api_types::WebhookResource;
use axum::http::StatusCode;
use domain::{Webhook, WebhookId};
use http_kit::HttpProblem;

use crate::{Api, error::ApiError};
use store::WebhookRefused;

/// The webhook with what waits for it.
async fn resource(api: &Api, webhook: Webhook) -> Result<WebhookResource, ApiError> {
    let waiting = api.catalog.waiting_webhook_messages(webhook.id).await?;
    Ok(WebhookResource {
        id: webhook.id,
        version: webhook.version,
        url: webhook.url,
        kinds: webhook.kinds.iter().map(ToString::to_string).collect(),
        state: webhook.state,
        failing_since: webhook.failing_since,
        last_error: webhook.last_error,
        delivered_at: webhook.delivered_at,
        waiting,
        created_at: webhook.created_at,
        updated_at: webhook.updated_at,
    })
}

fn not_found(id: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "webhook-not-found",
        format!("There is no webhook {id}."),
    )
}

/// The id in a path; what is none is the id of no webhook.
fn parse_id(id: &str) -> Result<WebhookId, ApiError> {
    id.parse()
        .map_err(|_| not_found(id.chars().take(64).collect::<String>()))
}

/// The webhook in a path.
async fn find(api: &Api, id: &str) -> Result<Webhook, ApiError> {
    let id = parse_id(id)?;
    api.catalog.webhook(id).await?.ok_or_else(|| not_found(id))
}

impl From<WebhookRefused> for ApiError {
    fn from(refused: WebhookRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            WebhookRefused::Port(error) => error.into(),
            WebhookRefused::Missing(id) => not_found(id),
            WebhookRefused::Address(refused) => HttpProblem::field("/url", refused).into(),
            WebhookRefused::Kind(_) => HttpProblem::field("/kinds", detail).into(),
            WebhookRefused::State(_) => HttpProblem::field("/state", detail).into(),
            WebhookRefused::Full => Self::new(StatusCode::CONFLICT, "too-many-webhooks", detail),
            WebhookRefused::Changed { .. } => Self::new(StatusCode::CONFLICT, "webhook-changed", detail),
        }
    }
}
