//! The SQL adapter of the catalog, for SQLite and MySQL.
//!
//! Owns: the schema and its migrations, every statement, and the mapping of rows to what the domain knows. Refuses: decisions. What
//! may become of an image is the domain's to say.
//!
//! Statements stand in `statements/`, one file an aggregate, beside the rows they read. Each file is compiled twice, as a module of
//! `sqlite` and of `mysql`, and finds there under the same names what the two do not share: the driver's types, what a transaction
//! is, and a few words of SQL.
#![expect(
    clippy::duplicate_mod,
    reason = "the drivers have no types in common, and one text for two databases is the point"
)]

mod mysql;
mod rows;
mod sqlite;
mod values;

pub use mysql::{
    MysqlCatalog, MysqlDatabase, MysqlMigrateError, MysqlOpenError, MysqlSettings, MysqlTls, PasswordSource,
    Repeats, SettingsError,
};
pub use rows::{
    CatalogRows, Cell, Column, ColumnKind, LEFT_OUT, OtherSide, RowSink, RowSource, RowsError, TABLES, Table,
    table,
};
pub use sqlite::{OpenError, SqliteCatalog, SqliteDatabase};
