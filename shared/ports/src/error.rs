//! What can go wrong beyond a port, by what the caller can do about it.

use std::error::Error;

/// A port that did not do what it was asked to. Absence is no error: it is `Ok(None)`.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The other side is away, busy or full: the same call may succeed later.
    #[error("{what} is unavailable")]
    Unavailable {
        /// Such as "the catalog".
        what: &'static str,
        /// What the adapter knows.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is stored cannot be read: trying again will not help.
    #[error("{what} holds what cannot be read: {detail}")]
    Corrupt {
        /// Such as "the catalog".
        what: &'static str,
        /// What was found.
        detail: String,
    },
}

impl PortError {
    /// For `map_err`: the other side is away.
    pub fn unavailable<E: Into<Box<dyn Error + Send + Sync>>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Unavailable {
            what,
            source: source.into(),
        }
    }

    /// What is stored cannot be read.
    pub fn corrupt(what: &'static str, detail: impl Into<String>) -> Self {
        Self::Corrupt {
            what,
            detail: detail.into(),
        }
    }
}
