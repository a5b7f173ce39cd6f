//! The catalog.

use std::sync::Arc;

use domain::{
    ApiKey, BlobKey, DirectUpload, EmailAddress, Event, Image, ImageId, JobId, NewImage, OutboxItem, Preset,
    PresetName, Session, UploadId, User, UserId, Webhook, WebhookId,
};
use jiff::Timestamp;
use ports::{Accepted, Catalog, DeadLetter, ImageView, PresetStored, Stored, WebhookMessage};

use super::traced;

/// A catalog whose calls are steps of traces.
#[derive(Clone)]
pub struct TracedCatalog(Arc<dyn Catalog>);

impl TracedCatalog {
    /// `catalog`, traced.
    pub const fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self(catalog)
    }
}

traced!("catalog", ImageCatalog for TracedCatalog {
    fn image(id: ImageId) -> Option<Image>;
    fn images(view: ImageView, before: Option<ImageId>, limit: u32) -> Vec<Image>;
    fn trashed_before(instant: Timestamp, limit: u32) -> Vec<Image>;
    fn has_original(key: &BlobKey) -> bool;
    stores fn accept(image: &NewImage) -> Accepted;
    stores fn store(changed: &Image) -> Stored;
    stores fn remove(id: ImageId) -> Option<BlobKey>;
});

traced!("catalog", PresetCatalog for TracedCatalog {
    fn presets() -> Vec<Preset>;
    fn preset(name: &PresetName) -> Option<Preset>;
    stores fn store_preset(preset: &Preset, limit: u32) -> PresetStored;
    stores fn remove_preset(name: &PresetName) -> bool;
});

traced!("catalog", DirectUploadCatalog for TracedCatalog {
    fn add_upload(upload: &DirectUpload) -> DirectUpload;
    fn upload(id: UploadId) -> Option<DirectUpload>;
    fn open_uploads(owner: UserId, limit: u32) -> Vec<DirectUpload>;
    fn expired_uploads(instant: Timestamp, limit: u32) -> Vec<DirectUpload>;
    fn remove_upload(id: UploadId) -> ();
    stores fn store_upload(changed: &DirectUpload) -> Stored;
    stores fn accept_upload(changed: &DirectUpload, image: &NewImage) -> Option<Accepted>;
});

traced!("catalog", AccountCatalog for TracedCatalog {
    fn add_user(user: &User) -> bool;
    fn user(id: UserId) -> Option<User>;
    fn user_by_email(email: &EmailAddress) -> Option<User>;
    fn has_admin() -> bool;
    fn replace_setup_token(token_hash: &[u8; 32]) -> ();
    fn set_up(token_hash: &[u8; 32], admin: &User) -> bool;
    fn add_session(session: &Session) -> ();
    fn session_user(token_hash: &[u8; 32], now: Timestamp) -> Option<User>;
    fn remove_session(token_hash: &[u8; 32]) -> ();
    fn remove_ended_sessions(now: Timestamp) -> ();
    fn add_api_key(key: &ApiKey) -> ();
    fn api_key(key_hash: &[u8; 32]) -> Option<ApiKey>;
});

traced!("catalog", OutboxCatalog for TracedCatalog {
    fn outbox(after: u64, limit: u32) -> Vec<OutboxItem>;
    fn settle(items: &[OutboxItem]) -> ();
    fn events_to_put_down(limit: u32) -> Vec<Event>;
    fn unpublished_events(limit: u32) -> Vec<Event>;
    fn mark_published(sequence: u64) -> ();
    fn events_after(sequence: u64, limit: u32) -> Vec<Event>;
    fn last_sequence() -> u64;
    fn forget_events_before(instant: Timestamp) -> ();
});

traced!("catalog", DeadLetterCatalog for TracedCatalog {
    fn bury(letter: &DeadLetter) -> ();
    fn dead_letter(id: JobId) -> Option<DeadLetter>;
    fn dead_letters(limit: u32) -> Vec<DeadLetter>;
    fn count_dead_letters() -> u64;
    fn redrive(ids: &[JobId]) -> Vec<JobId>;
    fn dismiss(ids: &[JobId]) -> Vec<JobId>;
});

traced!("catalog", WebhookCatalog for TracedCatalog {
    fn webhooks() -> Vec<Webhook>;
    fn webhook(id: WebhookId) -> Option<Webhook>;
    fn add_webhook(webhook: &Webhook) -> ();
    fn store_webhook(changed: &Webhook) -> Stored;
    fn remove_webhook(id: WebhookId) -> bool;
    fn add_webhook_messages(events: &[Event], now: Timestamp) -> ();
    fn due_webhooks(now: Timestamp) -> Vec<Webhook>;
    fn claim_webhook_messages(webhook: WebhookId, now: Timestamp, until: Timestamp, limit: u32) -> Vec<WebhookMessage>;
    fn settle_webhook_message(webhook: WebhookId, sequence: u64, due_again_at: Option<Timestamp>) -> ();
    fn waiting_webhook_messages(webhook: WebhookId) -> u64;
});

traced!("catalog", LeaseCatalog for TracedCatalog {
    fn hold_lease(name: &str, holder: &str, now: Timestamp, until: Timestamp) -> bool;
    fn release_lease(name: &str, holder: &str) -> ();
});

traced!("catalog", Catalog for TracedCatalog {
    fn ping() -> ();
});
