//! Direct uploads.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{DirectUpload, UploadId};
use jiff::Timestamp;
use ports::{Assembled, BegunUpload, BlobWriter, DirectUploads, PartTarget, PortError, StoredPart};

use super::{TracedWriter, step, within};

/// Direct uploads whose calls are steps of traces.
#[derive(Clone)]
pub struct TracedDirectUploads(Arc<dyn DirectUploads>);

impl TracedDirectUploads {
    /// `uploads`, traced.
    pub const fn new(uploads: Arc<dyn DirectUploads>) -> Self {
        Self(uploads)
    }
}

#[async_trait]
impl DirectUploads for TracedDirectUploads {
    async fn begin(&self, id: UploadId, parts: u32) -> Result<String, PortError> {
        within(step!("uploads.begin", "client"), self.0.begin(id, parts)).await
    }

    async fn part_target(
        &self,
        upload: &DirectUpload,
        number: u32,
        until: Timestamp,
    ) -> Result<PartTarget, PortError> {
        // Made in this process, of a secret, and once for each part: no step, and nothing to say of it.
        self.0.part_target(upload, number, until).await
    }

    async fn write_part(&self, upload: &DirectUpload, number: u32) -> Result<Box<dyn BlobWriter>, PortError> {
        let step = step!("uploads.write_part", "client");
        let writer = within(step, self.0.write_part(upload, number)).await?;
        Ok(Box::new(TracedWriter(writer)))
    }

    async fn origin(&self) -> Result<Option<String>, PortError> {
        // Known to the adapter.
        self.0.origin().await
    }

    async fn parts(&self, upload: &DirectUpload) -> Result<Vec<StoredPart>, PortError> {
        within(step!("uploads.parts", "client"), self.0.parts(upload)).await
    }

    async fn assemble(&self, upload: &DirectUpload) -> Result<Assembled, PortError> {
        within(step!("uploads.assemble", "client"), self.0.assemble(upload)).await
    }

    async fn discard(&self, upload: &DirectUpload) -> Result<(), PortError> {
        within(step!("uploads.discard", "client"), self.0.discard(upload)).await
    }

    async fn begun(&self, after: Option<UploadId>, limit: usize) -> Result<Vec<BegunUpload>, PortError> {
        within(step!("uploads.begun", "client"), self.0.begun(after, limit)).await
    }

    async fn discard_begun(&self, begun: &BegunUpload) -> Result<(), PortError> {
        within(
            step!("uploads.discard_begun", "client"),
            self.0.discard_begun(begun),
        )
        .await
    }
}
