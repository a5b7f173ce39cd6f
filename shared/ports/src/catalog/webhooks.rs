//! Rows of webhooks, and of the messages that wait for them.

use async_trait::async_trait;
use domain::{Event, Webhook, WebhookId};
use jiff::Timestamp;

use super::Stored;
use crate::PortError;

/// A message that is to be posted to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookMessage {
    /// Where to, and with which secret; as it was when the message was claimed.
    pub webhook: Webhook,
    /// What happened.
    pub event: Event,
    /// How often it was claimed before.
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
    /// that waits already is not added again. In the same transaction the events, which follow each other, are marked as put
    /// down.
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
