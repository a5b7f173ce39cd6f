//! How a COMMIT that was not answered is found to have been made or not.
//!
//! When the connection is lost at COMMIT, the transaction may have been made. To repeat it could do it twice; to give up would
//! tell of a failure that was none. So each transaction first counts up a row of its own seat, from the number that the process
//! knows. Repeated, it counts from the same number: where that row has moved on, the first one was made, and its result stands.
//! The row's lock keeps the second from looking while the server is still at the first.
//!
//! A seat belongs to one call at a time. One whose call was dropped half-way is not used again: nobody knows its number.

use std::sync::{Arc, Mutex, PoisonError};

use ports::{Entropy, random_bytes};
use sqlx::MySqlConnection;

/// A row that counts the transactions of one seat.
pub(super) struct Seat {
    id: [u8; 16],
    turn: i64,
    /// Whether the row is there.
    taken: bool,
}

impl Seat {
    /// Makes the row where it is not there yet; by itself, since only a row that is there for certain says something by its number.
    pub(super) async fn take(&mut self, conn: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        if !self.taken {
            sqlx::query("INSERT INTO seats (id, turn) VALUES (?, ?) ON DUPLICATE KEY UPDATE id = seats.id")
                .bind(self.id.as_slice())
                .bind(self.turn)
                .execute(conn)
                .await?;
            self.taken = true;
        }
        Ok(())
    }

    /// The first statement of a transaction. False: the row has moved on, or is gone.
    pub(super) async fn count(&self, conn: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
        let counted = sqlx::query("UPDATE seats SET turn = turn + 1 WHERE id = ? AND turn = ?")
            .bind(self.id.as_slice())
            .bind(self.turn)
            .execute(conn)
            .await?
            .rows_affected();
        Ok(counted > 0)
    }

    /// The transaction was made.
    pub(super) const fn made(&mut self) {
        self.turn += 1;
    }
}

/// The seats of this process that are free.
pub(super) struct Seats {
    free: Mutex<Vec<Seat>>,
    entropy: Arc<dyn Entropy>,
}

impl Seats {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self {
            free: Mutex::default(),
            entropy,
        }
    }

    pub(super) fn free_one(&self) -> Seat {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| self.new_one())
    }

    pub(super) fn new_one(&self) -> Seat {
        Seat {
            id: random_bytes(&*self.entropy),
            turn: 0,
            taken: false,
        }
    }

    pub(super) fn give_back(&self, seat: Seat) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(seat);
    }
}

/// Removes the rows of processes that ended long ago. One that only slept makes itself a new seat.
pub(super) async fn sweep(conn: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM seats WHERE touched_at < NOW() - INTERVAL 7 DAY LIMIT 10000")
        .execute(conn)
        .await
        .map(drop)
}
