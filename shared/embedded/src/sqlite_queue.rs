//! The queue as a table of the catalog's SQLite file (its columns: `migrations/sqlite/0002_queue.sql` of `catalog`).
//!
//! A job is leased by moving `available_at` to the end of the lease and writing a new `receipt`: when the lease ends
//! the job is simply available again, and the receipt of whoever held it names nothing any more.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{Envelope, JobId};
use jiff::Timestamp;
use ports::{Clock, Entropy, PortError, Queue, QueueDepth, ReceivedJob, Stray, random_bytes};
use sqlx::SqlitePool;
use tokio::sync::Notify;
use uuid::Uuid;

const WHAT: &str = "the queue";

/// How often a waiting receiver looks: senders in this process wake it at once, those in others do not.
const POLL: Duration = Duration::from_millis(500);

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

fn read_envelope(text: &str) -> Result<Envelope, PortError> {
    serde_json::from_str(text).map_err(|error| PortError::corrupt(WHAT, error.to_string()))
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

    async fn claim(&self, max: usize, lease: Duration) -> Result<Vec<ReceivedJob>, PortError> {
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
        let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "SELECT id, envelope, attempts FROM jobs WHERE available_at <= ? ORDER BY available_at, id LIMIT ?",
        )
        .bind(now.as_microsecond())
        .bind(i64::try_from(max).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?;
        let mut jobs = Vec::with_capacity(rows.len());
        for (id, envelope, attempts) in rows {
            let receipt = Uuid::from_bytes(random_bytes(&*self.entropy))
                .simple()
                .to_string();
            sqlx::query("UPDATE jobs SET available_at = ?, attempts = ?, receipt = ? WHERE id = ?")
                .bind(after(now, lease))
                .bind(attempts + 1)
                .bind(&receipt)
                .bind(id)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            jobs.push(ReceivedJob {
                receipt,
                attempt: u32::try_from(attempts + 1).unwrap_or(u32::MAX),
                envelope: read_envelope(&envelope)?,
            });
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
            let envelope =
                serde_json::to_string(job).map_err(|error| PortError::corrupt(WHAT, error.to_string()))?;
            sqlx::query(
                "INSERT INTO jobs (id, envelope, available_at, attempts, sent_at) VALUES (?, ?, ?, 0, ?)
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(job.id.as_uuid())
            .bind(envelope)
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

    async fn strays(&self, _limit: usize) -> Result<Vec<Stray>, PortError> {
        Ok(Vec::new())
    }

    async fn forget_dead(&self, _ids: &[JobId]) -> Result<(), PortError> {
        Ok(())
    }

    async fn depth(&self) -> Result<QueueDepth, PortError> {
        let (waiting, leased): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM jobs WHERE receipt IS NULL OR available_at <= ?) AS waiting,
                    (SELECT COUNT(*) FROM jobs WHERE receipt IS NOT NULL AND available_at > ?) AS leased",
        )
        .bind(self.clock.now().as_microsecond())
        .bind(self.clock.now().as_microsecond())
        .fetch_one(&self.reader)
        .await
        .map_err(failed)?;
        Ok(QueueDepth {
            waiting: waiting.unsigned_abs(),
            leased: leased.unsigned_abs(),
            dead: 0,
        })
    }
}
