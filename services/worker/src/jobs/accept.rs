//! Makes an image of what a client sent to the store itself, if it is what was promised and a picture; or refuses it.
//!
//! What is checked is a copy, under a key that is this attempt's alone: no client can write there, so that what was checked
//! is what is kept; no other attempt refers to it, so that each can take away its own. A kill leaves a copy that the sweep
//! finds, and an upload that is staged: the next attempt begins anew.

use domain::{BlobKey, DirectUpload, EventKind, Failure, ImageId, Job, NewImage, Original, UploadId};
use futures::StreamExt;
use imaging::{Inspected, Inspector};
use jiff::Timestamp;
use ports::{PortError, Stored, event_message, job_message, random_bytes};
use tracing::{info, warn};

use super::JobError;
use crate::Worker;

/// Why an attempt did not come to an image.
enum Unaccepted {
    /// The file is nothing that is taken in.
    Refused(Failure),
    /// It could not be found out.
    Unknown(JobError),
}

impl From<PortError> for Unaccepted {
    fn from(error: PortError) -> Self {
        Self::Unknown(error.into())
    }
}

pub(super) async fn accept(worker: &Worker, id: UploadId) -> Result<(), JobError> {
    // Without a row it was given up.
    let Some(upload) = worker.catalog.upload(id).await? else {
        return Ok(());
    };
    if upload.may_be_settled() {
        let copy = BlobKey::original(UploadId::new(worker.clock.now(), random_bytes(&*worker.entropy)));
        match copied(worker, &upload, &copy).await {
            Ok(inspected) => keep(worker, &upload, &copy, inspected).await?,
            Err(Unaccepted::Refused(refusal)) => {
                remove(worker, &copy).await;
                refuse(worker, &upload, refusal).await?;
            }
            Err(Unaccepted::Unknown(error)) => {
                remove(worker, &copy).await;
                return Err(error);
            }
        }
    }
    // An attempt before may have ended between its transaction and here.
    worker.blobs.delete(&BlobKey::upload(id)).await?;
    Ok(())
}

/// Copies the bytes, and looks at the copy.
async fn copied(worker: &Worker, upload: &DirectUpload, copy: &BlobKey) -> Result<Inspected, Unaccepted> {
    let missing = || {
        refused(
            "upload-missing",
            "The file that was uploaded is missing. Send it again.",
        )
    };
    let sent = BlobKey::upload(upload.id);
    let size_bytes = worker.blobs.open(&sent).await?.ok_or_else(missing)?.size_bytes;
    check_size(upload, size_bytes)?;
    if !worker.blobs.copy(&sent, copy).await? {
        return Err(missing());
    }
    let mut reader = worker.blobs.open(copy).await?.ok_or_else(missing)?;
    let mut inspector = Inspector::new(worker.settings.limits);
    while let Some(chunk) = reader.chunks.next().await {
        inspector
            .push(&chunk?)
            .map_err(|error| refused(error.code(), error.sentence()))?;
    }
    let inspected = inspector
        .finish(worker.settings.ingest.accepts_damage)
        .map_err(|error| refused(error.code(), error.sentence()))?;
    check_size(upload, inspected.size_bytes)?;
    match upload.sha256 {
        Some(promised) if promised != inspected.sha256 => Err(refused(
            "wrong-sha256",
            format!(
                "The file is not the one that was promised: its SHA-256 is {}, and not {promised}. Send it again.",
                inspected.sha256
            ),
        )),
        _ => Ok(inspected),
    }
}

fn check_size(upload: &DirectUpload, size_bytes: u64) -> Result<(), Unaccepted> {
    if size_bytes == upload.size_bytes {
        return Ok(());
    }
    Err(refused(
        "wrong-size",
        format!(
            "The file has {size_bytes} bytes, and {} were promised. Send it again.",
            upload.size_bytes
        ),
    ))
}

fn refused(code: &str, reason: impl Into<String>) -> Unaccepted {
    Unaccepted::Refused(Failure {
        code: code.into(),
        reason: reason.into(),
    })
}

/// Makes the copy an image's original, or removes it where it is not needed. Where the catalog fails nobody knows whether an
/// image refers to it: it stays, and the sweep finds out.
async fn keep(
    worker: &Worker,
    upload: &DirectUpload,
    copy: &BlobKey,
    inspected: Inspected,
) -> Result<(), JobError> {
    let now = worker.clock.now();
    let Some(changed) = upload.accepted(now, forgotten_at(worker, now)) else {
        return Ok(());
    };
    let id = ImageId::new(now, random_bytes(&*worker.entropy));
    let image = NewImage {
        id,
        owner: upload.owner,
        file_name: upload.file_name.clone(),
        visibility: upload.visibility,
        original: Original {
            blob_key: copy.clone(),
            sha256: inspected.sha256,
            size_bytes: inspected.size_bytes,
            format: inspected.header.format,
        },
        idempotency_key: upload.idempotency_key.clone(),
        created_at: now,
    };
    let messages = [
        event_message(&*worker.clock, &*worker.entropy, EventKind::Accepted, id),
        job_message(&*worker.clock, &*worker.entropy, Job::Ingest { image_id: id }),
    ];
    match worker.catalog.accept_upload(&changed, &image, &messages).await? {
        Some(accepted) => {
            info!(upload.id = %upload.id, image.id = %accepted.image.id, image.size_bytes = inspected.size_bytes, "upload accepted");
            // It shares the bytes of another, or its idempotency key stands for another.
            if accepted.image.original.blob_key != *copy {
                remove(worker, copy).await;
            }
        }
        // Another attempt was faster, or the upload was given up; or this very attempt came through, and the catalog asked
        // again because it had not heard of it.
        None => {
            if !worker.catalog.has_original(copy).await? {
                remove(worker, copy).await;
            }
        }
    }
    Ok(())
}

async fn refuse(worker: &Worker, upload: &DirectUpload, refusal: Failure) -> Result<(), JobError> {
    let now = worker.clock.now();
    warn!(upload.id = %upload.id, failure.code = refusal.code, failure.reason = refusal.reason, "upload refused");
    if let Some(changed) = upload.refused(refusal, now, forgotten_at(worker, now))
        && worker.catalog.store_upload(&changed, &[]).await? == Stored::Conflict
    {
        return Err(JobError::Retry("the upload changed meanwhile".into()));
    }
    Ok(())
}

/// Until when whoever sent it can ask what became of it.
fn forgotten_at(worker: &Worker, now: Timestamp) -> Timestamp {
    now.checked_add(worker.settings.upload_retention)
        .unwrap_or(Timestamp::MAX)
}

/// Removes a copy that is nobody's; what cannot be removed now, the sweep removes later.
async fn remove(worker: &Worker, copy: &BlobKey) {
    if let Err(error) = worker.blobs.delete(copy).await {
        warn!(error.message = %error, "a blob that is not needed could not be removed");
    }
}

/// Nobody will try again by themselves. The blob stays as long as the row: whoever sends the dead letter anew has it tried.
pub(super) async fn give_up(worker: &Worker, id: UploadId, reason: &str) -> Result<(), PortError> {
    let now = worker.clock.now();
    let Some(upload) = worker.catalog.upload(id).await? else {
        return Ok(());
    };
    let refusal = Failure {
        code: Failure::GAVE_UP.into(),
        reason: format!("The file could not be checked. {reason}"),
    };
    if let Some(changed) = upload.refused(refusal, now, forgotten_at(worker, now)) {
        // Whoever changed it meanwhile knows better.
        worker.catalog.store_upload(&changed, &[]).await?;
    }
    Ok(())
}
