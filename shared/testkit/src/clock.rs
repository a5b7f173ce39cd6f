//! Time that moves when told, and randomness that repeats.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use ports::{Clock, Entropy};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::sync::watch;

/// A clock that stands still until a test moves it; it ticks a microsecond each time it is read, as ids need.
pub struct FakeClock {
    now: watch::Sender<Timestamp>,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self {
            now: watch::Sender::new(Timestamp::from_second(1_790_000_000).unwrap()),
        }
    }
}

impl FakeClock {
    /// Moves the clock; whoever slept until then wakes.
    pub fn advance(&self, duration: Duration) {
        self.now
            .send_modify(|now| *now = now.checked_add(duration).unwrap());
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.advance(Duration::from_micros(1));
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let mut changes = self.now.subscribe();
        let end = self.now.borrow().checked_add(duration).unwrap();
        // The sender lives as long as the clock.
        let _ = changes.wait_for(|now| *now >= end).await;
    }
}

/// Randomness from a seed.
pub struct SeededEntropy(Mutex<StdRng>);

impl SeededEntropy {
    /// The same bytes for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}
