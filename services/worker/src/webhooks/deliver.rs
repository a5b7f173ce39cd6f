//! One message, from its claim to its end.

use domain::{Webhook, WebhookId, WebhookPost, WebhookState};
use jiff::Timestamp;
use ports::{PortError, PostAnswer, PostFailed, Stored, WebhookMessage, random_bytes};
use tracing::{Instrument, Span, debug_span, info, warn};

use super::schedule::next_attempt;
use crate::Worker;

/// How often a change is tried against others before it is given up: each round means that another one succeeded.
const MAX_ROUNDS: u32 = 16;

/// A webhook that takes messages is not written down anew for each of them.
const DELIVERED_AT_SECONDS: i64 = 10;

/// What an attempt came to.
enum Outcome {
    Taken,
    /// The receiver wants no more messages at all.
    Gone,
    Failed {
        why: String,
        retry_after: Option<std::time::Duration>,
    },
}

impl From<Result<PostAnswer, PostFailed>> for Outcome {
    fn from(posted: Result<PostAnswer, PostFailed>) -> Self {
        let (why, retry_after) = match posted {
            Ok(PostAnswer {
                status: 200..=299, ..
            }) => return Self::Taken,
            Ok(PostAnswer { status: 410, .. }) => return Self::Gone,
            Ok(PostAnswer {
                status: status @ 300..=399,
                ..
            }) => (
                format!(
                    "It answered {status}: redirects are not followed, so give the webhook its new address."
                ),
                None,
            ),
            Ok(PostAnswer { status, retry_after }) => (format!("It answered {status}."), retry_after),
            Err(PostFailed(why)) => (why, None),
        };
        Self::Failed { why, retry_after }
    }
}

impl Worker {
    /// Posts a message that was claimed, and writes down what came of it.
    pub(super) async fn deliver(&self, message: WebhookMessage) -> Result<(), PortError> {
        let WebhookMessage {
            webhook,
            mut event,
            attempts,
            first_due_at,
        } = message;
        let step = match event.traceparent {
            Some(_) => debug_span!("webhook.post", otel.kind = "client", webhook.id = %webhook.id),
            None => Span::none(),
        };
        telemetry::follow(&step, &mut event.traceparent);
        let post = WebhookPost::of_event(&webhook, &event, self.clock.now());
        let outcome = Outcome::from(self.poster.post(&post).instrument(step).await);
        let now = self.clock.now();
        let settle = |due_again_at| {
            self.catalog
                .settle_webhook_message(webhook.id, event.sequence, due_again_at)
        };
        match outcome {
            Outcome::Taken => {
                settle(None).await?;
                info!(webhook.id = %webhook.id, event.id = %event.id, webhook.attempt = attempts + 1, "a webhook took a message");
                self.change_webhook(&webhook, |webhook| took(webhook, now))
                    .await?;
            }
            Outcome::Gone => {
                warn!(webhook.id = %webhook.id, "a webhook is disabled: it answered 410 Gone");
                let why = "It answered 410 Gone: it wants no more messages.";
                self.change_webhook(&webhook, |webhook| disabled(webhook, why.into()))
                    .await?;
            }
            Outcome::Failed { why, retry_after } => {
                warn!(webhook.id = %webhook.id, event.id = %event.id, webhook.attempt = attempts + 1, webhook.reason = %why, "a webhook did not take a message");
                let [random] = random_bytes(&*self.entropy);
                match next_attempt(first_due_at, now, attempts, random, retry_after) {
                    Some(at) => {
                        settle(Some(at)).await?;
                        self.change_webhook(&webhook, |webhook| failed(webhook, &why, now))
                            .await?;
                    }
                    None => {
                        self.run_out(&webhook, &why, first_due_at).await?;
                        // Where the webhook was disabled the message is gone already.
                        settle(None).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A message was tried for as long as any is. Where nothing else was taken meanwhile either, nobody is there any more.
    async fn run_out(&self, webhook: &Webhook, why: &str, first_due_at: Timestamp) -> Result<(), PortError> {
        let changed = self
            .change_webhook(webhook, |webhook| {
                if webhook.delivered_at.is_some_and(|at| at >= first_due_at) {
                    let mut changed = webhook.clone();
                    changed.last_error = Some(format!("A message was given up after 24 hours. {why}"));
                    return Some(changed);
                }
                disabled(webhook, format!("It took no message for 24 hours. {why}"))
            })
            .await?;
        match changed {
            Some(WebhookState::Disabled) => {
                warn!(webhook.id = %webhook.id, "a webhook is disabled: it took no message for 24 hours");
            }
            _ => warn!(webhook.id = %webhook.id, "a message for a webhook was given up after 24 hours"),
        }
        Ok(())
    }

    /// Changes the webhook as `change` says, as long as it is the one that was posted to; its state then. None where it is
    /// left as it is.
    async fn change_webhook(
        &self,
        posted_to: &Webhook,
        change: impl Fn(&Webhook) -> Option<Webhook> + Send,
    ) -> Result<Option<WebhookState>, PortError> {
        let id: WebhookId = posted_to.id;
        for _ in 0..MAX_ROUNDS {
            let Some(webhook) = self.catalog.webhook(id).await? else {
                return Ok(None);
            };
            // What an address did says nothing of the one that somebody has put in its place.
            if webhook.url != posted_to.url || webhook.state == WebhookState::Disabled {
                return Ok(None);
            }
            let Some(mut changed) = change(&webhook) else {
                return Ok(None);
            };
            changed.version = webhook.version + 1;
            changed.updated_at = self.clock.now();
            if self.catalog.store_webhook(&changed).await? == Stored::Yes {
                return Ok(Some(changed.state));
            }
        }
        Err(PortError::unavailable("the webhook")("others kept changing it"))
    }
}

fn took(webhook: &Webhook, now: Timestamp) -> Option<Webhook> {
    let is_recent = |at: Timestamp| now.duration_since(at).as_secs() < DELIVERED_AT_SECONDS;
    if webhook.last_error.is_none() && webhook.delivered_at.is_some_and(is_recent) {
        return None;
    }
    Some(Webhook {
        failing_since: None,
        last_error: None,
        delivered_at: Some(now),
        ..webhook.clone()
    })
}

fn failed(webhook: &Webhook, why: &str, now: Timestamp) -> Option<Webhook> {
    if webhook.failing_since.is_some() && webhook.last_error.as_deref() == Some(why) {
        return None;
    }
    Some(Webhook {
        failing_since: webhook.failing_since.or(Some(now)),
        last_error: Some(why.to_owned()),
        ..webhook.clone()
    })
}

fn disabled(webhook: &Webhook, why: String) -> Option<Webhook> {
    Some(Webhook {
        state: WebhookState::Disabled,
        last_error: Some(why),
        ..webhook.clone()
    })
}
