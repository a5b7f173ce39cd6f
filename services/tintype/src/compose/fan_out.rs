//! One port, several adapters: all of them are told.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Event, ImageId};
use ports::{Notifier, PortError, Purger};

/// Tells each one in turn. Where one fails the event is told again, to all: hearers drop what they know.
pub(super) struct AllNotifiers(pub(super) Vec<Arc<dyn Notifier>>);

#[async_trait]
impl Notifier for AllNotifiers {
    async fn publish(&self, event: &Event) -> Result<(), PortError> {
        for notifier in &self.0 {
            notifier.publish(event).await?;
        }
        Ok(())
    }
}

/// Has each one forget in turn. Where one fails the job is done again, and all forget again.
pub(super) struct AllPurgers(pub(super) Vec<Arc<dyn Purger>>);

#[async_trait]
impl Purger for AllPurgers {
    async fn purge(&self, image: ImageId) -> Result<(), PortError> {
        for purger in &self.0 {
            purger.purge(image).await?;
        }
        Ok(())
    }
}
