//! Webhooks: addresses of others that are told of events.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventKind, WebhookId};

/// Whether a webhook is told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookState {
    /// It is told.
    Enabled,
    /// It is not told any more: it failed for too long, or somebody said so.
    Disabled,
}

impl WebhookState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Enabled, Self::Disabled];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for WebhookState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for WebhookState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// The key that a webhook's messages are signed with. It is shown once and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    /// The secret of these bytes; Standard Webhooks asks for 24 to 64.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes that are the key of HMAC-SHA256.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(hidden)")
    }
}

/// An address that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Goes up by one with every change; a change names the version it was made on.
    pub version: u64,
    /// Where messages are posted.
    pub url: String,
    /// Of which events; of all where there are none.
    pub kinds: Vec<EventKind>,
    /// What messages are signed with.
    pub secret: WebhookSecret,
    /// Whether it is told.
    pub state: WebhookState,
    /// Since when every message failed; none after one that did not.
    pub failing_since: Option<Timestamp>,
    /// What went wrong last, while it fails or where it was disabled for that.
    pub last_error: Option<String>,
    /// When it last took a message.
    pub delivered_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
