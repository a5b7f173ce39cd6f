//! `/api/v1/uploads`: one file an endpoint. Files that go to the store in parts, and can be gone on with.

pub(crate) mod begin;
pub(crate) mod cancel;
pub(crate) mod complete;
pub(crate) mod list;
pub(crate) mod part;
pub(crate) mod show;

use std::time::Duration;

use api_types::{FailureResource, UploadPart, UploadResource, UploadSummary};
use domain::{DirectUpload, DirectUploadState, UploadId};
use jiff::Timestamp;
use ports::PartTarget;

use crate::{Api, caller::Caller, error::ApiError};

/// How long the URL of a part is good for. A slow line sends a part of 8 MiB in that time; then there are fresh ones.
const URL_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How many parts are given a URL at a time: an answer stays below a megabyte.
const MAX_URLS: usize = 1_000;

/// The upload of this id, where it is the caller's to know of. One whose time is over is gone, swept or not.
async fn load(api: &Api, caller: &Caller, id: &str) -> Result<DirectUpload, ApiError> {
    let parsed: UploadId = id
        .parse()
        .map_err(|_| ApiError::upload_not_found(id.chars().take(64).collect::<String>()))?;
    let upload = api.catalog.upload(parsed).await?.filter(|upload| {
        (upload.owner == caller.owner || caller.administers()) && !is_over(upload, api.clock.now())
    });
    upload.ok_or_else(|| ApiError::upload_not_found(parsed))
}

/// Whether the upload was abandoned: nobody goes on with it.
fn is_over(upload: &DirectUpload, now: Timestamp) -> bool {
    upload.state == DirectUploadState::Open && upload.expires_at <= now
}

fn summary(upload: &DirectUpload) -> UploadSummary {
    UploadSummary {
        id: upload.id,
        state: upload.state,
        file_name: upload.file_name.to_string(),
        size_bytes: upload.size_bytes,
        sha256: upload.sha256.map(|sha256| sha256.to_string()),
        visibility: upload.visibility,
        part_size_bytes: upload.part_size_bytes,
        image_id: upload.image_id,
        refusal: upload.refusal.as_ref().map(|refusal| FailureResource {
            code: refusal.code.clone(),
            reason: refusal.reason.clone(),
        }),
        created_at: upload.created_at,
        expires_at: upload.expires_at,
    }
}

/// The upload with its parts, and where those that are missing are sent to.
async fn resource(api: &Api, upload: &DirectUpload) -> Result<UploadResource, ApiError> {
    let mut resource = UploadResource {
        summary: summary(upload),
        parts: Vec::new(),
        urls_expire_at: None,
    };
    if upload.state != DirectUploadState::Open {
        return Ok(resource);
    }
    let until = api
        .clock
        .now()
        .checked_add(URL_LIFETIME)
        .unwrap_or(Timestamp::MAX);
    let until = until.min(upload.expires_at);
    let there = api.direct_uploads.parts(upload).await?;
    let mut urls = 0;
    for number in 1..=upload.parts() {
        let size_bytes = upload.part_len(number).unwrap_or_default();
        let stored = there
            .iter()
            .any(|part| part.number == number && part.size_bytes == size_bytes);
        let url = if stored || urls == MAX_URLS {
            None
        } else {
            urls += 1;
            Some(
                match api.direct_uploads.part_target(upload, number, until).await? {
                    PartTarget::Url(url) => url,
                    PartTarget::Api => api.settings.signing_keys.sign_part(upload.id, number, until),
                },
            )
        };
        resource.parts.push(UploadPart {
            number,
            size_bytes,
            stored,
            url,
        });
    }
    resource.urls_expire_at = Some(until);
    Ok(resource)
}

/// Forgets an upload and removes what is there of it. The row goes first: an upload that is there has its parts.
async fn forget(api: &Api, upload: &DirectUpload) -> Result<(), ApiError> {
    api.catalog.remove_upload(upload.id).await?;
    discard(api, upload).await;
    Ok(())
}

/// Removes what is there of an upload that has no row.
async fn discard(api: &Api, upload: &DirectUpload) {
    if let Err(error) = api.direct_uploads.discard(upload).await {
        tracing::warn!(error.message = %error, "parts that are not needed could not be removed: the sweep removes them");
    }
}
