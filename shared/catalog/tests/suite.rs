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

#[tokio::test]
async fn two_processes_on_one_file_do_nothing_twice_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tintype.sqlite");
    let [one, other] = [
        SqliteDatabase::open(&path).await.unwrap(),
        SqliteDatabase::open(&path).await.unwrap(),
    ];
    ports::suite::catalog::races(&SqliteCatalog::new(one), &SqliteCatalog::new(other)).await;
}
