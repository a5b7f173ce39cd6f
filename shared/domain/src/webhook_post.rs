//! What is posted to a webhook, by the Standard Webhooks specification 1.0.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>). `docs/webhooks.md` tells
//! it to receivers, and `tests/webhooks/vectors.json` has examples.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;

use crate::{Event, EventId, Webhook, WebhookSecret};

/// What a secret's text begins with, so that people and scanners of leaked secrets can tell.
const SECRET_PREFIX: &str = "whsec_";

/// How many bytes a secret may have, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The `type` of the message that somebody sends to see whether their receiver works.
const TEST_KIND: &str = "webhook.test";

/// The text is not a webhook's secret. It may be one that was mistyped, and is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook's secret: expected whsec_ and base64 of 24 to 64 bytes")]
pub struct InvalidWebhookSecret;

impl WebhookSecret {
    /// The secret as its receiver is given it, once: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(self.as_bytes()))
    }

    /// The value of `webhook-signature` for a message: HMAC-SHA256 over `{id}.{timestamp}.{body}`.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp_s}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for WebhookSecret {
    type Err = InvalidWebhookSecret;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookSecret> {
        text.strip_prefix(SECRET_PREFIX)
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .filter(|bytes| SECRET_BYTES.contains(&bytes.len()))
            .map(Self::from_bytes)
            .ok_or(InvalidWebhookSecret)
    }
}

/// A message, signed and ready to be posted.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookPost {
    /// Where to.
    pub url: String,
    /// `webhook-id`: of the event, the same however often it is tried.
    pub id: String,
    /// `webhook-timestamp`: of this attempt, in seconds since 1970.
    pub timestamp_s: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON: `type`, `timestamp` of the event, `data`.
    pub body: Vec<u8>,
    /// `traceparent`: the step of a trace that this attempt is (W3C Trace Context), where it is one. It is not signed.
    pub traceparent: Option<String>,
}

impl fmt::Debug for WebhookPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may hold a token.
        f.debug_struct("WebhookPost")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl WebhookPost {
    /// What tells `webhook` of `event`, attempted at `now`.
    ///
    /// It says which image it is about and nothing more of it: so every attempt says the same, and whoever may not ask the
    /// api learns nothing.
    pub fn of_event(webhook: &Webhook, event: &Event, now: Timestamp) -> Self {
        let body = json!({
            "type": event.kind,
            "timestamp": event.at,
            "data": { "image_id": event.image_id, "sequence": event.sequence },
        });
        Self {
            traceparent: event.traceparent.clone(),
            ..Self::signed(webhook, event.id, now, &body)
        }
    }

    /// What shows whether the receiver works, attempted at `now`.
    pub fn test(webhook: &Webhook, id: EventId, now: Timestamp) -> Self {
        let body = json!({
            "type": TEST_KIND,
            "timestamp": now,
            "data": { "webhook_id": webhook.id },
        });
        Self::signed(webhook, id, now, &body)
    }

    fn signed(webhook: &Webhook, id: EventId, now: Timestamp, body: &serde_json::Value) -> Self {
        let (id, timestamp_s) = (id.to_string(), now.as_second());
        let body = body.to_string().into_bytes();
        Self {
            url: webhook.url.clone(),
            signature: webhook.secret.sign(&id, timestamp_s, &body),
            id,
            timestamp_s,
            body,
            traceparent: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventKind, ImageId, WebhookId, WebhookState};

    fn webhook() -> Webhook {
        let at = Timestamp::UNIX_EPOCH;
        Webhook {
            id: WebhookId::new(at, [1; 10]),
            version: 1,
            url: "https://example.org/hook?token=hidden".into(),
            kinds: Vec::new(),
            secret: WebhookSecret::from_bytes(vec![7; 32]),
            state: WebhookState::Enabled,
            failing_since: None,
            last_error: None,
            delivered_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn every_attempt_at_an_event_says_the_same_under_a_time_of_its_own() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let event = Event {
            id: EventId::new(at, [2; 10]),
            sequence: 41,
            kind: EventKind::Ready,
            image_id: ImageId::new(at, [3; 10]),
            at,
            traceparent: None,
        };
        let first = WebhookPost::of_event(&webhook(), &event, at);
        let later = Timestamp::from_second(1_790_000_300).unwrap();
        let second = WebhookPost::of_event(&webhook(), &event, later);
        assert_eq!((&first.id, &first.body), (&second.id, &second.body));
        assert_eq!(second.timestamp_s, first.timestamp_s + 300);
        assert_ne!(first.signature, second.signature);
        let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(
            body,
            json!({
                "type": "image.ready",
                "timestamp": at.to_string(),
                "data": { "image_id": event.image_id, "sequence": 41 },
            })
        );
    }

    #[test]
    fn a_secret_is_read_as_it_is_written_and_shown_nowhere_else() {
        let secret = webhook().secret;
        assert_eq!(secret.reveal().parse(), Ok(secret.clone()));
        let post = WebhookPost::test(
            &webhook(),
            EventId::new(Timestamp::UNIX_EPOCH, [2; 10]),
            Timestamp::UNIX_EPOCH,
        );
        let shown = format!("{secret:?} {:?} {post:?}", webhook());
        assert!(!shown.contains(&secret.reveal()[6..]), "{shown}");
        assert!(!format!("{post:?}").contains("token"));
        for wrong in [
            "",
            "whsec_",
            "whsec_MTIz",
            "whsec_!",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(
                wrong.parse::<WebhookSecret>(),
                Err(InvalidWebhookSecret),
                "{wrong}"
            );
        }
    }
}
