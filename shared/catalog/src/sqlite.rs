//! What is SQLite's alone: opening, migrating, what a transaction is, and the words in which it differs from MySQL.

use std::{
    future::Future,
    ops::{Deref, DerefMut},
    path::Path,
    time::Duration,
};

use async_trait::async_trait;
use ports::{Catalog, PortError};
use sqlx::{
    SqlStr, Sqlite, SqlitePool, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// Ends a SELECT whose rows nobody else may change before the transaction ends: here nobody else writes meanwhile anyway.
macro_rules! for_update {
    () => {
        ""
    };
}
/// The same, without the rows that somebody else has.
macro_rules! skip_locked {
    () => {
        ""
    };
}
/// Ends an INSERT that does nothing where the row is there; MySQL needs the name of a column.
macro_rules! if_new {
    ($column:literal) => {
        " ON CONFLICT DO NOTHING"
    };
}

#[path = "statements/accounts.rs"]
mod accounts;
#[path = "statements/dead_letters.rs"]
mod dead_letters;
#[path = "statements/direct_uploads.rs"]
mod direct_uploads;
#[path = "statements/images.rs"]
mod images;
#[path = "statements/leases.rs"]
mod leases;
#[path = "statements/outbox.rs"]
mod outbox;
#[path = "statements/presets.rs"]
mod presets;
#[path = "statements/rows.rs"]
mod rows;
#[path = "statements/webhooks.rs"]
mod webhooks;

type Connection = sqlx::SqliteConnection;
type Row = sqlx::sqlite::SqliteRow;
type SqlCatalog = SqliteCatalog;

/// Every migration, in order: appended to, and never changed.
fn migrations() -> Migrator {
    let files = [
        (
            1,
            "catalog",
            include_str!("../migrations/sqlite/0001_catalog.sql"),
        ),
        (2, "queue", include_str!("../migrations/sqlite/0002_queue.sql")),
        (
            3,
            "visibility",
            include_str!("../migrations/sqlite/0003_visibility.sql"),
        ),
        (
            4,
            "presets",
            include_str!("../migrations/sqlite/0004_presets.sql"),
        ),
        (
            5,
            "direct uploads",
            include_str!("../migrations/sqlite/0005_direct_uploads.sql"),
        ),
        (
            6,
            "webhooks",
            include_str!("../migrations/sqlite/0006_webhooks.sql"),
        ),
        (
            7,
            "dead letters",
            include_str!("../migrations/sqlite/0007_dead_letters.sql"),
        ),
        (
            8,
            "event trace",
            include_str!("../migrations/sqlite/0008_event_trace.sql"),
        ),
        (
            9,
            "put down",
            include_str!("../migrations/sqlite/0009_put_down.sql"),
        ),
    ];
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    };
    Migrator::with_migrations(files.into_iter().map(migration).collect())
}

/// How long a writer of this process waits for one of another: `tintype user add` beside a running service.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Readers see a snapshot each and never wait (WAL); more than a few only cost memory.
const MAX_READERS: u32 = 8;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened or made.
    #[error("cannot open the database {path}")]
    Open {
        /// Which file.
        path: String,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed, or the database was made by a later release.
    #[error("cannot bring the database to this release's schema")]
    Migrate(#[from] MigrateError),
}

/// One SQLite file: one connection that writes, several that read.
///
/// SQLite has one writer at a time. Inside a process the pool's queue is fair and costs nothing, while SQLite's own
/// waiting is a poll: so writers queue here, and the busy timeout is for other processes.
#[derive(Clone)]
pub struct SqliteDatabase {
    /// For statements that only read.
    pub reader: SqlitePool,
    /// For transactions that write.
    pub writer: SqlitePool,
}

impl SqliteDatabase {
    /// Opens the file, which is made where it is missing, and brings it to this release's schema.
    ///
    /// # Errors
    /// When the file cannot be opened, or was made by a later release.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was answered with a 2xx survives the loss of power too.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let opened = |source| OpenError::Open {
            path: path.display().to_string(),
            source,
        };
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(opened)?;
        migrations().run(&writer).await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(MAX_READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(opened)?;
        Ok(Self { reader, writer })
    }

    /// Closes the file, after what is under way.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// The catalog on SQLite.
#[derive(Clone)]
pub struct SqliteCatalog {
    database: SqliteDatabase,
}

impl SqliteCatalog {
    /// The catalog in this database.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }

    /// A statement that reads.
    async fn read<T, F, Fut>(&self, statement: F) -> Result<T, PortError>
    where
        F: Fn(PoolConnection<Sqlite>) -> Fut,
        Fut: Future<Output = Result<T, PortError>>,
    {
        statement(self.database.reader.acquire().await.map_err(failed)?).await
    }

    /// A statement that writes the same however often it is made.
    async fn repeatable<T, F, Fut>(&self, statement: F) -> Result<T, PortError>
    where
        F: Fn(PoolConnection<Sqlite>) -> Fut,
        Fut: Future<Output = Result<T, PortError>>,
    {
        statement(self.database.writer.acquire().await.map_err(failed)?).await
    }

    /// A transaction that writes. It takes the write lock at once: one that begins by reading could find it taken later,
    /// and fail.
    async fn write<T, F, Fut>(&self, statements: F) -> Result<T, PortError>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<Ended<T>, PortError>>,
    {
        let begun = self.database.writer.begin_with("BEGIN IMMEDIATE").await;
        let ended = statements(Tx(begun.map_err(failed)?)).await?;
        match ended.keep {
            true => ended.tx.commit().await.map_err(failed)?,
            false => ended.tx.rollback().await.map_err(failed)?,
        }
        Ok(ended.value)
    }

    /// A transaction that reads: from its first statement on it sees what was there then, and nobody waits for it (WAL).
    async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, PortError> {
        self.database.reader.begin().await.map_err(failed)
    }

    /// A transaction that writes, without a limit to its time; it is not made where it is dropped.
    async fn whole_transaction(&self) -> Result<Transaction<'static, Sqlite>, PortError> {
        let begun = self.database.writer.begin_with("BEGIN IMMEDIATE").await;
        begun.map_err(failed)
    }

    /// Keeps others out of what `name` stands for until the transaction ends: here the write lock does.
    #[expect(clippy::unused_async, reason = "on MySQL it asks the server")]
    async fn lock(&self, _tx: &mut Tx, _name: &'static str) -> Result<(), PortError> {
        Ok(())
    }
}

/// A transaction that is under way.
struct Tx(Transaction<'static, Sqlite>);

impl Tx {
    /// Ends it; what was written is kept.
    fn keep<T>(self, value: T) -> Result<Ended<T>, PortError> {
        Ok(Ended {
            tx: self.0,
            value,
            keep: true,
        })
    }

    /// Ends it as if nothing had been written.
    fn undo<T>(self, value: T) -> Result<Ended<T>, PortError> {
        Ok(Ended {
            tx: self.0,
            value,
            keep: false,
        })
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

/// A transaction at its end, and what comes of it.
struct Ended<T> {
    tx: Transaction<'static, Sqlite>,
    value: T,
    keep: bool,
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn ping(&self) -> Result<(), PortError> {
        self.read(|mut conn| async move {
            sqlx::query("SELECT 1")
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
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
