//! Signing paths of delivery.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/sign`: one path, or several at once.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignRequest {
    /// The path, `/i/{id}/{options}` or `/i/{id}/{options}/{name}`, percent-encoded or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Up to 300 paths, in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// How long the URLs are good for, up to ten years. Without it they have no end, but the `exp` that they bring along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<u64>,
    /// The end is put off to the next multiple of so many seconds since 1970: what is signed again meanwhile is the same
    /// URL, which caches have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_up_to_s: Option<u64>,
}

/// The answer: `path` or `paths` as it was asked, and in that order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPaths {
    /// The path with its signature, as it can stand in a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The paths with their signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// When the URLs stop to be good, where the request gave them an end.
    pub expires_at: Option<Timestamp>,
}
