//! Rows of direct uploads.

use async_trait::async_trait;
use domain::{DirectUpload, NewImage, OutboxMessage, UploadId, UserId};
use jiff::Timestamp;

use super::{Accepted, Stored};
use crate::PortError;

/// Rows of direct uploads.
#[async_trait]
pub trait DirectUploadCatalog: Send + Sync {
    /// Stores a new upload. Where the idempotency key of the same owner is known, nothing is stored and the upload of the
    /// first time is returned.
    async fn add_upload(&self, upload: &DirectUpload) -> Result<DirectUpload, PortError>;

    /// One upload, in whichever state.
    async fn upload(&self, id: UploadId) -> Result<Option<DirectUpload>, PortError>;

    /// At most `limit` uploads of `owner` that are open or staged, newest first.
    async fn open_uploads(&self, owner: UserId, limit: u32) -> Result<Vec<DirectUpload>, PortError>;

    /// Stores a changed upload and the messages, if the stored version is the one before `changed.version`.
    async fn store_upload(
        &self,
        changed: &DirectUpload,
        messages: &[OutboxMessage],
    ) -> Result<Stored, PortError>;

    /// In one transaction: what [`ImageCatalog::accept`](super::ImageCatalog::accept) does, and `store_upload` of `changed` with the accepted image's
    /// id. None, and nothing is stored, where the stored version is not the one before `changed.version`.
    async fn accept_upload(
        &self,
        changed: &DirectUpload,
        image: &NewImage,
        messages: &[OutboxMessage],
    ) -> Result<Option<Accepted>, PortError>;

    /// At most `limit` uploads that are not staged and whose `expires_at` is before `instant`.
    async fn expired_uploads(&self, instant: Timestamp, limit: u32) -> Result<Vec<DirectUpload>, PortError>;

    /// Removes the row of an upload; there need not be one.
    async fn remove_upload(&self, id: UploadId) -> Result<(), PortError>;
}
