//! `POST /api/v1/dead-letters/redrive`: has some of them tried again, or all.

use api_types::{RedriveRequest, Redriven};
use axum::{Json, extract::State, http::StatusCode};
use domain::{JobId, Scope};
use http_kit::{HttpProblem, JsonBody};

use super::revive::{redrive, redrive_all};
use crate::{Api, caller::Caller, error::ApiError};

/// How many one request sends on their way: as many as are done well within its time.
const MAX_AT_ONCE: usize = 1_000;

pub(crate) async fn again(
    State(api): State<Api>,
    caller: Caller,
    JsonBody(request): JsonBody<RedriveRequest>,
) -> Result<Json<Redriven>, ApiError> {
    caller.require(Scope::Admin)?;
    let (catalog, queue, clock, entropy) = (&*api.catalog, &*api.queue, &*api.clock, &*api.entropy);
    let ids = match (request.ids, request.all) {
        (Some(ids), false) => redrive(catalog, queue, clock, entropy, &read_ids(&ids)?).await?,
        (None, true) => redrive_all(catalog, queue, clock, entropy, MAX_AT_ONCE).await?,
        _ => {
            let detail = "Say which: give either ids, or all as true.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid-redrive", detail));
        }
    };
    let left = catalog.count_dead_letters().await?;
    Ok(Json(Redriven { ids, left }))
}

fn read_ids(ids: &[String]) -> Result<Vec<JobId>, HttpProblem> {
    if ids.len() > MAX_AT_ONCE {
        let detail = format!("must be at most {MAX_AT_ONCE} ids, and has {}", ids.len());
        return Err(HttpProblem::field("/ids", detail));
    }
    ids.iter()
        .enumerate()
        .map(|(index, id)| {
            id.parse()
                .map_err(|_| HttpProblem::field(format!("/ids/{index}"), "must be the id of a job"))
        })
        .collect()
}
