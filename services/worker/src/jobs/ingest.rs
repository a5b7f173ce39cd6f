//! Derives everything that is derived from an original: mezzanines, analysis, manifest; then one transaction.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    Analysis, Availability, BlobKey, EventKind, Failure, Image, ImageChange, ImageId, ImageState,
    IngestResult, Manifest, Mezzanine,
};
use imaging::{Allowance, ImagingError, Ingested};
use ports::{Changed, Plan, PortError, Stored, change_image, event_message};
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use super::{JobError, publish_manifest::publish_manifest};
use crate::Worker;

pub(super) async fn ingest(worker: &Worker, image_id: ImageId) -> Result<(), JobError> {
    let Some(image) = start(worker, image_id).await? else {
        return Ok(());
    };
    let Some(original) = worker.blobs.get(&image.original.blob_key).await? else {
        return fail(
            worker,
            image_id,
            "original-missing",
            "The file that was uploaded is missing.",
        )
        .await;
    };
    let settings = Arc::clone(&worker.settings);
    // Without a deadline: the lease is extended while the worker lives, and limits and memory bound the work.
    let derived = spawn_blocking(move || {
        let allowance = Allowance {
            limits: settings.limits,
            memory_bytes: settings.decode_memory_bytes,
            ..Allowance::UNHURRIED
        };
        imaging::ingest(&original, &settings.ingest, &allowance)
    })
    .await;
    match derived {
        Ok(Ok(ingested)) => complete(worker, image, ingested).await,
        Ok(Err(error)) => fail(worker, image_id, code(&error), &error.to_string()).await,
        Err(_) => {
            fail(
                worker,
                image_id,
                "decoder-panicked",
                "The decoder gave up on this file. It may be damaged.",
            )
            .await
        }
    }
}

fn code(error: &ImagingError) -> &'static str {
    match error {
        ImagingError::Probe(_) => "refused",
        ImagingError::OverBudget { .. } => "too-large",
        ImagingError::Undecodable { .. } => "undecodable",
        _ => "processing-failed",
    }
}

/// The image in the state `processing`; none where there is nothing (more) to do.
async fn start(worker: &Worker, id: ImageId) -> Result<Option<Image>, JobError> {
    let changed = change_image(&*worker.catalog, &*worker.clock, &*worker.entropy, id, |image| {
        // In the state `processing` another attempt ended without a word: this one goes on in its place.
        (image.state == ImageState::Queued && !image.deleting).then_some(Plan {
            change: ImageChange::StartProcessing,
            event: EventKind::Processing,
            job: None,
        })
    })
    .await?;
    match changed {
        Changed::Yes(image) => Ok(Some(*image)),
        Changed::Unneeded(image) if image.state == ImageState::Processing && !image.deleting => {
            Ok(Some(*image))
        }
        Changed::Unneeded(image) if image.state == ImageState::Ready => {
            // The attempt before ended between its transaction and its word to the queue.
            publish_manifest(worker, id).await?;
            Ok(None)
        }
        Changed::Unneeded(_) | Changed::Missing | Changed::Refused(..) => Ok(None),
    }
}

async fn complete(worker: &Worker, image: Image, ingested: Ingested) -> Result<(), JobError> {
    let content_version = image.content_version + 1;
    let mezzanines = write_mezzanines(worker, image.id, content_version, &ingested).await?;
    let analysis = ingested.analysis;
    put_json(worker, &BlobKey::analysis(image.id), &analysis).await?;
    let mut current = image;
    loop {
        let result = IngestResult {
            content_version,
            analysis: analysis.clone(),
        };
        let Ok(changed) = current.changed(ImageChange::Complete(Box::new(result)), worker.clock.now()) else {
            // Another worker was faster, or the image is being deleted: the manifest must say what the row says.
            return publish_manifest(worker, current.id).await;
        };
        // Before the transaction: whoever hears that the image is ready may ask for it at once.
        put_json(
            worker,
            &BlobKey::manifest(changed.id),
            &manifest(&changed, &analysis, &mezzanines),
        )
        .await?;
        if content_version > 1 {
            // Pages that do not name the version are shown the old picture until it is forgotten.
            worker.purger.purge(changed.id).await?;
        }
        let ready = event_message(&*worker.clock, &*worker.entropy, EventKind::Ready, changed.id);
        if worker.catalog.store(&changed, &[ready]).await? == Stored::Yes {
            info!(image.id = %changed.id, image.width = analysis.width, image.height = analysis.height, "image ready");
            return Ok(());
        }
        // Somebody described or trashed it meanwhile.
        match worker.catalog.image(changed.id).await? {
            Some(image) => current = image,
            None => {
                worker.blobs.delete(&BlobKey::manifest(changed.id)).await?;
                return Ok(());
            }
        }
    }
}

async fn write_mezzanines(
    worker: &Worker,
    image: ImageId,
    content_version: u32,
    ingested: &Ingested,
) -> Result<Vec<Mezzanine>, PortError> {
    let mut written = Vec::with_capacity(ingested.mezzanines.len());
    for mezzanine in &ingested.mezzanines {
        let blob_key = BlobKey::mezzanine(image, content_version, mezzanine.edge, mezzanine.format);
        worker
            .blobs
            .put(&blob_key, Bytes::copy_from_slice(&mezzanine.bytes))
            .await?;
        let (width, height) = (mezzanine.width, mezzanine.height);
        written.push(Mezzanine {
            blob_key,
            format: mezzanine.format,
            width,
            height,
        });
    }
    Ok(written)
}

fn manifest(image: &Image, analysis: &Analysis, mezzanines: &[Mezzanine]) -> Manifest {
    Manifest {
        v: 1,
        image_id: image.id,
        image_version: image.version,
        availability: if image.is_deliverable() {
            Availability::Available
        } else {
            Availability::Withdrawn
        },
        visibility: image.visibility,
        alt_text: image.alt_text.as_str().to_owned(),
        content_version: image.content_version,
        width: analysis.width,
        height: analysis.height,
        has_alpha: analysis.has_alpha,
        original: image.original.blob_key.clone(),
        original_format: image.original.format,
        frames: analysis.frames.unwrap_or(1),
        mezzanines: mezzanines.to_vec(),
    }
}

async fn put_json(worker: &Worker, key: &BlobKey, value: &impl serde::Serialize) -> Result<(), PortError> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| PortError::corrupt("a value to be stored", error.to_string()))?;
    worker.blobs.put(key, bytes.into()).await
}

async fn fail(worker: &Worker, id: ImageId, code: &str, reason: &str) -> Result<(), JobError> {
    warn!(image.id = %id, failure.code = code, failure.reason = reason, "image failed");
    let failure = Failure {
        code: code.into(),
        reason: reason.into(),
    };
    change_image(&*worker.catalog, &*worker.clock, &*worker.entropy, id, |image| {
        (image.state == ImageState::Processing && !image.deleting).then(|| Plan {
            change: ImageChange::Fail(failure.clone()),
            event: EventKind::Failed,
            job: None,
        })
    })
    .await?;
    Ok(())
}
