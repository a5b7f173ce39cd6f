//! Webhooks, and the messages that wait for them.

use async_trait::async_trait;
use domain::{Event, EventKind, Webhook, WebhookId, WebhookSecret, WebhookState};
use jiff::Timestamp;
use ports::{PortError, Stored, WebhookCatalog, WebhookMessage};
use uuid::Uuid;

use super::{SqlCatalog, failed, outbox::stored_kind};
use crate::values::{corrupt, instant, named, row, signed, unsigned};

/// The columns of a webhook, for every statement that reads whole webhooks.
macro_rules! select_webhooks {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, version, url, kinds, secret, state, failing_since, last_error, delivered_at, created_at, ",
            "updated_at FROM webhooks ",
            $($rest),+
        )
    };
}

row! {
    struct WebhookRow {
        id: Uuid,
        version: i64,
        url: String,
        kinds: String,
        secret: Vec<u8>,
        state: String,
        failing_since: Option<i64>,
        last_error: Option<String>,
        delivered_at: Option<i64>,
        created_at: i64,
        updated_at: i64,
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = PortError;

    fn try_from(row: WebhookRow) -> Result<Self, PortError> {
        Ok(Self {
            id: WebhookId::from_uuid(row.id),
            version: unsigned(row.version)?,
            url: row.url,
            kinds: row
                .kinds
                .split_whitespace()
                .map(stored_kind)
                .collect::<Result<_, _>>()?,
            secret: WebhookSecret::from_bytes(row.secret),
            state: named::<WebhookState>(&row.state)?,
            failing_since: row.failing_since.map(instant).transpose()?,
            last_error: row.last_error,
            delivered_at: row.delivered_at.map(instant).transpose()?,
            created_at: instant(row.created_at)?,
            updated_at: instant(row.updated_at)?,
        })
    }
}

row! {
    struct MessageRow {
        sequence: i64,
        event: String,
        attempts: i64,
        first_due_at: i64,
    }
}

impl MessageRow {
    fn message(self, webhook: Webhook) -> Result<WebhookMessage, PortError> {
        Ok(WebhookMessage {
            webhook,
            event: serde_json::from_str(&self.event)
                .map_err(|error| corrupt(format!("webhook message {}: {error}", self.sequence)))?,
            attempts: self
                .attempts
                .try_into()
                .map_err(|_| corrupt("a number of attempts out of range"))?,
            first_due_at: instant(self.first_due_at)?,
        })
    }
}

fn webhooks(rows: Vec<WebhookRow>) -> Result<Vec<Webhook>, PortError> {
    rows.into_iter().map(Webhook::try_from).collect()
}

fn kind_names(kinds: &[EventKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" ")
}

#[async_trait]
impl WebhookCatalog for SqlCatalog {
    async fn webhooks(&self) -> Result<Vec<Webhook>, PortError> {
        webhooks(
            self.read(|mut conn| async move {
                sqlx::query_as(select_webhooks!("ORDER BY id"))
                    .fetch_all(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?,
        )
    }

    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, WebhookRow>(select_webhooks!("WHERE id = ?"))
                .bind(id.as_uuid())
                .fetch_optional(&mut *conn)
                .await
                .map_err(failed)
        })
        .await?
        .map(Webhook::try_from)
        .transpose()
    }

    async fn add_webhook(&self, webhook: &Webhook) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            sqlx::query(
                "INSERT INTO webhooks (id, version, url, kinds, secret, state, failing_since, last_error,
                     delivered_at, created_at, updated_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(webhook.id.as_uuid())
            .bind(signed(webhook.version))
            .bind(&webhook.url)
            .bind(kind_names(&webhook.kinds))
            .bind(webhook.secret.as_bytes())
            .bind(webhook.state.name())
            .bind(webhook.failing_since.map(Timestamp::as_microsecond))
            .bind(webhook.last_error.as_deref())
            .bind(webhook.delivered_at.map(Timestamp::as_microsecond))
            .bind(webhook.created_at.as_microsecond())
            .bind(webhook.updated_at.as_microsecond())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            tx.keep(())
        })
        .await
    }

    async fn store_webhook(&self, changed: &Webhook) -> Result<Stored, PortError> {
        self.write(|mut tx| async move {
            let stored = sqlx::query(
            "UPDATE webhooks SET version = ?, url = ?, kinds = ?, secret = ?, state = ?, failing_since = ?,
                 last_error = ?, delivered_at = ?, updated_at = ?
             WHERE id = ? AND version = ?",
        )
        .bind(signed(changed.version))
        .bind(&changed.url)
        .bind(kind_names(&changed.kinds))
        .bind(changed.secret.as_bytes())
        .bind(changed.state.name())
        .bind(changed.failing_since.map(Timestamp::as_microsecond))
        .bind(changed.last_error.as_deref())
        .bind(changed.delivered_at.map(Timestamp::as_microsecond))
        .bind(changed.updated_at.as_microsecond())
        .bind(changed.id.as_uuid())
        .bind(signed(changed.version) - 1)
        .execute(&mut *tx)
        .await
        .map_err(failed)?
        .rows_affected();
            if stored == 0 {
                return tx.undo(Stored::Conflict);
            }
            if changed.state == WebhookState::Disabled {
                sqlx::query("DELETE FROM webhook_messages WHERE webhook_id = ?")
                    .bind(changed.id.as_uuid())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
            }
            tx.keep(Stored::Yes)
        })
        .await
    }

    async fn remove_webhook(&self, id: WebhookId) -> Result<bool, PortError> {
        self.write(|mut tx| async move {
            // First the webhook, as everywhere, then its messages: in any other order two transactions
            // could wait for each other.
            let known: Option<Uuid> =
                sqlx::query_scalar(concat!("SELECT id FROM webhooks WHERE id = ?", for_update!()))
                    .bind(id.as_uuid())
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(failed)?;
            if known.is_none() {
                return tx.undo(false);
            }
            sqlx::query("DELETE FROM webhook_messages WHERE webhook_id = ?")
                .bind(id.as_uuid())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            sqlx::query("DELETE FROM webhooks WHERE id = ?")
                .bind(id.as_uuid())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            tx.keep(true)
        })
        .await
    }

    async fn add_webhook_messages(&self, events: &[Event], now: Timestamp) -> Result<(), PortError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        self.write(|mut tx| async move {
            let enabled = webhooks(
                sqlx::query_as(select_webhooks!(
                    "WHERE state = 'enabled' ORDER BY id",
                    for_update!()
                ))
                .fetch_all(&mut *tx)
                .await
                .map_err(failed)?,
            )?;
            for event in events {
                let text = serde_json::to_string(event).map_err(|error| corrupt(error.to_string()))?;
                let wanted =
                    |webhook: &&Webhook| webhook.kinds.is_empty() || webhook.kinds.contains(&event.kind);
                for webhook in enabled.iter().filter(wanted) {
                    sqlx::query(concat!(
                        "INSERT INTO webhook_messages
                             (webhook_id, sequence, event, attempts, first_due_at, due_at)
                         VALUES (?, ?, ?, 0, ?, ?)",
                        if_new!("webhook_id")
                    ))
                    .bind(webhook.id.as_uuid())
                    .bind(signed(event.sequence))
                    .bind(&text)
                    .bind(now.as_microsecond())
                    .bind(now.as_microsecond())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
                }
            }
            sqlx::query("UPDATE events SET put_down = 1 WHERE sequence BETWEEN ? AND ?")
                .bind(signed(first.sequence))
                .bind(signed(last.sequence))
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            tx.keep(())
        })
        .await
    }

    async fn due_webhooks(&self, now: Timestamp) -> Result<Vec<Webhook>, PortError> {
        webhooks(
            self.read(|mut conn| async move {
                sqlx::query_as(select_webhooks!(
                    "WHERE state = 'enabled' AND EXISTS
                     (SELECT 1 FROM webhook_messages WHERE webhook_id = webhooks.id AND due_at <= ?)
                 ORDER BY id"
                ))
                .bind(now.as_microsecond())
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)
            })
            .await?,
        )
    }

    async fn claim_webhook_messages(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<WebhookMessage>, PortError> {
        self.write(|mut tx| async move {
            let webhook: Option<WebhookRow> =
                sqlx::query_as(select_webhooks!("WHERE id = ? AND state = 'enabled'"))
                    .bind(webhook.as_uuid())
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(failed)?;
            let Some(webhook) = webhook.map(Webhook::try_from).transpose()? else {
                return tx.undo(Vec::new());
            };
            let due: Vec<MessageRow> = sqlx::query_as(concat!(
                "SELECT sequence, event, attempts, first_due_at FROM webhook_messages
             WHERE webhook_id = ? AND due_at <= ? ORDER BY due_at, sequence LIMIT ?",
                skip_locked!()
            ))
            .bind(webhook.id.as_uuid())
            .bind(now.as_microsecond())
            .bind(limit)
            .fetch_all(&mut *tx)
            .await
            .map_err(failed)?;
            let mut messages = Vec::with_capacity(due.len());
            for row in due {
                sqlx::query(
                    "UPDATE webhook_messages SET attempts = attempts + 1, due_at = ?
                     WHERE webhook_id = ? AND sequence = ?",
                )
                .bind(until.as_microsecond())
                .bind(webhook.id.as_uuid())
                .bind(row.sequence)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
                messages.push(row.message(webhook.clone())?);
            }
            tx.keep(messages)
        })
        .await
    }

    async fn settle_webhook_message(
        &self,
        webhook: WebhookId,
        sequence: u64,
        due_again_at: Option<Timestamp>,
    ) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            let settled = match due_again_at {
                Some(instant) => sqlx::query(
                    "UPDATE webhook_messages SET due_at = ? WHERE webhook_id = ? AND sequence = ?",
                )
                .bind(instant.as_microsecond()),
                None => sqlx::query("DELETE FROM webhook_messages WHERE webhook_id = ? AND sequence = ?"),
            };
            settled
                .bind(webhook.as_uuid())
                .bind(signed(sequence))
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }

    async fn waiting_webhook_messages(&self, webhook: WebhookId) -> Result<u64, PortError> {
        let count: i64 = self
            .read(|mut conn| async move {
                sqlx::query_scalar("SELECT COUNT(*) FROM webhook_messages WHERE webhook_id = ?")
                    .bind(webhook.as_uuid())
                    .fetch_one(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?;
        unsigned(count)
    }
}
