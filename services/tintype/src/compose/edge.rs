//! A cache before delivery that is told in the background what to forget.

use async_trait::async_trait;
use ports::Purger;

/// A purger that does not make its callers wait.
#[async_trait]
pub trait Edge: Purger {
    /// Returns when the cache was told of all that it was to forget. A process waits for it before it ends, though not forever.
    async fn told(&self);
}
