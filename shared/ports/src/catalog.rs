//! The catalog: rows of images, people, and what is to be told.
//!
//! Every change of an image stands in one transaction with the messages that tell of it.

use async_trait::async_trait;
use domain::{
    ApiKey, BlobKey, EmailAddress, Event, Image, ImageId, NewImage, OutboxItem, OutboxMessage, Preset,
    PresetName, Session, User, UserId,
};
use jiff::Timestamp;

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

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored.
    Yes,
    /// The image was changed by somebody else meanwhile, or is gone: read it again.
    Conflict,
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

/// What became of a preset that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetStored {
    /// It is stored.
    Yes,
    /// It was changed, added or removed by somebody else meanwhile: read it again.
    Conflict,
    /// It is new, and there are as many presets as there may be.
    Full,
}

/// Rows of presets.
#[async_trait]
pub trait PresetCatalog: Send + Sync {
    /// Every preset, in the order of their names.
    async fn presets(&self) -> Result<Vec<Preset>, PortError>;

    /// One preset.
    async fn preset(&self, name: &PresetName) -> Result<Option<Preset>, PortError>;

    /// Stores a preset and the messages: as a new one where its version is 1 and there are fewer than `limit`, else over
    /// the version before its own.
    async fn store_preset(
        &self,
        preset: &Preset,
        limit: u32,
        messages: &[OutboxMessage],
    ) -> Result<PresetStored, PortError>;

    /// Removes a preset and stores the messages. False, and nothing is stored, where there is no such preset.
    async fn remove_preset(&self, name: &PresetName, messages: &[OutboxMessage]) -> Result<bool, PortError>;
}

/// Rows of people, their sessions, and keys.
#[async_trait]
pub trait AccountCatalog: Send + Sync {
    /// Stores a person. False where the address is taken.
    async fn add_user(&self, user: &User) -> Result<bool, PortError>;

    /// A person by id.
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError>;

    /// A person by what they sign in with.
    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, PortError>;

    /// Whether there is an administrator.
    async fn has_admin(&self) -> Result<bool, PortError>;

    /// Makes `token_hash` (SHA-256) the one set-up token that counts.
    async fn replace_setup_token(&self, token_hash: &[u8; 32]) -> Result<(), PortError>;

    /// Stores the first administrator and consumes the set-up token. False, and nothing is stored, where the token is
    /// not the one that counts or there is an administrator already.
    async fn set_up(&self, token_hash: &[u8; 32], admin: &User) -> Result<bool, PortError>;

    /// Stores a session.
    async fn add_session(&self, session: &Session) -> Result<(), PortError>;

    /// The person whose session this is, if it has not ended by `now`.
    async fn session_user(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<User>, PortError>;

    /// Ends a session.
    async fn remove_session(&self, token_hash: &[u8; 32]) -> Result<(), PortError>;

    /// Removes the sessions that ended before `now`.
    async fn remove_ended_sessions(&self, now: Timestamp) -> Result<(), PortError>;

    /// Stores a key.
    async fn add_api_key(&self, key: &ApiKey) -> Result<(), PortError>;

    /// A key by its hash.
    async fn api_key(&self, key_hash: &[u8; 32]) -> Result<Option<ApiKey>, PortError>;
}

/// The outbox, and the log of events that it feeds.
#[async_trait]
pub trait OutboxCatalog: Send + Sync {
    /// The oldest `limit` messages.
    async fn outbox(&self, limit: u32) -> Result<Vec<OutboxItem>, PortError>;

    /// In one transaction: writes the events among `items` to the log, each with the next sequence, and removes all
    /// `items` from the outbox. Only the holder of the relay's lease calls it.
    async fn settle(&self, items: &[OutboxItem]) -> Result<(), PortError>;

    /// The oldest `limit` events of the log that were not marked as published.
    async fn unpublished_events(&self, limit: u32) -> Result<Vec<Event>, PortError>;

    /// Marks the events up to `sequence` as published.
    async fn mark_published(&self, sequence: u64) -> Result<(), PortError>;

    /// At most `limit` events of the log after `sequence`, in order.
    async fn events_after(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, PortError>;

    /// The sequence of the newest event; 0 where there was none.
    async fn last_sequence(&self) -> Result<u64, PortError>;

    /// Removes the published events that happened before `instant`, the newest event excepted.
    async fn forget_events_before(&self, instant: Timestamp) -> Result<(), PortError>;
}

/// Named leases: of each, at most one holder at a time.
#[async_trait]
pub trait LeaseCatalog: Send + Sync {
    /// Takes or extends the lease `name` for `holder` until `until`. False where somebody else holds it at `now`.
    async fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, PortError>;

    /// Gives the lease back, if `holder` has it.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), PortError>;
}

/// The whole catalog.
#[async_trait]
pub trait Catalog: ImageCatalog + AccountCatalog + PresetCatalog + OutboxCatalog + LeaseCatalog {
    /// Whether the catalog can be reached; for readiness.
    async fn ping(&self) -> Result<(), PortError>;
}
