//! The outbox: what a transaction wants told, stored with the rows it speaks of.

use crate::{Envelope, Event};

/// A message that waits for the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxMessage {
    /// For the queue.
    Job(Envelope),
    /// For all who listen.
    Event(Event),
}

/// A message and its place in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Counts up in the order of writing.
    pub position: u64,
    /// What is to be told; what this release cannot read stays in the outbox, for one that can.
    pub message: Result<OutboxMessage, UnreadableMessage>,
}

/// A message that this release cannot read: a later one wrote it, or it was damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableMessage(pub String);
