//! `GET /api/v1/images/{id}/original`: the bytes as they came, to be saved and never to be shown in place.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::Scope;
use http_kit::HttpProblem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ports::PortError;

use super::parse_id;
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn original(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.require(Scope::Read)?;
    let id = parse_id(&id)?;
    let image = api.catalog.image(id).await?.filter(|image| !image.deleting);
    let image = image.ok_or_else(|| ApiError::image_not_found(id))?;
    let blob = api.blobs.open(&image.original.blob_key).await?.ok_or_else(|| {
        HttpProblem::internal(&PortError::corrupt(
            "the blob store",
            format!("no original for image {id}"),
        ))
    })?;
    // RFC 6266 with the extended notation of RFC 8187.
    let name = utf8_percent_encode(image.file_name.as_str(), NON_ALPHANUMERIC);
    let disposition = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}"))
        .expect("percent-encoded text is a header value");
    // A drawing may carry scripts: under no name that a browser would open.
    let media_type = if image.original.format.is_inert() {
        image.original.format.media_type()
    } else {
        "application/octet-stream"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(blob.size_bytes)),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
        // Whatever somebody uploaded is never a page of this site.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ),
    ];
    Ok((headers, Body::from_stream(blob.chunks)).into_response())
}
