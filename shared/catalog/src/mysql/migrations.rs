//! The schema on MySQL, and how a database is brought to it.
//!
//! MySQL ends the transaction at each statement that changes the schema, so a migration can stop half-way. Each must bear to be
//! run again: a file is either one statement, or several that do nothing where they were done before. Of a single statement the
//! server says itself that it was done ([`DONE_BEFORE`]).

use sqlx::{Connection, MySqlConnection, SqlStr, mysql::MySqlDatabaseError};

/// Every migration, in order: appended to, and never changed. Each works with the release before it.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "catalog",
        sql: include_str!("../../migrations/mysql/0001_catalog.sql"),
    },
    Migration {
        version: 2,
        name: "put_down",
        sql: include_str!("../../migrations/mysql/0002_put_down.sql"),
    },
];

struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

/// What the server says of a table, column or index that is there already, or of one to be dropped that is not.
const DONE_BEFORE: &[u16] = &[1050, 1060, 1061, 1091];

/// How long one run waits for another.
const LOCK_TIMEOUT_S: i64 = 60;

/// The version that this release needs; a later one is fine.
pub(super) fn needed() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// The version that the database has; 0 where nothing was done yet.
pub(super) async fn version(conn: &mut MySqlConnection) -> Result<i64, sqlx::Error> {
    let version = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM migrations")
        .fetch_one(conn)
        .await;
    match version {
        Err(error) if number(&error) == Some(NO_SUCH_TABLE) => Ok(0),
        version => version,
    }
}

const NO_SUCH_TABLE: u16 = 1146;

fn number(error: &sqlx::Error) -> Option<u16> {
    error
        .as_database_error()?
        .try_downcast_ref::<MySqlDatabaseError>()
        .map(MySqlDatabaseError::number)
}

/// The schema could not be brought to this release's.
#[derive(Debug, thiserror::Error)]
pub enum MysqlMigrateError {
    /// A statement failed.
    #[error("migration {version} ({name}) failed")]
    Statement {
        /// Of which migration.
        version: i64,
        /// Its name.
        name: &'static str,
        /// What the server said.
        #[source]
        source: sqlx::Error,
    },
    /// Somebody else migrates, and did not end.
    #[error("another migration of this database is under way, and did not end within {LOCK_TIMEOUT_S} s")]
    Locked,
    /// The server could not be asked.
    #[error("the database cannot be migrated")]
    Server(#[from] sqlx::Error),
}

/// Runs what has not been run, under a lock of the whole database.
pub(super) async fn run(conn: &mut MySqlConnection) -> Result<(), MysqlMigrateError> {
    let locked: Option<i64> =
        sqlx::query_scalar("SELECT GET_LOCK(CONCAT('tintype ', LEFT(DATABASE(), 56)), ?)")
            .bind(LOCK_TIMEOUT_S)
            .fetch_one(&mut *conn)
            .await?;
    if locked != Some(1) {
        return Err(MysqlMigrateError::Locked);
    }
    let done = run_locked(conn, MIGRATIONS).await;
    // Were it not released, the end of the connection would do it.
    sqlx::query("DO RELEASE_LOCK(CONCAT('tintype ', LEFT(DATABASE(), 56)))")
        .execute(&mut *conn)
        .await?;
    done
}

async fn run_locked(conn: &mut MySqlConnection, migrations: &[Migration]) -> Result<(), MysqlMigrateError> {
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS migrations (
             version    BIGINT      NOT NULL PRIMARY KEY,
             name       VARCHAR(64) NOT NULL,
             applied_at TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP
         ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin",
    )
    .execute(&mut *conn)
    .await?;
    let version = version(conn).await?;
    for migration in migrations.iter().filter(|migration| migration.version > version) {
        match sqlx::raw_sql(SqlStr::from_static(migration.sql))
            .execute(&mut *conn)
            .await
        {
            Err(error) if number(&error).is_some_and(|number| DONE_BEFORE.contains(&number)) => {}
            Err(source) => {
                return Err(MysqlMigrateError::Statement {
                    version: migration.version,
                    name: migration.name,
                    source,
                });
            }
            Ok(_) => {}
        }
        sqlx::query("INSERT INTO migrations (version, name) VALUES (?, ?)")
            .bind(migration.version)
            .bind(migration.name)
            .execute(&mut *conn)
            .await?;
        tracing::info!(migration.version, migration.name, "the database has a new schema");
    }
    conn.ping().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use sqlx::AssertSqlSafe;

    use super::*;

    #[tokio::test]
    async fn a_statement_that_was_done_and_not_recorded_is_not_done_twice() {
        let server = std::env::var("TINTYPE_TEST_MYSQL_URL")
            .expect("there is no MySQL for this test: run it as `dev/mysql run cargo test …`");
        let name = format!("tintype_test_{:016x}", RandomState::new().hash_one(0));
        let mut conn = MySqlConnection::connect(&server).await.unwrap();
        let sql = format!("CREATE DATABASE {name}; USE {name}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut conn)
            .await
            .unwrap();
        let statements = [
            "CREATE TABLE things (id BIGINT PRIMARY KEY, old BIGINT)",
            "ALTER TABLE things ADD COLUMN new BIGINT",
            "CREATE INDEX things_by_new ON things (new)",
            "ALTER TABLE things DROP COLUMN old",
        ];
        let migrations: Vec<Migration> = (1..)
            .zip(statements)
            .map(|(version, sql)| Migration {
                version,
                name: "a thing",
                sql,
            })
            .collect();
        for _ in 0..2 {
            run_locked(&mut conn, &migrations).await.unwrap();
            assert_eq!(version(&mut conn).await.unwrap(), 4);
            sqlx::raw_sql("DELETE FROM migrations")
                .execute(&mut conn)
                .await
                .unwrap();
        }
        let wrong = [Migration {
            version: 1,
            name: "wrong",
            sql: "ALTER TABLE nothing ADD COLUMN new BIGINT",
        }];
        let failed = run_locked(&mut conn, &wrong).await.unwrap_err();
        assert_eq!(failed.to_string(), "migration 1 (wrong) failed");
        assert_eq!(version(&mut conn).await.unwrap(), 0, "what failed was recorded");
        let sql = format!("DROP DATABASE {name}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut conn)
            .await
            .unwrap();
    }
}
