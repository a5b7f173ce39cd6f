//! `Idempotency-Key`: a caller's own name of an upload, under which it can be repeated without being doubled.

use axum::http::{HeaderMap, StatusCode};

use crate::error::ApiError;

/// The longest name that a caller may give an upload.
const MAX_LEN: usize = 200;

pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=MAX_LEN).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid-idempotency-key",
            format!("Idempotency-Key must be 1 to {MAX_LEN} characters of visible ASCII."),
        )),
    }
}
