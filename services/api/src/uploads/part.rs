//! `PUT /api/v1/uploads/{id}/parts/{number}`: takes a part in, where the store has no URLs of its own. The URL is signed and
//! is the credential: nothing is looked up, and no byte read, before the signature was checked.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
};
use domain::{DirectUpload, DirectUploadState, PartSignature, UploadId};
use futures::StreamExt;
use http_kit::QueryParameters;

use super::is_over;
use crate::{
    Api,
    body::{self, Chunks, announced_len, broke_off},
    error::ApiError,
};

pub(crate) async fn put(
    State(api): State<Api>,
    Path((id, number)): Path<(String, String)>,
    QueryParameters(signature): QueryParameters<PartSignature>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let announced = announced_len(request.headers());
    let mut chunks = body::chunks(request.into_body());
    let (upload, number) = signed(&api, &id, &number, &signature)?;
    let taken = match part_of(&api, upload, number, signature.expires).await {
        Ok((upload, len)) => take(&api, &upload, number, len, announced, &mut chunks).await,
        Err(refused) => Err(refused),
    };
    if taken.is_err() {
        body::drain(&mut chunks, api.settings.max_upload_bytes).await;
    }
    taken.map(|()| StatusCode::NO_CONTENT)
}

/// What the URL stands for, if it was signed here.
fn signed(api: &Api, id: &str, number: &str, signature: &PartSignature) -> Result<(UploadId, u32), ApiError> {
    let named = id.parse().ok().zip(number.parse().ok());
    let verified = named.filter(|(upload, number)| {
        let keys = &api.settings.signing_keys;
        keys.verify_part(*upload, *number, signature).is_ok()
    });
    verified.ok_or_else(|| {
        let detail =
            "The URL of the part was not signed here, or was changed. GET the upload: it has fresh ones.";
        ApiError::new(StatusCode::FORBIDDEN, "invalid-signature", detail)
    })
}

/// The upload, and how long the part must be.
async fn part_of(
    api: &Api,
    id: UploadId,
    number: u32,
    expires: i64,
) -> Result<(DirectUpload, u64), ApiError> {
    let now = api.clock.now();
    if expires <= now.as_second() {
        let detail = "The URL of the part is good no more. GET the upload: it has fresh ones.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "url-expired", detail));
    }
    let upload = api.catalog.upload(id).await?;
    let upload = upload.filter(|upload| !is_over(upload, now));
    let upload = upload.ok_or_else(|| ApiError::upload_not_found(id))?;
    let len = upload
        .part_len(number)
        .ok_or_else(|| ApiError::upload_not_found(id))?;
    if upload.state == DirectUploadState::Open {
        Ok((upload, len))
    } else {
        Err(not_open())
    }
}

fn not_open() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "upload-not-open",
        "All parts of this upload were there and it was completed: it takes no more.",
    )
}

async fn take(
    api: &Api,
    upload: &DirectUpload,
    number: u32,
    len: u64,
    announced: Option<u64>,
    chunks: &mut Chunks<'_>,
) -> Result<(), ApiError> {
    let wrong_len = || {
        let detail =
            format!("Part {number} must have {len} bytes, and this has another length. Send it anew.");
        ApiError::new(StatusCode::BAD_REQUEST, "wrong-part-length", detail)
    };
    if announced.is_some_and(|announced| announced != len) {
        return Err(wrong_len());
    }
    let mut writer = api.direct_uploads.write_part(upload, number).await?;
    let mut received = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        received += chunk.len() as u64;
        if received > len {
            return Err(wrong_len());
        }
        writer.write(chunk).await?;
    }
    if received < len {
        return Err(if announced.is_some() {
            broke_off()
        } else {
            wrong_len()
        });
    }
    writer.finish().await?;
    Ok(())
}
