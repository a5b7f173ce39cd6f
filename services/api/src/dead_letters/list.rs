//! `GET /api/v1/dead-letters`: the newest ones, and how many there are.

use api_types::{DeadLetterList, DeadLetterResource};
use axum::{Json, extract::State};
use domain::{Job, Scope};
use http_kit::{HttpProblem, QueryParameters};
use ports::DeadLetter;
use serde::Deserialize;

use crate::{Api, caller::Caller, error::ApiError};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    limit: Option<u32>,
}

pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Json<DeadLetterList>, ApiError> {
    caller.require(Scope::Admin)?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(HttpProblem::field("/limit", format!("must be 1 to {MAX_LIMIT}, and is {limit}")).into());
    }
    let letters = api.catalog.dead_letters(limit).await?;
    Ok(Json(DeadLetterList {
        dead_letters: letters.into_iter().map(resource).collect(),
        count: api.catalog.count_dead_letters().await?,
    }))
}

fn resource(letter: DeadLetter) -> DeadLetterResource {
    let image_id = Job::try_from(&letter.envelope)
        .ok()
        .and_then(|job| job.image_id());
    DeadLetterResource {
        id: letter.envelope.id,
        kind: letter.envelope.kind,
        image_id,
        reason: letter.reason,
        attempts: letter.attempts,
        died_at: letter.died_at,
    }
}
