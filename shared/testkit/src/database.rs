//! A database of a test's own, on the MySQL server that the tests were told of.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, MySql, MySqlConnection, migrate::MigrateDatabase};

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// An empty database. It stays on the server: the one that `./test` starts goes, and everything in it.
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: String,
}

impl Database {
    /// Makes one on the server at `url`, `mysql://USER:PASSWORD@HOST:PORT`.
    pub fn make(url: &str) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("shape_{}_{number}", std::process::id());
        let (scheme, rest) = url.split_once("://").expect("mysql://USER@HOST:PORT");
        let server = rest.split('/').next().unwrap();
        let url = format!("{scheme}://{server}/{name}");
        let made = url.clone();
        outside_of_any_runtime(async move {
            if MySql::database_exists(&made).await.unwrap() {
                MySql::drop_database(&made).await.unwrap();
            }
            MySql::create_database(&made).await.unwrap();
        });
        Self { name, url }
    }

    /// Runs statements of a test's own making.
    pub fn run(&self, sql: &str) {
        let (url, sql) = (self.url.clone(), sql.to_owned());
        outside_of_any_runtime(async move {
            let mut conn = MySqlConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut conn)
                .await
                .unwrap();
        });
    }

    /// Ends the connections of a user, as a server does that goes; how many there were.
    pub fn end_sessions(&self, user: &str) -> usize {
        let (url, user) = (self.url.clone(), user.to_owned());
        outside_of_any_runtime(async move {
            let mut conn = MySqlConnection::connect(&url).await.unwrap();
            let list = "SELECT CAST(processlist_id AS UNSIGNED) FROM performance_schema.threads WHERE processlist_user = ?";
            let ids: Vec<u64> = sqlx::query_scalar(list)
                .bind(user)
                .fetch_all(&mut conn)
                .await
                .unwrap();
            for id in &ids {
                // One may have ended by itself.
                let _ = sqlx::raw_sql(AssertSqlSafe(format!("KILL {id}")))
                    .execute(&mut conn)
                    .await;
            }
            ids.len()
        })
    }
}

/// The caller may be inside of a runtime, which must not wait for another.
fn outside_of_any_runtime<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work)
    });
    thread.join().unwrap()
}
