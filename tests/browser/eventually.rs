//! Waiting in tests: look until it is so, or until the deadline.

use std::time::{Duration, Instant};

/// How often is looked.
const INTERVAL: Duration = Duration::from_millis(100);

/// Looks until there is something, and gives that; after `deadline`, what the last look had to say.
pub async fn eventually<T>(
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let began = Instant::now();
    loop {
        match look().await {
            Ok(found) => return Ok(found),
            Err(words) if began.elapsed() > deadline => return Err(words),
            Err(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}
