//! Dead letters: jobs that were given up, with their reasons.

use async_trait::async_trait;
use domain::{Envelope, JobId, OutboxMessage};
use ports::{DeadLetter, DeadLetterCatalog, PortError};

use super::{SqlCatalog, failed, outbox::write_messages};
use crate::values::{corrupt, instant, row, unsigned};

row! {
    struct DeadLetterRow {
        envelope: String,
        attempts: i64,
        reason: String,
        died_at: i64,
    }
}

fn read_envelope(text: &str) -> Result<Envelope, PortError> {
    serde_json::from_str(text).map_err(|error| corrupt(format!("a dead letter: {error}")))
}

impl TryFrom<DeadLetterRow> for DeadLetter {
    type Error = PortError;

    fn try_from(row: DeadLetterRow) -> Result<Self, PortError> {
        Ok(Self {
            envelope: read_envelope(&row.envelope)?,
            reason: row.reason,
            attempts: row
                .attempts
                .try_into()
                .map_err(|_| corrupt("a number of attempts out of range"))?,
            died_at: instant(row.died_at)?,
        })
    }
}

#[async_trait]
impl DeadLetterCatalog for SqlCatalog {
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            let envelope =
                serde_json::to_string(&letter.envelope).map_err(|error| corrupt(error.to_string()))?;
            sqlx::query("DELETE FROM dead_jobs WHERE id = ?")
                .bind(letter.envelope.id.as_uuid())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            sqlx::query(
                "INSERT INTO dead_jobs (id, envelope, attempts, reason, died_at) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(letter.envelope.id.as_uuid())
            .bind(envelope)
            .bind(letter.attempts)
            .bind(&letter.reason)
            .bind(letter.died_at.as_microsecond())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            tx.keep(())
        })
        .await
    }

    async fn dead_letter(&self, id: JobId) -> Result<Option<DeadLetter>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, DeadLetterRow>(
                "SELECT envelope, attempts, reason, died_at FROM dead_jobs WHERE id = ?",
            )
            .bind(id.as_uuid())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(DeadLetter::try_from)
        .transpose()
    }

    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, PortError> {
        self.read(|mut conn| async move { sqlx::query_as::<_, DeadLetterRow>(
            "SELECT envelope, attempts, reason, died_at FROM dead_jobs ORDER BY died_at DESC, id DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed) }).await?
        .into_iter()
        .map(DeadLetter::try_from)
        .collect()
    }

    async fn count_dead_letters(&self) -> Result<u64, PortError> {
        let count: i64 = self
            .read(|mut conn| async move {
                sqlx::query_scalar("SELECT COUNT(*) FROM dead_jobs")
                    .fetch_one(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?;
        unsigned(count)
    }

    async fn redrive(&self, ids: &[JobId]) -> Result<Vec<JobId>, PortError> {
        self.write(|mut tx| async move {
            let mut found = Vec::new();
            for id in ids {
                let envelope: Option<String> = sqlx::query_scalar(concat!(
                    "SELECT envelope FROM dead_jobs WHERE id = ?",
                    for_update!()
                ))
                .bind(id.as_uuid())
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed)?;
                let Some(envelope) = envelope else { continue };
                sqlx::query("DELETE FROM dead_jobs WHERE id = ?")
                    .bind(id.as_uuid())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
                write_messages(&mut tx, &[OutboxMessage::Job(read_envelope(&envelope)?)]).await?;
                found.push(*id);
            }
            tx.keep(found)
        })
        .await
    }

    async fn dismiss(&self, ids: &[JobId]) -> Result<Vec<JobId>, PortError> {
        self.write(|mut tx| async move {
            let mut found = Vec::new();
            for id in ids {
                let removed = sqlx::query("DELETE FROM dead_jobs WHERE id = ?")
                    .bind(id.as_uuid())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?
                    .rows_affected();
                if removed > 0 {
                    found.push(*id);
                }
            }
            tx.keep(found)
        })
        .await
    }
}
