//! `POST /api/v1/uploads`: begins an upload in parts.

use api_types::{BeginUploadRequest, UploadResource};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use domain::{DirectUpload, DirectUploadState, FileName, Scope, Sha256Digest, UploadId, Visibility};
use http_kit::{HttpProblem, JsonBody};
use jiff::Timestamp;
use ports::random_bytes;

use super::{discard, forget, is_over, resource};
use crate::{Api, caller::Caller, error::ApiError, idempotency::idempotency_key, images::parse_visibility};

/// The most parts that S3 takes.
const MAX_PARTS: u64 = 10_000;

const MIB: u64 = 1024 * 1024;

/// What is promised of the file.
struct Promise {
    file_name: FileName,
    size_bytes: u64,
    sha256: Option<Sha256Digest>,
    visibility: Visibility,
}

pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(request): JsonBody<BeginUploadRequest>,
) -> Result<impl IntoResponse, ApiError> {
    caller.require(Scope::Write)?;
    let key = idempotency_key(&headers)?;
    let promise = promise(&api, &request)?;
    let upload = match known(&api, &caller, key.as_deref()).await? {
        Some(known) => known,
        None => add(&api, &caller, key, &promise).await?,
    };
    let same = upload.size_bytes == promise.size_bytes
        && upload.file_name == promise.file_name
        && upload.sha256 == promise.sha256;
    if !same {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This Idempotency-Key stands for an upload of another file already. Give each file a key of its own.",
        ));
    }
    let location =
        HeaderValue::try_from(format!("/api/v1/uploads/{}", upload.id)).expect("an id is a header value");
    let resource: UploadResource = resource(&api, &upload).await?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(resource),
    ))
}

fn promise(api: &Api, request: &BeginUploadRequest) -> Result<Promise, ApiError> {
    let file_name = request
        .file_name
        .parse()
        .map_err(|error| HttpProblem::field("/file_name", error))?;
    let sha256 = request
        .sha256
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| HttpProblem::field("/sha256", error))?;
    let visibility = match &request.visibility {
        Some(name) => parse_visibility(name).map_err(|detail| HttpProblem::field("/visibility", detail))?,
        None => api.settings.default_visibility,
    };
    if request.size_bytes == 0 {
        return Err(HttpProblem::field("/size_bytes", "must be 1 or more: the file is empty").into());
    }
    if request.size_bytes > api.settings.max_upload_bytes {
        return Err(ApiError::file_too_large(api.settings.max_upload_bytes));
    }
    Ok(Promise {
        file_name,
        size_bytes: request.size_bytes,
        sha256,
        visibility,
    })
}

/// The caller's upload under this key, where it is under way; refuses one more where they have as many as they may.
async fn known(api: &Api, caller: &Caller, key: Option<&str>) -> Result<Option<DirectUpload>, ApiError> {
    let max = api.settings.max_open_uploads;
    let now = api.clock.now();
    let mut open = api.catalog.open_uploads(caller.owner, max).await?;
    // What is over waits for the sweep only.
    open.retain(|upload| !is_over(upload, now));
    if let Some(known) = open
        .iter()
        .find(|upload| key.is_some() && upload.idempotency_key.as_deref() == key)
    {
        return Ok(Some(known.clone()));
    }
    if open.len() >= max as usize {
        let detail = format!(
            "You have {max} uploads under way, and no more are taken at a time. Finish one, or give one up: \
             GET /api/v1/uploads lists them."
        );
        return Err(
            HttpProblem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-uploads", detail)
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
                .into(),
        );
    }
    Ok(None)
}

/// Begins a new upload, unless there is one under the key.
async fn add(
    api: &Api,
    caller: &Caller,
    key: Option<String>,
    promise: &Promise,
) -> Result<DirectUpload, ApiError> {
    let created_at = api.clock.now();
    let mut upload = DirectUpload {
        id: UploadId::new(created_at, random_bytes(&*api.entropy)),
        version: 1,
        state: DirectUploadState::Open,
        owner: caller.owner,
        file_name: promise.file_name.clone(),
        visibility: promise.visibility,
        size_bytes: promise.size_bytes,
        sha256: promise.sha256,
        part_size_bytes: part_size(promise.size_bytes, api.settings.part_size_bytes),
        store_upload: String::new(),
        idempotency_key: key,
        image_id: None,
        refusal: None,
        created_at,
        updated_at: created_at,
        expires_at: created_at
            .checked_add(api.settings.upload_lifetime)
            .unwrap_or(Timestamp::MAX),
    };
    upload.store_upload = api.direct_uploads.begin(upload.id, upload.parts()).await?;
    let mut stored = api.catalog.add_upload(&upload).await?;
    if stored.id != upload.id && is_over(&stored, created_at) {
        forget(api, &stored).await?;
        stored = api.catalog.add_upload(&upload).await?;
    }
    if stored.id != upload.id {
        discard(api, &upload).await;
    }
    Ok(stored)
}

/// The configured length of a part, or a longer one in whole MiB, so that there are not too many.
fn part_size(size_bytes: u64, configured: u64) -> u64 {
    let least = size_bytes.div_ceil(MAX_PARTS).div_ceil(MIB) * MIB;
    configured.max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_has_more_parts_than_the_store_takes() {
        assert_eq!(part_size(100 * MIB, 8 * MIB), 8 * MIB);
        for size_bytes in [80_000 * MIB, 80_000 * MIB + 1, 5_000_000 * MIB] {
            let part = part_size(size_bytes, 8 * MIB);
            assert!(
                size_bytes.div_ceil(part) <= MAX_PARTS,
                "{size_bytes} in parts of {part}"
            );
            assert_eq!(part % MIB, 0);
        }
    }
}
