//! Events inside one process: the relay publishes, and whoever reads the event log wakes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::Event;
use ports::{EventSignal, Notifier, PortError};
use tokio::{sync::Notify, time::timeout};

/// A bell between the relay and the one reader of the event log in this process. The events themselves are read from
/// the catalog, so a ring that nobody hears loses nothing.
#[derive(Clone, Default)]
pub struct LocalEvents {
    bell: Arc<Notify>,
}

impl LocalEvents {
    /// A bell that has not rung.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Notifier for LocalEvents {
    async fn publish(&self, _event: &Event) -> Result<(), PortError> {
        // One permit is kept while nobody waits: a ring between two waits is not missed.
        self.bell.notify_one();
        Ok(())
    }
}

#[async_trait]
impl EventSignal for LocalEvents {
    async fn changed(&self, at_most: Duration) {
        // Both outcomes mean "look now".
        let _ = timeout(at_most, self.bell.notified()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ring_before_the_wait_is_heard() {
        let events = LocalEvents::new();
        ports::suite::notifier::tells_an_event(&events).await;
        timeout(Duration::from_secs(5), events.changed(Duration::from_secs(60)))
            .await
            .unwrap();
    }
}
