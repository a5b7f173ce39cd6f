//! Posting to webhooks: the one thing that goes to addresses which people gave.

use std::time::Duration;

use async_trait::async_trait;
use domain::WebhookPost;

/// Why nothing is ever posted to an address. Reads after "the address".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressRefused(pub String);

/// What a receiver answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostAnswer {
    /// The HTTP status; a redirect is not followed.
    pub status: u16,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// A receiver that did not answer. The sentence says why, without its address, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PostFailed(pub String);

/// Posts to webhooks, and to no address that it should not reach.
#[async_trait]
pub trait WebhookPoster: Send + Sync {
    /// Whether it would post to this URL, as far as can be told without looking its name up.
    ///
    /// # Errors
    /// The reason, where it would not.
    fn check(&self, url: &str) -> Result<(), AddressRefused>;

    /// Posts within a bounded time.
    ///
    /// # Errors
    /// Where there was no answer, or an address behind the name is refused.
    async fn post(&self, post: &WebhookPost) -> Result<PostAnswer, PostFailed>;
}
