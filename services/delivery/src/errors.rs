//! What can go wrong with a request, and how it is told.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use delivery_url::InvalidOption;
use domain::{BlobKey, ImageFormat, PresetName, SignatureError};
use http_kit::HttpProblem;
use imaging::{ImagingError, Size};
use ports::PortError;

use crate::renders::RenderFailure;

/// Why a request has no picture for its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// The options cannot be read.
    #[error(transparent)]
    InvalidOption(#[from] InvalidOption),
    /// The options are not even text.
    #[error("The options are not UTF-8 once their percent-encoding is undone.")]
    NotText,
    /// Each option may stand, but not all of them together.
    #[error(
        "These options ask for {} × {} px, and an answer may have {max_pixels} pixels at most: give a smaller \
         width, height or dpr.", output.width, output.height
    )]
    TooManyPixels { output: Size, max_pixels: u64 },
    /// Signed, but not rightly.
    #[error(transparent)]
    InvalidSignature(SignatureError),
    /// Not signed.
    #[error(
        "This service shows signed URLs only: sign the path with `tintype sign`, or with a key of its ring."
    )]
    SignatureRequired,
    /// It was signed until a moment ago.
    #[error("This URL has ended (\"exp\"): ask whoever gave it to you for a new one.")]
    Expired,
    /// The original without a signature.
    #[error(
        "The original shows everything that its camera wrote, such as the place: it is served under a signed URL only. \
         Sign the path with `tintype sign`, or ask for a picture, such as w=1600."
    )]
    OriginalUnsigned,
    /// The original may hold what runs.
    #[error(
        "The original is an {0} file, which may hold scripts, and is not served as it was uploaded. Ask for a picture, such \
         as f=png."
    )]
    OriginalNotInert(ImageFormat),
    /// There is no such preset.
    #[error("There is no preset called {:?}.", .0.as_str())]
    PresetNotFound(PresetName),
    /// It is no preset of options.
    #[error("The preset {:?} is a watermark: ask for it beside a size, such as w=800,wm={}.", .0.as_str(), .0)]
    PresetIsWatermark(PresetName),
    /// There is no such watermark, or no picture of it: never the picture without it.
    #[error(
        "There is no watermark called {:?}, or its image is gone: look at the presets in the library, or leave \"wm\" out.",
        .0.as_str()
    )]
    WatermarkNotFound(PresetName),
    /// Options of the caller's own, where only presets are shown.
    #[error(
        "This service shows presets only: ask for p= and the name of one, such as p=card. The library lists them under \
         Presets, and has new ones added there."
    )]
    OnlyPresets,
    /// No image that may be shown has this id.
    #[error("There is no image at this address.")]
    ImageNotFound,
    /// The image was never that new.
    #[error(
        "This image has no content version {asked}: its newest is {current}. Leave \"v\" out to have the newest."
    )]
    VersionNotFound { asked: u32, current: u32 },
    /// It could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderFailure),
}

impl DeliveryError {
    /// The manifest names a blob that is not there.
    pub(crate) fn source_missing(key: &BlobKey) -> Self {
        Self::Render(RenderFailure::SourceMissing(key.clone()))
    }
}

impl From<PortError> for DeliveryError {
    fn from(error: PortError) -> Self {
        Arc::new(error).into()
    }
}

impl From<Arc<PortError>> for DeliveryError {
    fn from(error: Arc<PortError>) -> Self {
        Self::Render(RenderFailure::Port(error))
    }
}

impl From<DeliveryError> for HttpProblem {
    fn from(error: DeliveryError) -> Self {
        let (status, code) = match error {
            DeliveryError::InvalidOption(_)
            | DeliveryError::NotText
            | DeliveryError::TooManyPixels { .. } => (StatusCode::BAD_REQUEST, "invalid-option"),
            DeliveryError::InvalidSignature(_) => (StatusCode::FORBIDDEN, "invalid-signature"),
            DeliveryError::SignatureRequired | DeliveryError::OriginalUnsigned => {
                (StatusCode::FORBIDDEN, "signature-required")
            }
            DeliveryError::Expired => (StatusCode::FORBIDDEN, "url-expired"),
            DeliveryError::OriginalNotInert(_) => (StatusCode::FORBIDDEN, "original-not-served"),
            DeliveryError::PresetNotFound(_) | DeliveryError::PresetIsWatermark(_) => {
                (StatusCode::NOT_FOUND, "preset-not-found")
            }
            DeliveryError::WatermarkNotFound(_) => (StatusCode::NOT_FOUND, "watermark-not-found"),
            DeliveryError::OnlyPresets => (StatusCode::FORBIDDEN, "presets-only"),
            DeliveryError::ImageNotFound => (StatusCode::NOT_FOUND, "image-not-found"),
            DeliveryError::VersionNotFound { .. } => (StatusCode::NOT_FOUND, "image-version-not-found"),
            DeliveryError::Render(failure) => return problem_of_render(&failure),
        };
        Self::new(status, code, error.to_string())
    }
}

fn problem_of_render(failure: &RenderFailure) -> HttpProblem {
    match failure {
        RenderFailure::Busy => HttpProblem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "busy",
            "More pictures are being rendered than this service takes on at once. Try again in a second.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
        RenderFailure::TimedOut | RenderFailure::Imaging(ImagingError::OutOfTime) => {
            tracing::warn!("a render was given up because it took too long");
            HttpProblem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "render-timeout",
                "Rendering this picture took longer than this service allows. Ask for fewer pixels, or try again when \
                 it is less busy.",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("10"))
        }
        // What cannot be decoded here was written by our own worker or passed its checks: the client did nothing wrong, and
        // nothing it could send would help.
        RenderFailure::Imaging(
            error @ (ImagingError::Undecodable { .. }
            | ImagingError::Probe(_)
            | ImagingError::OverBudget { .. }),
        ) => {
            tracing::error!(error.message = %error, "a stored picture cannot be rendered");
            HttpProblem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "image-unreadable",
                "What is stored of this image cannot be rendered. Asking again will not help; processing the image anew \
                 in the library may.",
            )
        }
        RenderFailure::Port(error) => match &**error {
            PortError::Unavailable { .. } => HttpProblem::unavailable(error),
            PortError::Corrupt { .. } => HttpProblem::internal(error),
        },
        // The image is being processed anew or deleted at this moment: a second later the manifest tells.
        RenderFailure::SourceMissing(_) => HttpProblem::unavailable(failure),
        RenderFailure::Imaging(_) | RenderFailure::Lost => HttpProblem::internal(failure),
    }
}
