//! What a failure means, and whether and when what failed is tried again.
//!
//! The pauses are for a server beyond the network: they pass on the machine's own clock, and not on one that a test moves.

use std::{
    io::ErrorKind,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use ports::{Entropy, PortError, random_bytes};
use sqlx::mysql::MySqlDatabaseError;

/// How often a transaction is repeated because of others: each time, one of those went on.
const MAX_CONFLICTS: u32 = 20;

/// What a failure means for who could try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Another transaction was in the way; the server undid this one.
    Conflict,
    /// The server is away, goes away, or comes back.
    Away,
    /// The server takes no writes: after a fail-over, this connection leads to what is a replica now.
    ReadOnly,
    /// The server refuses the password.
    Password,
    /// It would fail again.
    Final,
}

/// The server's numbers: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>, and MariaDB's for the same.
pub(super) fn meaning(error: &sqlx::Error) -> Meaning {
    use sqlx::Error;
    match error {
        Error::Database(error) => match error
            .try_downcast_ref::<MySqlDatabaseError>()
            .map(MySqlDatabaseError::number)
        {
            // Deadlock; lock wait timeout; a row that was changed since it was read (MariaDB, Group Replication).
            Some(1213 | 1205 | 1020 | 3101) => Meaning::Conflict,
            // Duplicate key: what looked before it wrote was overtaken; the next time it finds what is there.
            Some(1062) => Meaning::Conflict,
            Some(1045) => Meaning::Password,
            // --read-only, --super-read-only, a read-only transaction.
            Some(1290 | 1836 | 1792) => Meaning::ReadOnly,
            // Too many connections; shutdown; aborted; killed; idle for too long; no host lookup yet.
            Some(1040 | 1053 | 1152 | 1158..=1161 | 1184 | 1203 | 1317 | 1927 | 3169 | 4031) => Meaning::Away,
            _ => Meaning::Final,
        },
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolTimedOut | Error::WorkerCrashed => {
            Meaning::Away
        }
        _ => Meaning::Final,
    }
}

/// Whether a server that could not be connected to is only away: it may be there in a moment, and nobody has to mend anything. A
/// certificate that is refused, a file that is missing and an address that cannot be are I/O errors as well, and none of this.
pub(super) fn is_absence(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => !matches!(
            error.kind(),
            ErrorKind::NotFound
                | ErrorKind::PermissionDenied
                | ErrorKind::InvalidData
                | ErrorKind::InvalidInput
                | ErrorKind::Unsupported
        ),
        sqlx::Error::Database(_) => meaning(error) == Meaning::Away,
        _ => false,
    }
}

/// How often something was tried again, since the start of this process.
#[derive(Debug, Default)]
pub struct Repeats {
    conflicts: AtomicU64,
    losses: AtomicU64,
}

impl Repeats {
    /// For another transaction that was in the way: a deadlock, a lock that was not had in time, the same key.
    pub fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// For a server that was away, or refused the password.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }
}

/// The patience with one call: what went wrong so far.
pub(super) struct Patience<'a> {
    entropy: &'a dyn Entropy,
    repeats: &'a Repeats,
    limit: Duration,
    began: Instant,
    conflicts: u32,
    losses: u32,
}

impl<'a> Patience<'a> {
    pub(super) fn new(entropy: &'a dyn Entropy, repeats: &'a Repeats, limit: Duration) -> Self {
        Self {
            entropy,
            repeats,
            limit,
            began: Instant::now(),
            conflicts: 0,
            losses: 0,
        }
    }

    /// Returns when it is time to try again; or the error, where that is no use or the patience is at its end.
    pub(super) async fn after(&mut self, error: PortError) -> Result<Meaning, PortError> {
        let PortError::Unavailable { source, .. } = &error else {
            return Err(error);
        };
        let meaning = source.downcast_ref().map_or(Meaning::Final, meaning);
        let longest_ms = match meaning {
            Meaning::Final => return Err(error),
            _ if self.began.elapsed() >= self.limit => return Err(error),
            Meaning::Conflict if self.conflicts >= MAX_CONFLICTS => return Err(error),
            Meaning::Conflict => {
                self.conflicts += 1;
                self.repeats.conflicts.fetch_add(1, Ordering::Relaxed);
                // The first time at once, or nearly: the other one is on its way out.
                4 << self.conflicts.min(6)
            }
            _ => {
                if self.losses == 0 {
                    tracing::warn!(error.message = %source, "the catalog did not answer; what is safe to repeat is repeated");
                }
                self.losses += 1;
                self.repeats.losses.fetch_add(1, Ordering::Relaxed);
                32 << self.losses.min(4)
            }
        };
        // Those who collided must not come back at the same time.
        let share = u64::from(u16::from_be_bytes(random_bytes(self.entropy)));
        tokio::time::sleep(Duration::from_millis((longest_ms * share) >> 16)).await;
        Ok(meaning)
    }
}
