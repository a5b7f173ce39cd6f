//! Webhooks.

use std::fmt;

use domain::{WebhookId, WebhookState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A webhook, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookResource {
    /// Its id.
    pub id: WebhookId,
    /// Goes up by one with every change, from 1; what becomes of its messages changes it, too.
    pub version: u64,
    /// Where messages are posted.
    pub url: String,
    /// Of which events it is told; of all where there are none.
    pub kinds: Vec<String>,
    /// Whether it is told.
    pub state: WebhookState,
    /// Since when every message failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// What went wrong last, while it fails or where it was disabled for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it last took a message, to ten seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// How many messages wait for it.
    pub waiting: u64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// `GET /api/v1/webhooks`: all of them, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookList {
    /// The webhooks.
    pub webhooks: Vec<WebhookResource>,
}

/// `POST /api/v1/webhooks`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddWebhookRequest {
    /// Where messages are to be posted.
    pub url: String,
    /// Of which events, such as `image.ready`; of all where it is left out or empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// The answer: the webhook, and this once its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookResource,
    /// What its messages are signed with: `whsec_` and base64.
    pub secret: String,
}

impl fmt::Debug for AddedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddedWebhook")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

/// `PATCH /api/v1/webhooks/{id}`: what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeWebhookRequest {
    /// Where messages are to be posted from now on, those that wait included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of which events; of all where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// `enabled` or `disabled`; disabled, it forgets the messages that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The version the change was made on: refused with 409 where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// `POST /api/v1/webhooks/{id}/test`: what came of a message of the type `webhook.test` that was posted now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTrial {
    /// Whether the receiver took it.
    pub taken: bool,
    /// What it answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it was not taken, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How long that took.
    pub duration_ms: u64,
}
