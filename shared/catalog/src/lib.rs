//! The SQL adapter of the Catalog port: SQLite.
