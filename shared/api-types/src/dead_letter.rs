//! Dead letters: jobs that nobody will try again by itself.

use domain::{ImageId, JobId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterResource {
    /// The job's id.
    pub id: JobId,
    /// What was to be done, such as `image.ingest`.
    pub kind: String,
    /// The image that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<ImageId>,
    /// Why it was given up, for people.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// `GET /api/v1/dead-letters`: the newest ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterList {
    /// Newest first.
    pub dead_letters: Vec<DeadLetterResource>,
    /// How many there are in all.
    pub count: u64,
}

/// `POST /api/v1/dead-letters/redrive`: either `ids` or `all`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedriveRequest {
    /// These jobs, up to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// All of them; up to 1000 at once, and the answer says how many are left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// The answer: these jobs are on their way again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redriven {
    /// Those that were found.
    pub ids: Vec<JobId>,
    /// How many dead letters are left.
    pub left: u64,
}

/// `POST /api/v1/dead-letters/dismiss`: either `ids` or `all`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DismissRequest {
    /// These jobs, up to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// All of them; up to 1000 at once, and the answer says how many are left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// The answer: nobody does these jobs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissed {
    /// Those that were found.
    pub ids: Vec<JobId>,
    /// How many dead letters are left.
    pub left: u64,
}
