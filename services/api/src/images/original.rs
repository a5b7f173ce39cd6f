//! `GET /api/v1/images/{id}/original`: the bytes as they came, to be saved and never to be shown in place.
//!
//! They pass through the api: a page's script could not follow a redirect to the store. A program that can asks for
//! `?redirect=true`, and gets one where the store has URLs.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Scope;
use http_kit::{HttpProblem, QueryParameters};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ports::PortError;
use serde::Deserialize;

use super::parse_id;
use crate::{Api, caller::Caller, error::ApiError};

/// How long the URL of the store is good for: it is followed at once.
const URL_LIFETIME: Duration = Duration::from_secs(5 * 60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginalQuery {
    #[serde(default)]
    redirect: bool,
}

pub(crate) async fn original(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    QueryParameters(query): QueryParameters<OriginalQuery>,
) -> Result<Response, ApiError> {
    caller.require(Scope::Read)?;
    let id = parse_id(&id)?;
    let image = api.catalog.image(id).await?.filter(|image| !image.deleting);
    let image = image.ok_or_else(|| ApiError::image_not_found(id))?;
    if query.redirect {
        let until = api
            .clock
            .now()
            .checked_add(URL_LIFETIME)
            .unwrap_or(Timestamp::MAX);
        let (key, name) = (&image.original.blob_key, image.file_name.as_str());
        if let Some(url) = api.blobs.download_url(key, name, until).await? {
            let location = HeaderValue::try_from(url).map_err(|error| HttpProblem::internal(&error))?;
            let no_store = HeaderValue::from_static("private, no-store");
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)];
            return Ok((StatusCode::FOUND, headers).into_response());
        }
    }
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
