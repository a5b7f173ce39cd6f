//! `POST /api/v1/uploads/{id}/complete`: the parts become one blob, and a worker is to check it.

use api_types::UploadResource;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{DirectUpload, Job, Scope};
use ports::{Assembled, Stored, job_message};

use super::{discard, load, resource};
use crate::{Api, caller::Caller, error::ApiError};

/// How many missing parts a problem names.
const MAX_NAMED: usize = 20;

pub(crate) async fn complete(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<UploadResource>), ApiError> {
    caller.require(Scope::Write)?;
    let upload = load(&api, &caller, &id).await?;
    let upload = match upload.staged(api.clock.now()) {
        Some(staged) => stage(&api, &caller, &upload, staged).await?,
        // Said before.
        None => upload,
    };
    Ok((StatusCode::ACCEPTED, Json(resource(&api, &upload).await?)))
}

async fn stage(
    api: &Api,
    caller: &Caller,
    open: &DirectUpload,
    staged: DirectUpload,
) -> Result<DirectUpload, ApiError> {
    if let Assembled::Missing(parts) = api.direct_uploads.assemble(open).await? {
        return Err(parts_missing(&parts));
    }
    let job = job_message(&*api.clock, &*api.entropy, Job::Accept { upload_id: open.id });
    match api.catalog.store_upload(&staged, &[job]).await? {
        Stored::Yes => {
            tracing::info!(upload.id = %staged.id, upload.size_bytes = staged.size_bytes, "upload staged");
            Ok(staged)
        }
        Stored::Conflict => {
            // Somebody else said so in the same moment, or gave it up: then the blob is nobody's.
            let now = load(api, caller, &open.id.to_string()).await;
            if now.is_err() && api.catalog.upload(open.id).await?.is_none() {
                discard(api, open).await;
            }
            now
        }
    }
}

fn parts_missing(parts: &[u32]) -> ApiError {
    let named: Vec<_> = parts.iter().take(MAX_NAMED).map(u32::to_string).collect();
    let more = match parts.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = format!(
        "Parts are missing or have another length than they were to have: {}{more}. Send them, then complete the upload.",
        named.join(", ")
    );
    ApiError::new(StatusCode::CONFLICT, "parts-missing", detail)
}
