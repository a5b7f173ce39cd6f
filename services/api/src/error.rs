//! How what can go wrong in the api is answered.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{ImageId, ImageState, TransitionRefused};
use http_kit::HttpProblem;
use imaging::ProbeError;
use ports::PortError;

/// An error of a handler, on its way to a problem document.
#[derive(Debug)]
pub(crate) struct ApiError(HttpProblem);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<HttpProblem> for ApiError {
    fn from(problem: HttpProblem) -> Self {
        Self(problem)
    }
}

impl From<PortError> for ApiError {
    fn from(error: PortError) -> Self {
        Self(match error {
            error @ PortError::Unavailable { .. } => HttpProblem::unavailable(&error),
            error @ PortError::Corrupt { .. } => HttpProblem::internal(&error),
        })
    }
}

impl From<ProbeError> for ApiError {
    fn from(error: ProbeError) -> Self {
        let status = match &error {
            ProbeError::Empty => StatusCode::BAD_REQUEST,
            ProbeError::UnsupportedFormat { .. } | ProbeError::Animated { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self(HttpProblem::new(status, error.code(), error.sentence()))
    }
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(HttpProblem::new(status, code, detail))
    }

    pub(crate) fn unauthorized(code: &'static str, detail: &str) -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"tintype\"");
        Self(
            HttpProblem::new(StatusCode::UNAUTHORIZED, code, detail)
                .with_header(header::WWW_AUTHENTICATE, challenge),
        )
    }

    pub(crate) fn image_not_found(id: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "image-not-found",
            format!("There is no image {id}."),
        )
    }

    pub(crate) fn file_too_large(max_bytes: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "file-too-large",
            format!(
                "The file is larger than the {} MiB that are accepted.",
                max_bytes / 1024 / 1024
            ),
        )
    }

    pub(crate) fn upload_not_found(id: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "upload-not-found",
            format!("There is no upload {id}. One that is not finished in time is forgotten: begin it anew."),
        )
    }

    pub(crate) fn refused(id: ImageId, refused: TransitionRefused) -> Self {
        let code = match refused {
            TransitionRefused::Deleting => return Self::image_not_found(id),
            TransitionRefused::NotTrashed => "image-not-trashed",
            TransitionRefused::Trashed => "image-trashed",
            TransitionRefused::State(ImageState::Failed) => "image-failed",
            TransitionRefused::State(_) => "image-not-failed",
        };
        Self::new(
            StatusCode::CONFLICT,
            code,
            format!("This cannot be done now: {refused}."),
        )
    }
}
