//! Time and randomness, so that a test can move the one and repeat the other.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The time of day, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, to the microsecond. Two calls may return the same instant.
    fn now(&self) -> Timestamp;

    /// Returns when `duration` has passed on this clock.
    async fn sleep(&self, duration: Duration);
}

/// Bytes that nobody can foresee (or, in a test, everybody).
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` bytes of `entropy`.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
