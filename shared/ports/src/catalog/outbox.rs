//! The outbox, and the log of events that it feeds.

use async_trait::async_trait;
use domain::{Event, OutboxItem};
use jiff::Timestamp;

use crate::PortError;

/// The outbox, and the log of events that it feeds.
#[async_trait]
pub trait OutboxCatalog: Send + Sync {
    /// The oldest `limit` messages whose position is above `after`, those that cannot be read included.
    async fn outbox(&self, after: u64, limit: u32) -> Result<Vec<OutboxItem>, PortError>;

    /// In one transaction: writes the events among `items` to the log, each with the next sequence, and removes all
    /// `items` from the outbox, but for those that cannot be read. Only the holder of the relay's lease calls it.
    async fn settle(&self, items: &[OutboxItem]) -> Result<(), PortError>;

    /// The oldest `limit` events of the log that were neither put down for webhooks nor published.
    async fn events_to_put_down(&self, limit: u32) -> Result<Vec<Event>, PortError>;

    /// The oldest `limit` events of the log that were not marked as published.
    async fn unpublished_events(&self, limit: u32) -> Result<Vec<Event>, PortError>;

    /// Marks the events up to `sequence` as published.
    async fn mark_published(&self, sequence: u64) -> Result<(), PortError>;

    /// At most `limit` events of the log after `sequence`, in order.
    async fn events_after(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, PortError>;

    /// The sequence of the newest event; 0 where there was none.
    async fn last_sequence(&self) -> Result<u64, PortError>;

    /// Removes the published events that happened before `instant`, the newest event excepted.
    async fn forget_events_before(&self, instant: Timestamp) -> Result<(), PortError>;
}
