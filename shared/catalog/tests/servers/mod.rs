//! A MySQL server for tests, and databases on it that end with them.

#![allow(dead_code, reason = "each test program uses its own part")]

pub mod proxy;

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use catalog::{MysqlCatalog, MysqlDatabase, MysqlSettings};
use ports::Entropy;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

/// Randomness of the hash tables' own seeds.
pub struct TestEntropy;

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = RandomState::new().hash_one(0).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// Where the tests' server is.
pub fn server_url() -> String {
    std::env::var("TINTYPE_TEST_MYSQL_URL").expect(
        "there is no MySQL for this test: run it as `dev/mysql run cargo test …`, or name a server that it may make databases on \
         in TINTYPE_TEST_MYSQL_URL (mysql://user:password@host:port)",
    )
}

/// A database of its own name, with the schema, which is dropped at the end.
pub struct TestDatabase {
    server: String,
    name: String,
}

/// Runs statements of a test's own making on the server.
pub async fn run(server: &str, sql: String) {
    let mut conn = MySqlConnection::connect(server)
        .await
        .expect("the server of the tests answers");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .expect("the statement is sound");
    conn.close().await.expect("the connection ends");
}

impl TestDatabase {
    /// Without a schema.
    pub async fn empty_on(server: &str) -> Self {
        let mut random = [0; 8];
        TestEntropy.fill(&mut random);
        let name = format!("tintype_test_{:016x}", u64::from_le_bytes(random));
        run(server, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        Self {
            server: server.trim_end_matches('/').to_owned(),
            name,
        }
    }

    pub async fn new_on(server: &str) -> Self {
        let database = Self::empty_on(server).await;
        MysqlDatabase::migrate(&database.settings())
            .await
            .expect("an empty database takes the schema");
        database
    }

    pub async fn new() -> Self {
        Self::new_on(&server_url()).await
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    pub fn settings(&self) -> MysqlSettings {
        MysqlSettings::new(self.url().into())
    }

    /// A catalog with a pool of its own, as another process has it.
    pub async fn open(&self) -> (MysqlCatalog, MysqlDatabase) {
        self.open_with(self.settings()).await
    }

    pub async fn open_with(&self, settings: MysqlSettings) -> (MysqlCatalog, MysqlDatabase) {
        let database = MysqlDatabase::open(settings, Arc::new(TestEntropy))
            .await
            .expect("it opens");
        (MysqlCatalog::new(database.clone()), database)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A test that fails is still inside its own runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let done = runtime.block_on(async {
                let drop = async {
                    let mut conn = MySqlConnection::connect(&server).await?;
                    let sql = format!("DROP DATABASE {name}");
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut conn)
                        .await
                        .map(drop)
                };
                tokio::time::timeout(Duration::from_secs(20), drop).await
            });
            if !matches!(done, Ok(Ok(()))) {
                eprintln!("the database {name} could not be dropped: {done:?}");
            }
        });
        dropping.join().expect("the thread that drops the database ends");
    }
}
