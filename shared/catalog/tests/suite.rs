//! SQLite passes the catalog's suite.

use catalog::{SqliteCatalog, SqliteDatabase};

#[tokio::test]
async fn sqlite_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let database = SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
        .await
        .unwrap();
    ports::suite::catalog::all(&SqliteCatalog::new(database)).await;
}

#[tokio::test]
async fn migrating_twice_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
            .await
            .unwrap()
            .close()
            .await;
    }
}
