//! What can go wrong between a caller and the api.

use api_types::Problem;

/// A call that yielded no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The api answered with a problem.
    #[error("the api answered {}: {}", .0.status, .0.detail)]
    Problem(Box<Problem>),
    /// The api was not reached, or left in the middle.
    #[error("the api cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The api answered something that this client cannot read.
    #[error("the api's answer cannot be read: {0}")]
    Unreadable(String),
}

impl ClientError {
    /// The problem's code, if the api answered with a problem.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// The status the api answered with, if it answered with a problem.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            _ => None,
        }
    }
}
