//! Telling the world what happened.

use std::time::Duration;

use async_trait::async_trait;
use domain::Event;

use crate::PortError;

/// Takes events to those outside who want to hear them.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Tells one event. It may be told again, after a crash or where it was not taken: hearers drop ids they know.
    async fn publish(&self, event: &Event) -> Result<(), PortError>;
}

/// Wakes those inside who read the event log.
#[async_trait]
pub trait EventSignal: Send + Sync {
    /// Returns when there may be new events in the catalog, or after `at_most`, whichever is first.
    async fn changed(&self, at_most: Duration);
}
