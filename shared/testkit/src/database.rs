//! A database of a test's own, on the MySQL server that the tests were told of.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{MySql, migrate::MigrateDatabase};

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
        // The caller may be inside of a runtime, which must not wait for another.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                if MySql::database_exists(&made).await.unwrap() {
                    MySql::drop_database(&made).await.unwrap();
                }
                MySql::create_database(&made).await.unwrap();
            });
        })
        .join()
        .unwrap();
        Self { name, url }
    }
}
