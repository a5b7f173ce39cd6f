//! A connection on loan to the statements of one attempt.
//!
//! A future may be dropped between two of the server's words: its caller went away, or its time was over. What the server still
//! does then is not known, and a connection that waits for a server that is gone would keep its place in the pool for as long as
//! TCP tries, which is a quarter of an hour. So only what ended in order goes back to the pool; anything else is closed.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{MySql, MySqlConnection, pool::PoolConnection};

type Home = Arc<Mutex<Option<PoolConnection<MySql>>>>;

/// A connection that goes back to the pool by [`Loan::end`], and is closed otherwise.
pub(super) struct Loan(Home);

impl Loan {
    pub(super) fn new(conn: PoolConnection<MySql>) -> Self {
        Self(Arc::new(Mutex::new(Some(conn))))
    }

    /// Hands the connection out; it comes home when what is handed out is dropped.
    pub(super) fn lend(&self) -> Lent {
        Lent {
            conn: self.take(),
            home: self.0.clone(),
        }
    }

    /// Everything ended in order.
    pub(super) fn end(self) {
        drop(self.take());
    }

    fn take(&self) -> Option<PoolConnection<MySql>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(mut conn) = self.take() {
            conn.close_on_drop();
        }
    }
}

/// The connection in the hands of statements.
pub(super) struct Lent {
    conn: Option<PoolConnection<MySql>>,
    home: Home,
}

impl Deref for Lent {
    type Target = MySqlConnection;

    fn deref(&self) -> &MySqlConnection {
        self.conn.as_ref().expect("a loan is lent once at a time")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut MySqlConnection {
        self.conn.as_mut().expect("a loan is lent once at a time")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.conn.take();
    }
}
