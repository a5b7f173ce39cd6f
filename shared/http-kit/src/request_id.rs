//! The request's id: on every response, on every log line, in every problem.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;

/// The header that carries it.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a caller that is taken over.
const MAX_LEN: usize = 64;

/// The id of one request; handlers find it among the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().expect("an id is made of letters and digits")
    }

    /// The id as a header has it.
    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Gives each request its id: the caller's, where it is one that can be logged; else a new one.
#[derive(Debug, Clone)]
pub struct RequestIds(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    /// Of the process, so that ids of different processes differ.
    prefix: String,
    count: AtomicU64,
}

impl RequestIds {
    /// Ids that begin with `seed`, which should be random for each process.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Numbers {
            prefix: format!("{seed:016x}-"),
            count: AtomicU64::new(0),
        }))
    }

    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        let is_sound = |id: &&HeaderValue| {
            (1..=MAX_LEN).contains(&id.len())
                && id
                    .as_bytes()
                    .iter()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
        };
        match headers.get(REQUEST_ID).filter(is_sound) {
            Some(id) => RequestId(id.clone()),
            None => RequestId(self.0.next()),
        }
    }
}

impl Numbers {
    fn next(&self) -> HeaderValue {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity(self.prefix.len() + 16);
        id.push_str(&self.prefix);
        write!(id, "{number:x}").expect("a String takes any text");
        // The text becomes the header's: it is not copied once more.
        HeaderValue::from_maybe_shared(Bytes::from(id)).expect("hexadecimal digits may stand in a header")
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
