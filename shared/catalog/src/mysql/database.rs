//! A MySQL database: its pool, and what every connection begins with.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ports::{Entropy, PortError};
use sqlx::{
    ConnectOptions, Connection, MySqlConnection, MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    pool::PoolConnectionMetadata,
};

use super::{
    failed,
    migrations::{self, MysqlMigrateError},
    patience::{self, Meaning, Patience, Repeats},
    seats::{self, Seats},
    settings::{MysqlSettings, SettingsError},
};

/// How long a connection may take to come about, its place in the pool included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An idle connection is closed before the server would.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// When the server ends a connection, and with it a transaction, that says nothing: its process may be gone without a word, and
/// the locks that it had must not stay for the eight hours that are the default.
const WAIT_TIMEOUT_S: u64 = 120;

/// A balancer or a fail-over moves connections only when they are made.
const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How often the source of the password is asked.
const RENEWAL_PAUSE: Duration = Duration::from_secs(1);

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum MysqlOpenError {
    /// The settings lead to no server.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The server cannot be reached, or lets nobody in.
    #[error("cannot connect to the database at {host}")]
    Connect {
        /// Where it should be.
        host: String,
        /// What went wrong.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is older than this release needs.
    #[error("the database has schema {found}, and this release needs {needed}: run `tintype migrate` first")]
    Schema {
        /// The version that is there; 0 where there is none.
        found: i64,
        /// The version that is needed.
        needed: i64,
    },
    /// The schema could not be brought to this release's.
    #[error(transparent)]
    Migrate(#[from] MysqlMigrateError),
}

impl MysqlOpenError {
    /// Whether the server is only away, so that opening may be tried again: it refuses connections, its name is not known yet, it
    /// does not answer, it is starting or going. A wrong password or an unknown database stay what they are.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Connect { source, .. } => patience::is_absence(source),
            Self::Migrate(
                MysqlMigrateError::Statement { source, .. } | MysqlMigrateError::Server(source),
            ) => patience::is_absence(source),
            Self::Migrate(MysqlMigrateError::Locked) | Self::Settings(_) | Self::Schema { .. } => false,
        }
    }
}

/// A database on a MySQL server.
#[derive(Clone)]
pub struct MysqlDatabase(Arc<Inner>);

struct Inner {
    pool: MySqlPool,
    settings: MysqlSettings,
    entropy: Arc<dyn Entropy>,
    seats: Seats,
    repeats: Repeats,
    /// When the password was last asked for; held while it is, so that one asks for all.
    renewed: tokio::sync::Mutex<Instant>,
    /// Connections from before this instant lead to a server that takes no writes any more.
    distrusted: Arc<Mutex<Option<Instant>>>,
}

impl MysqlDatabase {
    /// Connects, and sees that the schema is what this release needs; a newer one is fine, since each works with the release
    /// before it.
    ///
    /// # Errors
    /// When the server cannot be reached, or the schema is too old.
    pub async fn open(settings: MysqlSettings, entropy: Arc<dyn Entropy>) -> Result<Self, MysqlOpenError> {
        let options = settings.connect_options().await?;
        let host = options.get_host().to_owned();
        let connected = |source| MysqlOpenError::Connect {
            host: host.clone(),
            source,
        };
        let mut conn = connect(&options).await?;
        let look = async {
            begin_session(&mut conn, settings.statement_timeout).await?;
            let found = migrations::version(&mut conn).await?;
            if found > 0 {
                seats::sweep(&mut conn).await?;
            }
            conn.close().await?;
            Ok(found)
        };
        let looked = tokio::time::timeout(CONNECT_TIMEOUT + settings.statement_timeout, look).await;
        let found = looked.unwrap_or_else(|_| Err(no_answer())).map_err(connected)?;
        let needed = migrations::needed();
        if found < needed {
            return Err(MysqlOpenError::Schema { found, needed });
        }
        let distrusted = Arc::new(Mutex::new(None));
        let trusted = distrusted.clone();
        let statement_timeout = settings.statement_timeout;
        let pool = MySqlPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(CONNECT_TIMEOUT)
            .idle_timeout(IDLE_TIMEOUT)
            .max_lifetime(MAX_LIFETIME)
            .after_connect(move |conn, _| Box::pin(begin_session(conn, statement_timeout)))
            .before_acquire(move |_, meta| {
                let trusts = is_trusted(&trusted, &meta);
                Box::pin(async move { Ok(trusts) })
            })
            .connect_lazy_with(options);
        Ok(Self(Arc::new(Inner {
            pool,
            settings,
            seats: Seats::new(entropy.clone()),
            entropy,
            repeats: Repeats::default(),
            renewed: tokio::sync::Mutex::new(Instant::now()),
            distrusted,
        })))
    }

    /// Brings the database to this release's schema. Several at once wait for each other, and a second one does nothing.
    ///
    /// # Errors
    /// When the server cannot be reached, or a migration fails.
    pub async fn migrate(settings: &MysqlSettings) -> Result<(), MysqlOpenError> {
        let options = settings.connect_options().await?;
        let connected = |source| MysqlOpenError::Connect {
            host: options.get_host().to_owned(),
            source,
        };
        let mut conn = connect(&options).await?;
        migrations::run(&mut conn).await?;
        conn.close().await.map_err(connected)
    }

    /// How many connections are in use, and how many are open beside those.
    pub fn connections(&self) -> (u64, u64) {
        let idle = self.0.pool.num_idle() as u64;
        (u64::from(self.0.pool.size()).saturating_sub(idle), idle)
    }

    /// How often something was tried again.
    pub fn repeats(&self) -> &Repeats {
        &self.0.repeats
    }

    /// Closes the connections, after what is under way.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    pub(super) fn pool(&self) -> &MySqlPool {
        &self.0.pool
    }

    pub(super) fn seats(&self) -> &Seats {
        &self.0.seats
    }

    pub(super) fn patience(&self) -> Patience<'_> {
        Patience::new(&*self.0.entropy, &self.0.repeats, self.0.settings.patience)
    }

    /// How long one attempt may take: the server watches over its statements itself, and this over the server.
    pub(super) fn attempt_timeout(&self) -> Duration {
        CONNECT_TIMEOUT + self.0.settings.statement_timeout
    }

    /// What has to be done before the next attempt.
    pub(super) async fn mend(&self, meaning: Meaning) -> Result<(), PortError> {
        match meaning {
            Meaning::Conflict | Meaning::Away | Meaning::Final => Ok(()),
            Meaning::ReadOnly => {
                *self.0.distrusted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                Ok(())
            }
            Meaning::Password => self.renew_password().await,
        }
    }

    async fn renew_password(&self) -> Result<(), PortError> {
        let mut renewed = self.0.renewed.lock().await;
        if self.0.settings.password.is_none() || renewed.elapsed() < RENEWAL_PAUSE {
            return Ok(());
        }
        let options = match self.0.settings.connect_options().await {
            Ok(options) => options,
            Err(SettingsError::Password(error)) => return Err(error),
            Err(error) => return Err(PortError::unavailable("the catalog")(error)),
        };
        self.0.pool.set_connect_options(options);
        *renewed = Instant::now();
        tracing::info!("the catalog's password was read anew, since the server refused the one before");
        Ok(())
    }
}

/// One connection beside the pool, which would try again and then say no more than that it took too long: this says at once what
/// is wrong.
async fn connect(options: &MySqlConnectOptions) -> Result<MySqlConnection, MysqlOpenError> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await;
    connecting
        .unwrap_or_else(|_| Err(no_answer()))
        .map_err(|source| MysqlOpenError::Connect {
            host: options.get_host().to_owned(),
            source,
        })
}

fn is_trusted(distrusted: &Mutex<Option<Instant>>, meta: &PoolConnectionMetadata) -> bool {
    let since = *distrusted.lock().unwrap_or_else(PoisonError::into_inner);
    since.is_none_or(|since| meta.age < since.elapsed())
}

/// READ COMMITTED: what is read before it is changed is locked by name, and gaps between rows, which the default would lock as
/// well, are where others insert.
async fn begin_session(conn: &mut MySqlConnection, statement_timeout: Duration) -> Result<(), sqlx::Error> {
    let seconds = statement_timeout.as_secs().max(1);
    sqlx::query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "SET SESSION wait_timeout = ?, SESSION innodb_lock_wait_timeout = ?, SESSION lock_wait_timeout = ?",
    )
    .bind(WAIT_TIMEOUT_S)
    .bind(seconds)
    .bind(seconds)
    .execute(&mut *conn)
    .await?;
    limit_selects(conn, statement_timeout).await
}

/// How long a SELECT of this session may take; zero is for ever. MySQL counts SELECTs alone, in milliseconds; MariaDB calls it
/// otherwise, and counts seconds of everything.
pub(super) async fn limit_selects(conn: &mut MySqlConnection, limit: Duration) -> Result<(), sqlx::Error> {
    let version: String = sqlx::query_scalar("SELECT VERSION()")
        .fetch_one(&mut *conn)
        .await?;
    let limit = if version.contains("MariaDB") {
        // Rounded up: a part of a second would be for ever.
        sqlx::query("SET SESSION max_statement_time = ?").bind(limit.as_millis().div_ceil(1_000) as u64)
    } else {
        let millis = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        sqlx::query("SET SESSION max_execution_time = ?").bind(millis)
    };
    limit.execute(conn).await.map(drop)
}

/// The error of an attempt that had no answer in time.
pub(super) fn timed_out() -> PortError {
    failed(no_answer())
}

fn no_answer() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "the server did not answer in time",
    ))
}
