//! The catalog as plain rows, whichever database they are in: what a backup is made of, and what a restore puts back.
//!
//! Owns: which tables and columns there are to keep, and their order, in which each row comes after those that it refers to.
//! Refuses: files, and what is to become of a row.

use std::error::Error;

use async_trait::async_trait;
use ports::PortError;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// The 16 bytes of an id.
    Id,
    /// Other bytes.
    Bytes,
    /// Text.
    Text,
    /// A number, an instant in microseconds, or a truth.
    Integer,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A table that is kept.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What is kept of a row.
    pub columns: &'static [Column],
    pub(crate) select: &'static str,
    pub(crate) insert: &'static str,
    pub(crate) any: &'static str,
}

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number, an instant in microseconds, or a truth.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes, those of ids included.
    Bytes(Vec<u8>),
}

macro_rules! a_place {
    ($column:ident) => {
        ", ?"
    };
}

macro_rules! tables {
    ($($table:ident $rest:literal { $first:ident: $first_kind:ident, $($column:ident: $kind:ident,)+ })+) => {
        &[$(Table {
            name: stringify!($table),
            columns: &[
                Column { name: stringify!($first), kind: ColumnKind::$first_kind },
                $(Column { name: stringify!($column), kind: ColumnKind::$kind },)+
            ],
            select: concat!(
                "SELECT ", stringify!($first), $(", ", stringify!($column),)+
                " FROM ", stringify!($table), " ", $rest
            ),
            insert: concat!(
                "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)+
                ") VALUES (?", $(a_place!($column),)+ ")"
            ),
            any: concat!("SELECT 1 FROM ", stringify!($table), " LIMIT 1"),
        },)+]
    };
}

/// Every table that is kept, each after those that its rows refer to. A column that a migration adds has to be added here; a
/// test compares this with the schema of both databases.
pub static TABLES: &[Table] = tables! {
    users "ORDER BY id" {
        id: Id, email: Text, role: Text, password_hash: Text, created_at: Integer,
    }
    api_keys "ORDER BY id" {
        id: Id, name: Text, key_hash: Bytes, scopes: Text, owner_id: Id, created_at: Integer,
    }
    originals "ORDER BY blob_key" {
        sha256: Bytes, blob_key: Text, size_bytes: Integer, format: Text,
    }
    images "ORDER BY id" {
        id: Id, version: Integer, state: Text, owner_id: Id, file_name: Text, title: Text, alt_text: Text, visibility: Text,
        original_sha256: Bytes, content_version: Integer, analysis: Text, failure_code: Text, failure_reason: Text,
        created_at: Integer, updated_at: Integer, trashed_at: Integer, deleting: Integer, idempotency_key: Text,
    }
    // What a client had not sent to its end lies in parts that the store alone knows: it begins anew.
    direct_uploads "WHERE state <> 'open' ORDER BY id" {
        id: Id, version: Integer, state: Text, owner_id: Id, file_name: Text, visibility: Text, size_bytes: Integer,
        sha256: Bytes, part_size_bytes: Integer, store_upload: Text, idempotency_key: Text, image_id: Id, refusal_code: Text,
        refusal_reason: Text, created_at: Integer, updated_at: Integer, expires_at: Integer,
    }
    presets "ORDER BY name" {
        name: Text, version: Integer, options: Text, watermark: Text, updated_at: Integer,
    }
    webhooks "ORDER BY id" {
        id: Id, version: Integer, url: Text, kinds: Text, secret: Bytes, state: Text, failing_since: Integer, last_error: Text,
        delivered_at: Integer, created_at: Integer, updated_at: Integer,
    }
    webhook_messages "ORDER BY webhook_id, sequence" {
        webhook_id: Id, sequence: Integer, event: Text, attempts: Integer, first_due_at: Integer, due_at: Integer,
    }
    events "ORDER BY sequence" {
        sequence: Integer, id: Id, kind: Text, image_id: Id, at: Integer, traceparent: Text, published: Integer, put_down: Integer,
    }
    dead_jobs "ORDER BY id" {
        id: Id, envelope: Text, attempts: Integer, reason: Text, died_at: Integer,
    }
    // Without the position, which the database gives: what a restore asks for comes after what was there.
    outbox "ORDER BY position" {
        topic: Text, message: Text,
    }
};

/// Every other table, and why it is not kept.
pub static LEFT_OUT: &[(&str, &str)] = &[
    (
        "setup_tokens",
        "a link that makes the first administrator is made anew",
    ),
    ("sessions", "people sign in again"),
    (
        "leases",
        "who does what at the moment, in processes that are gone",
    ),
    (
        "jobs",
        "the queue of the single shape: what there is to do follows from the other rows, as it must where the queue is SQS",
    ),
    ("seats", "a count of transactions, in processes that are gone"),
    ("locks", "the same rows in every catalog, made by the migration"),
    ("migrations", "the schema's own history"),
    ("_sqlx_migrations", "the schema's own history"),
];

/// The table of this name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// What went wrong on the side that takes or gives rows.
pub type OtherSide = Box<dyn Error + Send + Sync>;

/// Rows could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] PortError),
    /// There are rows already.
    #[error("the catalog is not empty: there are rows in {0}")]
    NotEmpty(&'static str),
    /// The side that takes or gives rows failed.
    #[error(transparent)]
    Other(OtherSide),
}

/// Takes rows.
pub trait RowSink: Send {
    /// The rows of this table follow.
    fn begin(&mut self, table: &'static Table) -> Result<(), OtherSide>;

    /// A row, with a cell for each column.
    fn row(&mut self, row: Vec<Cell>) -> Result<(), OtherSide>;
}

/// Gives rows.
pub trait RowSource: Send {
    /// The next row of this table, with a cell for each column; none after the last one.
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Cell>>, OtherSide>;
}

/// A catalog as plain rows.
#[async_trait]
pub trait CatalogRows: Send + Sync {
    /// Hands out every row that is kept, table by table in the order of [`TABLES`], as they all were at one instant. Others may
    /// write meanwhile.
    async fn export(&self, sink: &mut dyn RowSink) -> Result<(), RowsError>;

    /// A table that is kept and has rows; none where the catalog is empty.
    async fn used_table(&self) -> Result<Option<&'static str>, RowsError>;

    /// Stores rows in an empty catalog, in one transaction: all of them or none.
    async fn import(&self, source: &mut dyn RowSource) -> Result<(), RowsError>;
}
