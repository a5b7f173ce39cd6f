//! What is MySQL's alone: what a transaction is, how it is repeated, and the words in which it differs from SQLite.
//!
//! Every call of a port is one statement or one transaction, and is repeated as a whole: after a deadlock, after a connection that
//! was lost, and at COMMIT too (`seats`). Where SQLite lets one writer in at a time, rows are locked by name (`for_update!`), and
//! what looked before it wrote and was overtaken ends at a unique key, and is repeated.

use std::{future::Future, time::Duration};

use async_trait::async_trait;
use ports::{Catalog, PortError};
use sqlx::{Executor, MySql, Transaction};

/// Ends a SELECT whose rows nobody else may change before the transaction ends.
macro_rules! for_update {
    () => {
        " FOR UPDATE"
    };
}
/// The same, without the rows that somebody else has.
macro_rules! skip_locked {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}
/// Ends an INSERT that does nothing where the row is there. `INSERT IGNORE` would pass over other errors as well.
macro_rules! if_new {
    ($column:literal) => {
        concat!(" ON DUPLICATE KEY UPDATE ", $column, " = ", $column)
    };
}

mod database;
mod loan;
mod migrations;
mod patience;
mod seats;
mod settings;

#[path = "../statements/accounts.rs"]
mod accounts;
#[path = "../statements/dead_letters.rs"]
mod dead_letters;
#[path = "../statements/direct_uploads.rs"]
mod direct_uploads;
#[path = "../statements/images.rs"]
mod images;
#[path = "../statements/leases.rs"]
mod leases;
#[path = "../statements/outbox.rs"]
mod outbox;
#[path = "../statements/presets.rs"]
mod presets;
#[path = "../statements/rows.rs"]
mod rows;
#[path = "../statements/webhooks.rs"]
mod webhooks;

pub use database::{MysqlDatabase, MysqlOpenError};
pub use migrations::MysqlMigrateError;
pub use patience::Repeats;
pub use settings::{MysqlSettings, MysqlTls, PasswordSource, SettingsError};

use loan::{Lent as Tx, Loan};
use patience::Patience;
use seats::Seat;

type Connection = sqlx::MySqlConnection;
type Row = sqlx::mysql::MySqlRow;
type SqlCatalog = MysqlCatalog;

/// The catalog on MySQL.
#[derive(Clone)]
pub struct MysqlCatalog {
    database: MysqlDatabase,
}

impl MysqlCatalog {
    /// The catalog in this database.
    pub const fn new(database: MysqlDatabase) -> Self {
        Self { database }
    }

    /// A statement that reads.
    async fn read<T, F, Fut>(&self, statement: F) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, PortError>>,
    {
        let mut patience = self.database.patience();
        loop {
            match self.in_time(self.attempt_statement(&statement)).await {
                Ok(value) => return Ok(value),
                Err(error) => self.mend(&mut patience, error).await?,
            }
        }
    }

    /// A statement that writes the same however often it is made.
    async fn repeatable<T, F, Fut>(&self, statement: F) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, PortError>>,
    {
        self.read(statement).await
    }

    /// A transaction that writes.
    async fn write<T, F, Fut>(&self, statements: F) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<Ended<T>, PortError>>,
    {
        let seats = self.database.seats();
        let mut patience = self.database.patience();
        let mut seat = seats.free_one();
        let mut unanswered = None;
        loop {
            let attempt = self.attempt_transaction(&statements, &mut seat, &mut unanswered);
            match self.in_time(attempt).await {
                Ok(value) => {
                    seats.give_back(seat);
                    return Ok(value);
                }
                Err(error) => self.mend(&mut patience, error).await?,
            }
        }
    }

    async fn attempt_statement<T, F, Fut>(&self, statement: &F) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, PortError>>,
    {
        let loan = Loan::new(self.database.pool().acquire().await.map_err(failed)?);
        let done = statement(loan.lend()).await;
        if done.is_ok() {
            loan.end();
        }
        done
    }

    /// `unanswered` is what the transaction before came to, where no answer came to its COMMIT.
    async fn attempt_transaction<T, F, Fut>(
        &self,
        statements: &F,
        seat: &mut Seat,
        unanswered: &mut Option<T>,
    ) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<Ended<T>, PortError>>,
    {
        let loan = Loan::new(self.database.pool().acquire().await.map_err(failed)?);
        loop {
            seat.take(&mut loan.lend()).await.map_err(failed)?;
            say(&loan, "BEGIN").await?;
            if seat.count(&mut loan.lend()).await.map_err(failed)? {
                // The row's lock was free: the transaction before has ended, and not by being made.
                *unanswered = None;
                break;
            }
            say(&loan, "ROLLBACK").await?;
            if let Some(value) = unanswered.take() {
                loan.end();
                seat.made();
                return Ok(value);
            }
            // Its row was swept away.
            *seat = self.database.seats().new_one();
        }
        let ended = match statements(loan.lend()).await {
            Ok(ended) => ended,
            Err(error) => {
                if say(&loan, "ROLLBACK").await.is_ok() {
                    loan.end();
                }
                return Err(error);
            }
        };
        if !ended.keep {
            say(&loan, "ROLLBACK").await?;
            loan.end();
            return Ok(ended.value);
        }
        *unanswered = Some(ended.value);
        say(&loan, "COMMIT").await?;
        loan.end();
        seat.made();
        Ok(unanswered.take().expect("it was put there before the COMMIT"))
    }

    async fn in_time<T>(&self, attempt: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        tokio::time::timeout(self.database.attempt_timeout(), attempt)
            .await
            .unwrap_or_else(|_| Err(database::timed_out()))
    }

    async fn mend(&self, patience: &mut Patience<'_>, error: PortError) -> Result<(), PortError> {
        let meaning = patience.after(error).await?;
        self.database.mend(meaning).await
    }

    /// A connection of its own that reads: it sees what was there when it began, and nobody waits for it.
    async fn snapshot(&self) -> Result<Box<Connection>, PortError> {
        let mut conn = self.database.pool().acquire().await.map_err(failed)?.detach();
        // A table of a large library is read for longer than any other statement may take.
        database::limit_selects(&mut conn, Duration::ZERO)
            .await
            .map_err(failed)?;
        for words in [
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ] {
            conn.execute(words).await.map_err(failed)?;
        }
        Ok(Box::new(conn))
    }

    /// A transaction that writes, without a limit to its time and without being repeated; it is not made where it is dropped.
    async fn whole_transaction(&self) -> Result<Transaction<'static, MySql>, PortError> {
        self.database.pool().begin().await.map_err(failed)
    }

    /// Keeps others out of what `name` stands for until the transaction ends.
    async fn lock(&self, tx: &mut Tx, name: &'static str) -> Result<(), PortError> {
        sqlx::query("SELECT name FROM locks WHERE name = ? FOR UPDATE")
            .bind(name)
            .fetch_one(&mut **tx)
            .await
            .map(drop)
            .map_err(failed)
    }
}

async fn say(loan: &Loan, word: &'static str) -> Result<(), PortError> {
    loan.lend().execute(word).await.map(drop).map_err(failed)
}

impl Tx {
    /// Ends the transaction; what was written is kept.
    fn keep<T>(self, value: T) -> Result<Ended<T>, PortError> {
        Ok(Ended { value, keep: true })
    }

    /// Ends the transaction as if nothing had been written.
    fn undo<T>(self, value: T) -> Result<Ended<T>, PortError> {
        Ok(Ended { value, keep: false })
    }
}

/// A transaction at its end, and what comes of it.
struct Ended<T> {
    value: T,
    keep: bool,
}

#[async_trait]
impl Catalog for MysqlCatalog {
    async fn ping(&self) -> Result<(), PortError> {
        // Without patience: who asks whether the server is there wants to know it now.
        self.in_time(self.attempt_statement(&|mut conn: Tx| async move {
            sqlx::query("SELECT 1")
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        }))
        .await
    }
}

/// A statement that failed: the catalog is away or busy.
fn failed(error: sqlx::Error) -> PortError {
    match error {
        error @ (sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)) => PortError::corrupt("the catalog", error.to_string()),
        error => PortError::unavailable("the catalog")(error),
    }
}
