//! Single flight: equal work that is under way is done once, whoever asks and whoever leaves.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::BlobKey;
use tokio::sync::watch;
use tracing::Instrument;

/// The work ended without a result: it panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work that this request waited for ended without a result")]
pub(crate) struct Lost;

/// The flights that are under way, by what they bring.
///
/// A flight is a task of its own, so that it goes on when the request that began it goes away. Its entry is taken away
/// when the task ends, in whichever way.
pub(crate) struct Flights<T> {
    board: Arc<Mutex<Board<T>>>,
}

struct Board<T> {
    under_way: HashMap<BlobKey, Entry<T>>,
    begun: u64,
    ended: u64,
}

struct Entry<T> {
    /// A key can be flown again while the task of a deserted flight is still unwinding: it must not remove the new entry.
    number: u64,
    results: watch::Sender<Option<T>>,
}

/// How many flights had ended at some moment. If none has ended since, nothing has been stored since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

/// A flight, in the hands of its task.
pub(crate) struct Flight<T> {
    board: Arc<Mutex<Board<T>>>,
    key: BlobKey,
    number: u64,
    began: Moment,
    results: watch::Sender<Option<T>>,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    pub(crate) fn new() -> Self {
        Self {
            board: Arc::new(Mutex::new(Board {
                under_way: HashMap::new(),
                begun: 0,
                ended: 0,
            })),
        }
    }

    /// Now, to be compared with when a flight began.
    pub(crate) fn moment(&self) -> Moment {
        Moment(lock(&self.board).ended)
    }

    /// The result of the flight for `key`; `work` is begun where there is none.
    pub(crate) async fn join<F, W>(&self, key: BlobKey, work: W) -> Result<T, Lost>
    where
        W: FnOnce(Flight<T>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut result = {
            let mut board = lock(&self.board);
            match board.under_way.get(&key) {
                Some(entry) => entry.results.subscribe(),
                None => {
                    let (results, result) = watch::channel(None);
                    board.begun += 1;
                    let entry = Entry {
                        number: board.begun,
                        results: results.clone(),
                    };
                    let flight = Flight {
                        board: Arc::clone(&self.board),
                        key: key.clone(),
                        number: entry.number,
                        began: Moment(board.ended),
                        results,
                    };
                    board.under_way.insert(key.clone(), entry);
                    tokio::spawn(work(flight).in_current_span());
                    result
                }
            }
        };
        let result = result.wait_for(Option::is_some).await.map_err(|_| Lost)?;
        result.clone().ok_or(Lost)
    }
}

impl<T> Flight<T> {
    /// When it began.
    pub(crate) fn began(&self) -> Moment {
        self.began
    }

    /// Hands the result to all who wait, and to all who join before the flight ends.
    pub(crate) fn publish(&self, result: T) {
        self.results.send_replace(Some(result));
    }

    /// Returns when nobody waits any more. Nobody can join from then on, so the work may be dropped.
    pub(crate) async fn deserted(&self) {
        loop {
            self.results.closed().await;
            let mut board = lock(&self.board);
            // Joining takes the lock: whoever came since `closed` is counted, and nobody comes before the entry is gone.
            if self.results.receiver_count() == 0 {
                board.remove(&self.key, self.number);
                return;
            }
        }
    }
}

impl<T> Board<T> {
    fn remove(&mut self, key: &BlobKey, number: u64) {
        if self
            .under_way
            .get(key)
            .is_some_and(|entry| entry.number == number)
        {
            self.under_way.remove(key);
        }
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        let mut board = lock(&self.board);
        board.ended += 1;
        board.remove(&self.key, self.number);
    }
}

/// A panic while the lock is held cannot leave the board half changed: each change is one call.
fn lock<T>(board: &Mutex<Board<T>>) -> MutexGuard<'_, Board<T>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{FutureExt, future::join_all};
    use tokio::{sync::Notify, task::yield_now};

    use super::*;

    fn key() -> BlobKey {
        BlobKey::parse("a").unwrap()
    }

    fn is_idle(flights: &Flights<u32>) -> bool {
        lock(&flights.board).under_way.is_empty()
    }

    #[tokio::test]
    async fn everybody_who_joins_shares_one_flight() {
        let flights = Flights::new();
        let begun = AtomicUsize::new(0);
        let joined = (0..200).map(|_| {
            flights.join(key(), |flight: Flight<u32>| {
                begun.fetch_add(1, Ordering::Relaxed);
                async move { flight.publish(7) }
            })
        });
        assert_eq!(join_all(joined).await, vec![Ok(7); 200]);
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        assert!(is_idle(&flights));
    }

    #[tokio::test]
    async fn a_flight_outlives_the_one_who_began_it() {
        let flights = Flights::new();
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let mut leader = Box::pin(flights.join(key(), |flight: Flight<u32>| async move {
            opened.notified().await;
            flight.publish(7);
        }));
        assert!(leader.as_mut().now_or_never().is_none());
        let mut follower = Box::pin(flights.join(key(), |_| async { unreachable!("it is under way") }));
        assert!(follower.as_mut().now_or_never().is_none());
        drop(leader);
        gate.notify_one();
        assert_eq!(follower.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_ends_the_flight_for_all_and_the_next_one_flies() {
        let flights = Flights::new();
        let first = flights.join(key(), |flight: Flight<u32>| async move {
            let _flight = flight;
            panic!("a defect");
        });
        assert_eq!(first.await, Err(Lost));
        assert!(is_idle(&flights));
        let second = flights.join(key(), |flight| async move { flight.publish(7) });
        assert_eq!(second.await, Ok(7));
    }

    #[tokio::test]
    async fn a_deserted_flight_may_end_and_one_with_a_follower_may_not() {
        let flights = Flights::new();
        let ended = Arc::new(AtomicUsize::new(0));
        let work = |flight: Flight<u32>| {
            let ended = Arc::clone(&ended);
            async move {
                flight.deserted().await;
                ended.fetch_add(1, Ordering::Relaxed);
            }
        };
        let mut leader = Box::pin(flights.join(key(), work));
        assert!(leader.as_mut().now_or_never().is_none());
        let mut follower = Box::pin(flights.join(key(), |_| async { unreachable!("it is under way") }));
        assert!(follower.as_mut().now_or_never().is_none());
        drop(leader);
        for _ in 0..10 {
            yield_now().await;
        }
        assert_eq!(ended.load(Ordering::Relaxed), 0);
        drop(follower);
        while ended.load(Ordering::Relaxed) == 0 {
            yield_now().await;
        }
        assert!(is_idle(&flights));
    }

    #[tokio::test]
    async fn what_ended_since_a_moment_can_be_told() {
        let flights = Flights::new();
        let before = flights.moment();
        for expected in [true, false] {
            let seen = flights.join(key(), |flight: Flight<bool>| async move {
                let unchanged = flight.began() == before;
                flight.publish(unchanged);
            });
            assert_eq!(seen.await, Ok(expected));
            while flights.moment() == before {
                yield_now().await;
            }
        }
    }
}
