//! Rows of images.

use async_trait::async_trait;
use domain::{BlobKey, Image, ImageId, NewImage, OutboxMessage};
use jiff::Timestamp;

use super::Stored;
use crate::PortError;

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// A new image, whose bytes are the upload's.
    Created,
    /// A new image that shares the bytes of an earlier one: the upload's blob is not needed.
    SharesBytes,
    /// The image that the idempotency key stands for already: the upload's blob is not needed.
    Repeated,
}

/// An accepted upload.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The image, with the original it ended up with.
    pub image: Image,
    /// How it came to be.
    pub outcome: AcceptOutcome,
}

/// Which images a listing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageView {
    /// Neither trashed nor being deleted.
    Library,
    /// Trashed and not being deleted.
    Trash,
}

/// Rows of images.
#[async_trait]
pub trait ImageCatalog: Send + Sync {
    /// Stores a new image in the state `queued`, and the messages. Where the idempotency key of the same owner is known,
    /// nothing is stored. Where the bytes are known, the image refers to the blob that is there already.
    async fn accept(&self, image: &NewImage, messages: &[OutboxMessage]) -> Result<Accepted, PortError>;

    /// One image, in whichever state.
    async fn image(&self, id: ImageId) -> Result<Option<Image>, PortError>;

    /// At most `limit` images that were made before `before`, newest first.
    async fn images(
        &self,
        view: ImageView,
        before: Option<ImageId>,
        limit: u32,
    ) -> Result<Vec<Image>, PortError>;

    /// Stores a changed image and the messages, if the stored version is the one before `changed.version`.
    async fn store(&self, changed: &Image, messages: &[OutboxMessage]) -> Result<Stored, PortError>;

    /// Removes the row of an image that is being deleted, and stores the messages. Returns the original's key where no
    /// other image shares it: its blob is nobody's now. Does nothing where there is no such row.
    async fn remove(&self, id: ImageId, messages: &[OutboxMessage]) -> Result<Option<BlobKey>, PortError>;

    /// At most `limit` images that were put in the trash before `instant` and are not being deleted.
    async fn trashed_before(&self, instant: Timestamp, limit: u32) -> Result<Vec<Image>, PortError>;

    /// Whether an image refers to this original.
    async fn has_original(&self, key: &BlobKey) -> Result<bool, PortError>;
}
