//! A lease that one worker at a time holds, for as long as it lives and extends it.

use std::time::Duration;

use jiff::Timestamp;
use ports::{PortError, random_bytes};

use crate::Worker;

/// One who holds the lease of a name, or would.
pub(crate) struct Held {
    worker: Worker,
    name: &'static str,
    /// Another takes over this long after the holder fell silent. It is extended when half of it has passed: who is idle writes
    /// seldom.
    lease: Duration,
    holder: String,
    /// When it is to be extended.
    extend_at: Timestamp,
}

impl Held {
    pub(crate) fn new(worker: &Worker, name: &'static str, lease: Duration) -> Self {
        Self {
            worker: worker.clone(),
            name,
            lease,
            holder: u128::from_be_bytes(random_bytes(&*worker.entropy)).to_string(),
            extend_at: Timestamp::MIN,
        }
    }

    /// Takes or keeps the lease; false where another has it.
    pub(crate) async fn holds(&mut self) -> Result<bool, PortError> {
        let now = self.worker.clock.now();
        if now < self.extend_at {
            return Ok(true);
        }
        let until = now.checked_add(self.lease).unwrap_or(now);
        let catalog = &self.worker.catalog;
        let held = catalog.hold_lease(self.name, &self.holder, now, until).await?;
        if held {
            self.extend_at = now.checked_add(self.lease / 2).unwrap_or(now);
        }
        Ok(held)
    }

    /// Gives it back.
    pub(crate) async fn release(&self) -> Result<(), PortError> {
        self.worker.catalog.release_lease(self.name, &self.holder).await
    }
}
