//! The catalog: rows of images, people, and what is to be told.
//!
//! Every change of an image stands in one transaction with the messages that tell of it.

use async_trait::async_trait;
use domain::{
    ApiKey, BlobKey, DirectUpload, EmailAddress, Envelope, Event, Image, ImageId, JobId, NewImage,
    OutboxItem, OutboxMessage, Preset, PresetName, Session, UploadId, User, UserId, Webhook, WebhookId,
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

    /// In one transaction: what [`ImageCatalog::accept`] does, and `store_upload` of `changed` with the accepted image's
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

/// A job that nobody will try again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub envelope: Envelope,
    /// Why it was given up.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// The dead letters of the queue, with their reasons.
#[async_trait]
pub trait DeadLetterCatalog: Send + Sync {
    /// Stores a dead letter; one of the same job is there once, with what was said of it last.
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError>;

    /// The dead letter of this job.
    async fn dead_letter(&self, id: JobId) -> Result<Option<DeadLetter>, PortError>;

    /// At most `limit` dead letters, newest first.
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, PortError>;

    /// How many there are.
    async fn count_dead_letters(&self) -> Result<u64, PortError>;

    /// In one transaction: removes the dead letters of these jobs, and puts the jobs in the outbox to be sent anew.
    /// Returns the ids that were found.
    async fn redrive(&self, ids: &[JobId]) -> Result<Vec<JobId>, PortError>;
}

/// A message that is to be posted to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Where to, and with which secret; as it was when the message was claimed.
    pub webhook: Webhook,
    /// What happened.
    pub event: Event,
    /// How often it was tried before.
    pub attempts: u32,
    /// When it was due for the first time.
    pub first_due_at: Timestamp,
}

/// Rows of webhooks, and of the messages that wait for them.
#[async_trait]
pub trait WebhookCatalog: Send + Sync {
    /// Every webhook, oldest first.
    async fn webhooks(&self) -> Result<Vec<Webhook>, PortError>;

    /// One webhook.
    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, PortError>;

    /// Stores a new webhook.
    async fn add_webhook(&self, webhook: &Webhook) -> Result<(), PortError>;

    /// Stores a changed webhook, if the stored version is the one before `changed.version`. Where it is disabled, the
    /// messages that wait for it are removed.
    async fn store_webhook(&self, changed: &Webhook) -> Result<Stored, PortError>;

    /// Removes a webhook and the messages that wait for it. False where there is no such webhook.
    async fn remove_webhook(&self, id: WebhookId) -> Result<bool, PortError>;

    /// Adds a message, due at `now`, for each of these events of the log and each enabled webhook that wants its kind; one
    /// that waits already is not added again.
    async fn add_webhook_messages(&self, events: &[Event], now: Timestamp) -> Result<(), PortError>;

    /// The enabled webhooks for which a message is due at `now`.
    async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<Webhook>, PortError>;

    /// At most `limit` messages for this webhook that are due at `now`, the longest due first; they become due again at
    /// `until`, unless [`Self::settle_webhook_message`] says otherwise before. No two callers get the same message before
    /// that.
    async fn claim_webhook_messages(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookMessage>, PortError>;

    /// A message is done with, and is removed (`due_again_at` none), or it failed and is due again at that instant.
    async fn settle_webhook_message(
        &self,
        webhook: WebhookId,
        sequence: u64,
        due_again_at: Option<Timestamp>,
    ) -> Result<(), PortError>;

    /// How many messages wait for this webhook.
    async fn waiting_webhook_messages(&self, webhook: WebhookId) -> Result<u64, PortError>;
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
    /// The oldest `limit` messages whose position is above `after`, those that cannot be read included.
    async fn outbox(&self, after: u64, limit: u32) -> Result<Vec<OutboxItem>, PortError>;

    /// In one transaction: writes the events among `items` to the log, each with the next sequence, and removes all
    /// `items` from the outbox, but for those that cannot be read. Only the holder of the relay's lease calls it.
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
pub trait Catalog:
    ImageCatalog
    + DirectUploadCatalog
    + AccountCatalog
    + PresetCatalog
    + OutboxCatalog
    + DeadLetterCatalog
    + WebhookCatalog
    + LeaseCatalog
{
    /// Whether the catalog can be reached; for readiness.
    async fn ping(&self) -> Result<(), PortError>;
}
