//! What a restored library has to do: whatever was accepted and not done, asked for by what the rows say.
//!
//! The jobs themselves are not in a backup: those in SQS are out of its reach, and a rule that works without them works for both
//! queues. Each job may be done twice without harm, so one that the outbox still has is asked for again.

use std::path::Path;

use domain::{BlobKey, ImageState, Job, JobId, Manifest};
use ports::{Clock, Entropy, random_bytes};

use super::{
    facts::Backup,
    keep::{DOCUMENTS, ImageLine, UploadLine},
    lines::{DocumentLine, LinesReader, Sorted},
    rows::{RowLine, file_name},
};

/// Jobs that nobody has asked for yet.
pub(super) struct Work {
    images: LinesReader,
    documents: Sorted<DocumentLine>,
    uploads: LinesReader,
    presets: Option<Job>,
}

impl Work {
    pub(super) fn open(parts: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            images: LinesReader::open(&parts.join(file_name("images")))?,
            documents: Sorted::open(&parts.join(DOCUMENTS))?,
            uploads: LinesReader::open(&parts.join(file_name("direct_uploads")))?,
            // What is published of them is not kept: it follows from their rows.
            presets: Some(Job::PublishPresets),
        })
    }

    /// The next message for the outbox, as a row.
    pub(super) fn next(
        &mut self,
        backup: &Backup,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> anyhow::Result<Option<RowLine>> {
        let Some(job) = self.next_job(backup)? else {
            return Ok(None);
        };
        let envelope = job.into_envelope(JobId::new(clock.now(), random_bytes(entropy)), None);
        let mut line = RowLine::new();
        line.insert("topic".into(), "job".into());
        line.insert("message".into(), serde_json::to_string(&envelope)?.into());
        Ok(Some(line))
    }

    fn next_job(&mut self, backup: &Backup) -> anyhow::Result<Option<Job>> {
        while let Some(image) = self.images.next::<ImageLine>()? {
            if let Some(job) = self.job_of(backup, &image)? {
                return Ok(Some(job));
            }
        }
        while let Some(upload) = self.uploads.next::<UploadLine>()? {
            if upload.is_staged() {
                return Ok(Some(Job::Accept { upload_id: upload.id }));
            }
        }
        Ok(self.presets.take())
    }

    fn job_of(&mut self, backup: &Backup, image: &ImageLine) -> anyhow::Result<Option<Job>> {
        let image_id = image.id;
        if image.deleting != 0 || backup.deleted.contains(&image_id) {
            return Ok(Some(Job::Delete { image_id }));
        }
        if backup.remade.contains(&image_id) {
            return Ok(Some(Job::Ingest { image_id }));
        }
        Ok(match image.state {
            ImageState::Queued | ImageState::Processing => Some(Job::Ingest { image_id }),
            // The manifest was copied after the row was read, or had not followed the row yet.
            ImageState::Ready if self.manifest_version(image)? != Some(image.version) => {
                Some(Job::PublishManifest { image_id })
            }
            ImageState::Ready | ImageState::Failed => None,
        })
    }

    fn manifest_version(&mut self, image: &ImageLine) -> anyhow::Result<Option<u64>> {
        let key = BlobKey::manifest(image.id);
        let documents = self.documents.of(&BlobKey::image_prefix(image.id))?;
        let manifest = documents.iter().find(|document| document.key == key.as_str());
        let manifest = manifest.and_then(|manifest| serde_json::from_str::<Manifest>(&manifest.text).ok());
        Ok(manifest.map(|manifest| manifest.image_version))
    }
}

/// An image's row as it is restored: one that was deleted while the backup was made goes on being deleted, and one whose derived
/// blobs were missing waits to be looked at again.
pub(super) fn amend(backup: &Backup, clock: &dyn Clock, line: &mut RowLine) {
    let text = |line: &RowLine, column: &str| {
        line.get(column)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let Some(id) = text(line, "id").and_then(|id| id.parse().ok()) else {
        return;
    };
    if backup.deleted.contains(&id) {
        line.insert("deleting".into(), 1.into());
        if line.get("trashed_at").is_none_or(serde_json::Value::is_null) {
            line.insert("trashed_at".into(), clock.now().as_microsecond().into());
        }
    } else if backup.remade.contains(&id) && text(line, "state").as_deref() == Some(ImageState::Ready.name())
    {
        line.insert("state".into(), ImageState::Queued.name().into());
    }
}
