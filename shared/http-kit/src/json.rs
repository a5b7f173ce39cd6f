//! JSON bodies, with errors that name the field.

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::HttpProblem;

/// A body of JSON. Refused as a problem where it is none, or has other fields than `T`.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = HttpProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpProblem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| {
            HttpProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The JSON body is too large or broke off.",
            )
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            // serde's words name the field and the place, and repeat at most a literal of the caller's own.
            HttpProblem::new(
                StatusCode::BAD_REQUEST,
                "invalid-json",
                format!("The JSON body cannot be read: {error}."),
            )
        })
    }
}
