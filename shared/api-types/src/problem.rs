//! Problem details (RFC 9457): the one shape of every error.

use serde::{Deserialize, Serialize};

/// The media type of problems.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`: the code says more than a URI could.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The status' own words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, in kebab-case, for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
    /// The fields that are wrong, where it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The request's id, as it stands in the logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// A JSON pointer (RFC 6901), such as `/title`.
    pub pointer: String,
    /// Reads after the field's name: "must be at most 300 characters long, and has 10000".
    pub detail: String,
}
