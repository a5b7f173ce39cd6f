//! What can keep a page from being shown.

use api_client::ClientError;
use api_types::Problem;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// Why there is no page. As a response it is a bare status that carries itself along; `finish` makes the page of it,
/// since only there the request is known.
#[derive(Debug, Clone)]
pub(crate) enum PageError {
    /// The session is none, or no longer one.
    NotSignedIn,
    /// There is no such page, or no such image.
    NotFound,
    /// The address is right, the method is not.
    MethodNotAllowed,
    /// The request cannot be read; the sentence says why.
    BadRequest(String),
    /// The api refused.
    Problem(Box<Problem>),
    /// The api cannot be reached.
    Unreachable,
    /// The api answers, and what it stands on does not: its database, say.
    Unavailable,
    /// Something on our side, which is in the log.
    Broken,
}

impl PageError {
    /// Whether it passes by itself, so that the same page can be asked for again.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable)
    }

    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Problem(problem) => {
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::Unreachable | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<ClientError> for PageError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Problem(problem) if problem.code == "not-signed-in" => Self::NotSignedIn,
            ClientError::Problem(problem)
                if matches!(problem.code.as_str(), "image-not-found" | "webhook-not-found") =>
            {
                Self::NotFound
            }
            ClientError::Problem(problem) if problem.code == "unavailable" => Self::Unavailable,
            ClientError::Problem(problem) => Self::Problem(problem),
            ClientError::Unreachable(source) => {
                tracing::warn!(error = %source, "the api cannot be reached");
                Self::Unreachable
            }
            ClientError::Unreadable(what) => {
                tracing::error!(error = %what, "the api's answer cannot be read");
                Self::Broken
            }
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        tracing::error!(error = %error, "a template cannot be rendered");
        Self::Broken
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
