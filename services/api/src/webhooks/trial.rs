//! `POST /api/v1/webhooks/{id}/test`: posts a message now, and answers what came of it.

use api_types::WebhookTrial;
use axum::{
    Json,
    extract::{Path, State},
};
use domain::Scope;

use super::{find, store::try_webhook};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn test(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookTrial>, ApiError> {
    caller.require(Scope::Admin)?;
    let webhook = find(&api, &id).await?;
    let trial = try_webhook(&*api.poster, &*api.clock, &*api.entropy, &webhook).await;
    Ok(Json(WebhookTrial {
        taken: trial.is_taken(),
        status: trial.answer.as_ref().ok().map(|answer| answer.status),
        reason: trial.reason(),
        duration_ms: trial.duration_ms,
    }))
}
