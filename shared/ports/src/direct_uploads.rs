//! Direct uploads: how a client sends a file's bytes to the blob store without passing them through the api.

use async_trait::async_trait;
use domain::{DirectUpload, UploadId};
use jiff::Timestamp;

use crate::{BlobWriter, PortError};

/// Where a client sends a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartTarget {
    /// PUT to this URL, which needs no further credential and is good until the instant that was asked for.
    Url(String),
    /// Nowhere but to the api, which writes it with [`DirectUploads::write_part`].
    Api,
}

/// A part that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredPart {
    /// Its number, from 1.
    pub number: u32,
    /// Its length.
    pub size_bytes: u64,
}

/// What became of the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assembled {
    /// They are one blob, `uploads/{upload}`: durable, whole, and as long as was promised.
    Yes,
    /// These are missing, or have another length than they were to have.
    Missing(Vec<u32>),
}

/// An upload of which the store knows, whether there is a row of it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunUpload {
    /// Its id.
    pub id: UploadId,
    /// What the store calls it.
    pub store_upload: String,
    /// When a part last came, or it was begun.
    pub changed_at: Timestamp,
}

/// Uploads in parts, straight to the store. A part may be sent again, and replaces what was there under its number. Once
/// the parts are one blob no client can change it any more.
#[async_trait]
pub trait DirectUploads: Send + Sync {
    /// Gets ready for the parts of a new upload; what the store calls it, or nothing where it needs no name for it.
    /// Nothing is there under this id yet.
    async fn begin(&self, id: UploadId, parts: u32) -> Result<String, PortError>;

    /// Where part `number` is sent to until `until`. Its length is signed where the store can do that.
    async fn part_target(
        &self,
        upload: &DirectUpload,
        number: u32,
        until: Timestamp,
    ) -> Result<PartTarget, PortError>;

    /// Writes part `number`; for stores whose parts go through the api.
    async fn write_part(&self, upload: &DirectUpload, number: u32) -> Result<Box<dyn BlobWriter>, PortError>;

    /// Where [`PartTarget::Url`]s point to, as `scheme://host` with the port where there is one: the pages must allow their
    /// scripts to send there. None where parts go to the api.
    async fn origin(&self) -> Result<Option<String>, PortError> {
        Ok(None)
    }

    /// The parts that are there, by number; none of an upload that the store does not know (any more).
    async fn parts(&self, upload: &DirectUpload) -> Result<Vec<StoredPart>, PortError>;

    /// Makes one blob of the parts. Done before, it is done again without harm.
    async fn assemble(&self, upload: &DirectUpload) -> Result<Assembled, PortError>;

    /// Removes whatever is there of it, parts and blob. There need not be anything.
    async fn discard(&self, upload: &DirectUpload) -> Result<(), PortError>;

    /// At most `limit` uploads whose parts are there and not one blob, in the order of their ids, from the one after
    /// `after` on. For the sweep: some of them may have lost their row, or never had one.
    async fn begun(&self, after: Option<UploadId>, limit: usize) -> Result<Vec<BegunUpload>, PortError> {
        let _ = (after, limit);
        Ok(Vec::new())
    }

    /// Removes the parts of an upload that [`Self::begun`] told of, and no blob.
    async fn discard_begun(&self, begun: &BegunUpload) -> Result<(), PortError> {
        let _ = begun;
        Ok(())
    }
}
