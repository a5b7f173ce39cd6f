//! What is SQLite's alone: opening, migrating, and beginning a transaction that writes.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use ports::{Catalog, PortError};
use sqlx::{
    SqlStr, Sqlite, SqlitePool, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

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

    pub(crate) const fn reader(&self) -> &SqlitePool {
        &self.database.reader
    }

    pub(crate) const fn writer(&self) -> &SqlitePool {
        &self.database.writer
    }

    /// A transaction that takes the write lock at once: one that begins by reading could find it taken later, and fail.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, PortError> {
        self.database
            .writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failed)
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn ping(&self) -> Result<(), PortError> {
        sqlx::query("SELECT 1")
            .execute(self.reader())
            .await
            .map(drop)
            .map_err(failed)
    }
}

/// A statement that failed: the catalog is away or busy.
pub(crate) fn failed(error: sqlx::Error) -> PortError {
    match error {
        error @ (sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)) => PortError::corrupt("the catalog", error.to_string()),
        error => PortError::unavailable("the catalog")(error),
    }
}
