//! The queue as a table of the catalog's SQLite file (its columns: `migrations/sqlite/0002_queue.sql` of `catalog`).
//!
//! A job is leased by moving `available_at` to the end of the lease and writing a new `receipt`: when the lease ends
//! the job is simply available again, and the receipt of whoever held it names nothing any more.
//!
//! A row whose envelope cannot be read is put aside, by an `available_at` that never comes: [`Queue::strays`] tells it under
//! a kind of its own with its text, and sent anew it is what it was.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Envelope, JobId};
use jiff::Timestamp;
use ports::{Clock, Entropy, PortError, Queue, QueueDepth, ReceivedJob, Stray, random_bytes};
use sqlx::SqlitePool;
use tokio::sync::{Notify, oneshot};
use tracing::{error, warn};
use uuid::Uuid;

const WHAT: &str = "the queue";

/// How often a waiting receiver looks: senders in this process wake it at once, those in others do not.
const POLL: Duration = Duration::from_millis(500);

/// The `available_at` of what is put aside.
const NEVER: i64 = i64::MAX;

/// What the table holds of a job that cannot be read, as an envelope.
const UNREADABLE_KIND: &str = "unreadable";

/// The queue in a table.
#[derive(Clone)]
pub struct SqliteQueue {
    reader: SqlitePool,
    writer: SqlitePool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    sent: Arc<Notify>,
}

fn failed(error: sqlx::Error) -> PortError {
    PortError::unavailable(WHAT)(error)
}

fn unreadable(id: Uuid, text: &str) -> Envelope {
    Envelope {
        v: 1,
        kind: UNREADABLE_KIND.into(),
        id: JobId::from_uuid(id),
        traceparent: None,
        body: serde_json::json!({ "text": text }),
    }
}

/// What the table holds of a job.
fn write_envelope(job: &Envelope) -> Result<String, PortError> {
    match (job.kind.as_str(), job.body["text"].as_str()) {
        (UNREADABLE_KIND, Some(text)) => Ok(text.to_owned()),
        _ => serde_json::to_string(job).map_err(|error| PortError::corrupt(WHAT, error.to_string())),
    }
}

fn after(now: Timestamp, duration: Duration) -> i64 {
    now.as_microsecond()
        .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

impl SqliteQueue {
    /// The queue in the database of these pools; `writer` is its only writing connection in this process.
    pub fn new(
        reader: SqlitePool,
        writer: SqlitePool,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            reader,
            writer,
            clock,
            entropy,
            sent: Arc::new(Notify::new()),
        }
    }

    /// Leases jobs in a task of its own: where nobody waits for them any more they are given back.
    async fn claim(&self, max: usize, lease: Duration) -> Result<Vec<ReceivedJob>, PortError> {
        let (sender, claimed) = oneshot::channel();
        let queue = self.clone();
        tokio::spawn(async move {
            let Err(Ok(unwanted)) = sender.send(queue.lease(max, lease).await) else {
                return;
            };
            for job in unwanted {
                if let Err(error) = queue.give_back(&job.receipt, Duration::ZERO).await {
                    warn!(error.message = %error, "a job could not be given back: it is free when its lease ends");
                }
            }
        });
        claimed.await.map_err(PortError::unavailable(WHAT))?
    }

    async fn lease(&self, max: usize, lease: Duration) -> Result<Vec<ReceivedJob>, PortError> {
        let now = self.clock.now();
        // An idle worker only reads: the write lock is left to those who have something to write.
        let any: Option<i64> = sqlx::query_scalar("SELECT 1 FROM jobs WHERE available_at <= ? LIMIT 1")
            .bind(now.as_microsecond())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed)?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let mut jobs = Vec::new();
        // Once, unless all that it finds has to be put aside.
        while jobs.is_empty() {
            let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
                "SELECT id, envelope, attempts FROM jobs WHERE available_at <= ? ORDER BY available_at, id LIMIT ?",
            )
            .bind(now.as_microsecond())
            .bind(i64::try_from(max).unwrap_or(i64::MAX))
            .fetch_all(&mut *tx)
            .await
            .map_err(failed)?;
            if rows.is_empty() {
                break;
            }
            for (id, text, attempts) in rows {
                let envelope: Result<Envelope, _> = serde_json::from_str(&text);
                let receipt = Uuid::from_bytes(random_bytes(&*self.entropy))
                    .simple()
                    .to_string();
                let (available_at, kept_receipt) = match &envelope {
                    Ok(_) => (after(now, lease), Some(&receipt)),
                    Err(_) => (NEVER, None),
                };
                sqlx::query("UPDATE jobs SET available_at = ?, attempts = ?, receipt = ? WHERE id = ?")
                    .bind(available_at)
                    .bind(attempts + 1)
                    .bind(kept_receipt)
                    .bind(id)
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
                match envelope {
                    Ok(envelope) => jobs.push(ReceivedJob {
                        receipt,
                        attempt: u32::try_from(attempts + 1).unwrap_or(u32::MAX),
                        envelope,
                    }),
                    Err(error) => {
                        error!(job.id = %id, error.message = %error, "a job cannot be read and is put aside");
                    }
                }
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(jobs)
    }
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let now = self.clock.now().as_microsecond();
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for job in jobs {
            sqlx::query(
                "INSERT INTO jobs (id, envelope, available_at, attempts, sent_at) VALUES (?, ?, ?, 0, ?)
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(job.id.as_uuid())
            .bind(write_envelope(job)?)
            .bind(now)
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        self.sent.notify_waiters();
        Ok(())
    }

    async fn receive(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError> {
        let mut waited = Duration::ZERO;
        loop {
            // Listening starts before looking, so that a job sent in between is not missed.
            let sent = self.sent.notified();
            tokio::pin!(sent);
            sent.as_mut().enable();
            let jobs = self.claim(max, lease).await?;
            if !jobs.is_empty() || waited >= wait {
                return Ok(jobs);
            }
            let nap = POLL.min(wait - waited);
            tokio::select! {
                () = sent => {}
                () = self.clock.sleep(nap) => waited += nap,
            }
        }
    }

    async fn extend(&self, receipt: &str, lease: Duration) -> Result<bool, PortError> {
        let extended = sqlx::query("UPDATE jobs SET available_at = ? WHERE receipt = ?")
            .bind(after(self.clock.now(), lease))
            .bind(receipt)
            .execute(&self.writer)
            .await
            .map_err(failed)?;
        Ok(extended.rows_affected() > 0)
    }

    async fn complete(&self, receipt: &str) -> Result<(), PortError> {
        sqlx::query("DELETE FROM jobs WHERE receipt = ?")
            .bind(receipt)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(failed)
    }

    async fn give_back(&self, receipt: &str, delay: Duration) -> Result<(), PortError> {
        sqlx::query("UPDATE jobs SET available_at = ?, receipt = NULL WHERE receipt = ?")
            .bind(after(self.clock.now(), delay))
            .bind(receipt)
            .execute(&self.writer)
            .await
            .map_err(failed)?;
        self.sent.notify_waiters();
        Ok(())
    }

    async fn bury(&self, receipt: &str, _reason: &str) -> Result<(), PortError> {
        // The catalog, in the same file, keeps the job and the reason.
        self.complete(receipt).await
    }

    async fn strays(&self, limit: usize) -> Result<Vec<Stray>, PortError> {
        let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "SELECT id, envelope, attempts FROM jobs WHERE available_at = ? ORDER BY id LIMIT ?",
        )
        .bind(NEVER)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.reader)
        .await
        .map_err(failed)?;
        let stray = |(id, text, attempts): (Uuid, String, i64)| Stray {
            envelope: unreadable(id, &text),
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        };
        Ok(rows.into_iter().map(stray).collect())
    }

    async fn forget_dead(&self, ids: &[JobId]) -> Result<(), PortError> {
        for id in ids {
            sqlx::query("DELETE FROM jobs WHERE id = ? AND available_at = ?")
                .bind(id.as_uuid())
                .bind(NEVER)
                .execute(&self.writer)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    async fn depth(&self) -> Result<QueueDepth, PortError> {
        let now = self.clock.now().as_microsecond();
        let (waiting, leased, dead): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE available_at <= ? OR (receipt IS NULL AND available_at < ?)) AS waiting,
                    (SELECT COUNT(*) FROM jobs WHERE receipt IS NOT NULL AND available_at > ?) AS leased,
                    (SELECT COUNT(*) FROM jobs WHERE available_at = ?) AS dead",
        )
        .bind(now)
        .bind(NEVER)
        .bind(now)
        .bind(NEVER)
        .fetch_one(&self.reader)
        .await
        .map_err(failed)?;
        Ok(QueueDepth {
            waiting: waiting.unsigned_abs(),
            leased: leased.unsigned_abs(),
            dead: dead.unsigned_abs(),
        })
    }
}
