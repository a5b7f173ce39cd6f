//! `DELETE /api/v1/webhooks/{id}`.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::Scope;

use super::{not_found, parse_id};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::Admin)?;
    let id = parse_id(&id)?;
    if api.catalog.remove_webhook(id).await? {
        tracing::info!(webhook.id = %id, "webhook removed");
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found(id))
    }
}
