//! MySQL passes the catalog's suite, and what is said of its schema and its settings.

mod servers;

use catalog::{MysqlDatabase, MysqlOpenError, MysqlSettings, MysqlTls};
use servers::{TestDatabase, TestEntropy, run, server_url};
use std::sync::Arc;

#[tokio::test]
async fn mysql_passes_the_suite() {
    let database = TestDatabase::new().await;
    let (catalog, _) = database.open().await;
    ports::suite::catalog::all(&catalog).await;
}

#[tokio::test]
async fn two_processes_on_one_database_do_nothing_twice_and_lose_nothing() {
    let database = TestDatabase::new().await;
    let [(one, first), (other, second)] = [database.open().await, database.open().await];
    ports::suite::catalog::races(&one, &other).await;
    let conflicts = first.repeats().conflicts() + second.repeats().conflicts();
    println!("{conflicts} transactions were repeated since another was in the way");
}

#[tokio::test]
async fn migrating_twice_or_at_once_does_no_harm() {
    let database = TestDatabase::empty_on(&server_url()).await;
    let settings = database.settings();
    let (one, other) = tokio::join!(
        MysqlDatabase::migrate(&settings),
        MysqlDatabase::migrate(&settings)
    );
    one.unwrap();
    other.unwrap();
    MysqlDatabase::migrate(&settings).await.unwrap();
    database.open().await;
}

#[tokio::test]
async fn a_migration_that_stopped_half_way_is_run_again() {
    let database = TestDatabase::new().await;
    // As it is when the server dies after the last statement, and when it dies before it.
    run(&database.url(), "DELETE FROM migrations".into()).await;
    MysqlDatabase::migrate(&database.settings()).await.unwrap();
    run(
        &database.url(),
        "DELETE FROM migrations; DROP TABLE webhook_messages, locks".into(),
    )
    .await;
    MysqlDatabase::migrate(&database.settings()).await.unwrap();
    let (catalog, _) = database.open().await;
    ports::suite::catalog::all(&catalog).await;
}

#[tokio::test]
async fn a_database_without_the_schema_says_what_to_do() {
    let database = TestDatabase::empty_on(&server_url()).await;
    let refused = MysqlDatabase::open(database.settings(), Arc::new(TestEntropy))
        .await
        .err()
        .unwrap();
    assert_eq!(
        refused.to_string(),
        "the database has schema 0, and this release needs 2: run `tintype migrate` first"
    );
}

#[tokio::test]
async fn a_schema_of_a_later_release_is_fine() {
    let database = TestDatabase::new().await;
    run(
        &database.url(),
        "INSERT INTO migrations (version, name) VALUES (999, 'later')".into(),
    )
    .await;
    database.open().await;
    MysqlDatabase::migrate(&database.settings()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let settings = MysqlSettings::new("mysql://root:geheim@127.0.0.1:9/tintype".to_owned().into());
    let refused = MysqlDatabase::open(settings, Arc::new(TestEntropy))
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, MysqlOpenError::Connect { .. }));
    let text = format!("{refused} {refused:?}");
    assert!(text.contains("127.0.0.1") && !text.contains("geheim"), "{text}");
}

#[tokio::test]
async fn a_url_without_a_database_is_refused() {
    for (url, word) in [
        ("mysql://root@127.0.0.1:9", "names no database"),
        ("http://x/", "cannot be read"),
    ] {
        let settings = MysqlSettings::new(url.to_owned().into());
        let refused = MysqlDatabase::migrate(&settings).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
}

/// What the tests' server does by itself: MySQL has TLS from its first start, MariaDB since 11.4.
#[tokio::test]
async fn the_way_to_the_server_can_be_encrypted() {
    let database = TestDatabase::new().await;
    let mut settings = database.settings();
    settings.tls = MysqlTls::Verify;
    let refused = MysqlDatabase::open(settings.clone(), Arc::new(TestEntropy)).await;
    assert!(
        refused.is_err(),
        "a certificate of the server's own making proves no name"
    );
    settings.tls = MysqlTls::Required;
    let (catalog, _) = database.open_with(settings).await;
    ports::Catalog::ping(&catalog).await.unwrap();
}
