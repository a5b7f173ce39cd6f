//! Queries, with errors that name the parameter.

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::HttpProblem;

/// The parameters after the `?`. Refused as a problem where they are not those of `T`.
#[derive(Debug, Clone, Copy)]
pub struct QueryParameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryParameters<T> {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpProblem> {
        let query = Query::from_request_parts(parts, state).await.map_err(|error| {
            let detail = format!("{}.", error.body_text());
            HttpProblem::new(StatusCode::BAD_REQUEST, "invalid-query", detail)
        })?;
        Ok(Self(query.0))
    }
}
