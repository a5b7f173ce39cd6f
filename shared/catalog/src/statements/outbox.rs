//! The outbox, and the log of events.

use async_trait::async_trait;
use domain::{Event, EventId, EventKind, ImageId, OutboxItem, OutboxMessage, UnreadableMessage};
use jiff::Timestamp;
use ports::{OutboxCatalog, PortError};
use uuid::Uuid;

use super::{Connection, SqlCatalog, failed};
use crate::values::{corrupt, instant, row, signed, unsigned};

row! {
    struct OutboxRow {
        position: i64,
        topic: String,
        message: String,
    }
}

impl TryFrom<OutboxRow> for OutboxItem {
    type Error = PortError;

    fn try_from(row: OutboxRow) -> Result<Self, PortError> {
        let unreadable = |error: serde_json::Error| UnreadableMessage(error.to_string());
        let message = match row.topic.as_str() {
            "job" => serde_json::from_str(&row.message)
                .map(OutboxMessage::Job)
                .map_err(unreadable),
            "event" => serde_json::from_str(&row.message)
                .map(OutboxMessage::Event)
                .map_err(unreadable),
            topic => Err(UnreadableMessage(format!("unknown topic {topic:?}"))),
        };
        Ok(Self {
            position: unsigned(row.position)?,
            message,
        })
    }
}

row! {
    struct EventRow {
        sequence: i64,
        id: Uuid,
        kind: String,
        image_id: Uuid,
        at: i64,
        traceparent: Option<String>,
    }
}

/// Also one of a later release.
pub(crate) fn stored_kind(name: &str) -> Result<EventKind, PortError> {
    EventKind::stored(name).ok_or_else(|| corrupt(format!("{name:?} is no kind of event")))
}

impl TryFrom<EventRow> for Event {
    type Error = PortError;

    fn try_from(row: EventRow) -> Result<Self, PortError> {
        Ok(Self {
            id: EventId::from_uuid(row.id),
            sequence: unsigned(row.sequence)?,
            kind: stored_kind(&row.kind)?,
            image_id: ImageId::from_uuid(row.image_id),
            at: instant(row.at)?,
            traceparent: row.traceparent,
        })
    }
}

/// Adds messages to the outbox, in the transaction of the rows they speak of.
pub(crate) async fn write_messages(tx: &mut Connection, messages: &[OutboxMessage]) -> Result<(), PortError> {
    for message in messages {
        let (topic, text) = match message {
            OutboxMessage::Job(envelope) => ("job", serde_json::to_string(envelope)),
            OutboxMessage::Event(event) => ("event", serde_json::to_string(event)),
        };
        sqlx::query("INSERT INTO outbox (topic, message) VALUES (?, ?)")
            .bind(topic)
            .bind(text.map_err(|error| corrupt(error.to_string()))?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

async fn last_sequence(conn: &mut Connection) -> Result<i64, PortError> {
    sqlx::query_scalar("SELECT COALESCE(MAX(sequence), 0) FROM events")
        .fetch_one(conn)
        .await
        .map_err(failed)
}

#[async_trait]
impl OutboxCatalog for SqlCatalog {
    async fn outbox(&self, after: u64, limit: u32) -> Result<Vec<OutboxItem>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, OutboxRow>(
                "SELECT position, topic, message FROM outbox WHERE position > ? ORDER BY position LIMIT ?",
            )
            .bind(signed(after))
            .bind(limit)
            .fetch_all(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .into_iter()
        .map(OutboxItem::try_from)
        .collect()
    }

    async fn settle(&self, items: &[OutboxItem]) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            let mut sequence = last_sequence(&mut tx).await?;
            for item in items {
                let Ok(message) = &item.message else { continue };
                let removed = sqlx::query("DELETE FROM outbox WHERE position = ?")
                    .bind(signed(item.position))
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?
                    .rows_affected();
                // Another relay, which thought that it held the lease, was here first.
                let OutboxMessage::Event(event) = message else {
                    continue;
                };
                if removed == 0 {
                    continue;
                }
                sequence += 1;
                sqlx::query(
                    "INSERT INTO events (sequence, id, kind, image_id, at, traceparent, published)
                 VALUES (?, ?, ?, ?, ?, ?, 0)",
                )
                .bind(sequence)
                .bind(event.id.as_uuid())
                .bind(event.kind.name())
                .bind(event.image_id.as_uuid())
                .bind(event.at.as_microsecond())
                .bind(&event.traceparent)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            }
            tx.keep(())
        })
        .await
    }

    async fn events_to_put_down(&self, limit: u32) -> Result<Vec<Event>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, EventRow>(
                "SELECT sequence, id, kind, image_id, at, traceparent FROM events
                 WHERE published = 0 AND put_down = 0 ORDER BY sequence LIMIT ?",
            )
            .bind(limit)
            .fetch_all(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .into_iter()
        .map(Event::try_from)
        .collect()
    }

    async fn unpublished_events(&self, limit: u32) -> Result<Vec<Event>, PortError> {
        self.read(|mut conn| async move { sqlx::query_as::<_, EventRow>(
            "SELECT sequence, id, kind, image_id, at, traceparent FROM events WHERE published = 0 ORDER BY sequence LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed) }).await?
        .into_iter()
        .map(Event::try_from)
        .collect()
    }

    async fn mark_published(&self, sequence: u64) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            sqlx::query("UPDATE events SET published = 1 WHERE published = 0 AND sequence <= ?")
                .bind(signed(sequence))
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }

    async fn events_after(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, PortError> {
        self.read(|mut conn| async move { sqlx::query_as::<_, EventRow>(
            "SELECT sequence, id, kind, image_id, at, traceparent FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        )
        .bind(signed(sequence))
        .bind(limit)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed) }).await?
        .into_iter()
        .map(Event::try_from)
        .collect()
    }

    async fn last_sequence(&self) -> Result<u64, PortError> {
        unsigned(
            self.read(|mut conn| async move { last_sequence(&mut conn).await })
                .await?,
        )
    }

    async fn forget_events_before(&self, instant: Timestamp) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            let newest = last_sequence(&mut tx).await?;
            sqlx::query("DELETE FROM events WHERE published = 1 AND at < ? AND sequence < ?")
                .bind(instant.as_microsecond())
                .bind(newest)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            tx.keep(())
        })
        .await
    }
}
