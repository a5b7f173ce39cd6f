//! `POST /api/v1/dead-letters/redrive`: has some of them tried again, or all.

use api_types::{RedriveRequest, Redriven};
use axum::{Json, extract::State, http::StatusCode};
use domain::Scope;
use http_kit::JsonBody;

use super::{
    MAX_AT_ONCE, Which,
    revive::{redrive, redrive_all},
};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn again(
    State(api): State<Api>,
    caller: Caller,
    JsonBody(request): JsonBody<RedriveRequest>,
) -> Result<Json<Redriven>, ApiError> {
    caller.require(Scope::Admin)?;
    let (catalog, queue, clock, entropy) = (&*api.catalog, &*api.queue, &*api.clock, &*api.entropy);
    let ids = match Which::read(request.ids.as_deref(), request.all)? {
        Some(Which::These(ids)) => redrive(catalog, queue, clock, entropy, &ids).await?,
        Some(Which::All) => redrive_all(catalog, queue, clock, entropy, MAX_AT_ONCE).await?,
        None => {
            let detail = "Say which: give either ids, or all as true.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid-redrive", detail));
        }
    };
    let left = catalog.count_dead_letters().await?;
    Ok(Json(Redriven { ids, left }))
}
