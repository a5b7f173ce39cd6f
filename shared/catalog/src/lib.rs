//! The SQL adapter of the catalog.
//!
//! Owns: the schema and its migrations, every statement, and the mapping of rows to what the domain knows. Statements
//! stand beside the rows they read, one file an aggregate, and keep to the SQL that SQLite and MySQL share; what only
//! SQLite says stands in `sqlite.rs`. Refuses: decisions. What may become of an image is the domain's to say.

mod accounts;
mod dead_letters;
mod direct_uploads;
mod images;
mod leases;
mod outbox;
mod presets;
mod sqlite;
mod values;
mod webhooks;

pub use sqlite::{OpenError, SqliteCatalog, SqliteDatabase};
