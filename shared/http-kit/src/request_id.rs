//! The request's id: on every response, on every log line, in every problem.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a caller that is taken over.
const MAX_LEN: usize = 64;

/// The id of one request; handlers find it among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives each request its id: the caller's, where it is one that can be logged; else a new one.
#[derive(Debug, Clone)]
pub struct RequestIds {
    /// Of the process, so that ids of different processes differ.
    seed: u64,
    count: Arc<AtomicU64>,
}

impl RequestIds {
    /// Ids that begin with `seed`, which should be random for each process.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            count: Arc::new(AtomicU64::new(0)),
        }
    }

    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        let sound = |id: &&str| {
            (1..=MAX_LEN).contains(&id.len())
                && id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(sound)
        {
            Some(id) => RequestId(id.into()),
            None => {
                let number = self.count.fetch_add(1, Ordering::Relaxed);
                RequestId(format!("{:016x}-{number:x}", self.seed).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        let ids = RequestIds::new(1);
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, "abc-1".parse().unwrap());
        assert_eq!(ids.of(&headers).as_str(), "abc-1");
        for wrong in ["a b", "", "a\"b", &"x".repeat(65)] {
            headers.insert(REQUEST_ID, wrong.parse().unwrap());
            assert!(
                ids.of(&headers).as_str().starts_with("0000000000000001-"),
                "{wrong}"
            );
        }
    }
}
