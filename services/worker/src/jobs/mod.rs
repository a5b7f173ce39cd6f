//! The job handlers, one file a job. Every one is idempotent.

mod accept;
mod delete;
mod ingest;
mod publish_manifest;
mod publish_presets;

use domain::{EventKind, Failure, ImageChange, ImageState, Job};
use ports::{Plan, PortError, change_image};

use crate::Worker;

/// Why a job did not reach its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// It may succeed later.
    #[error("{0}")]
    Retry(String),
    /// It will never succeed.
    #[error("{0}")]
    Dead(String),
}

impl From<PortError> for JobError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable { what, source } => {
                Self::Retry(format!("{what} is unavailable: {source}"))
            }
            error @ PortError::Corrupt { .. } => Self::Dead(error.to_string()),
        }
    }
}

impl Worker {
    /// Publishes the presets again where delivery knows others: after a restore of one side from a backup, or a job that
    /// an older worker did not know.
    pub async fn mend_presets(&self) {
        if let Err(error) = publish_presets::publish_presets(self, false).await {
            tracing::warn!(error.message = %error, "the presets could not be published; it is tried again in an hour");
        }
    }

    pub(crate) async fn perform(&self, job: Job) -> Result<(), JobError> {
        match job {
            Job::Ingest { image_id } => ingest::ingest(self, image_id).await,
            Job::PublishManifest { image_id } => publish_manifest::publish_manifest(self, image_id).await,
            Job::Delete { image_id } => delete::delete(self, image_id).await,
            Job::PublishPresets => publish_presets::publish_presets(self, true).await,
            Job::Accept { upload_id } => accept::accept(self, upload_id).await,
        }
    }
}

/// A job that nobody will try again: an image or an upload that waited for it must not wait for ever.
pub(crate) async fn give_up(worker: &Worker, job: &Job, reason: &str) -> Result<(), PortError> {
    let image_id = match job {
        Job::Ingest { image_id } => image_id,
        Job::Accept { upload_id } => return accept::give_up(worker, *upload_id, reason).await,
        _ => return Ok(()),
    };
    let failure = Failure {
        code: Failure::GAVE_UP.into(),
        reason: format!("It could not be processed. {reason}"),
    };
    change_image(
        &*worker.catalog,
        &*worker.clock,
        &*worker.entropy,
        *image_id,
        |image| {
            matches!(image.state, ImageState::Queued | ImageState::Processing).then(|| Plan {
                change: ImageChange::Fail(failure.clone()),
                event: EventKind::Failed,
                job: None,
            })
        },
    )
    .await
    .map(drop)
}
