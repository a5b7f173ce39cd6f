//! The dead letters of the queue.

use async_trait::async_trait;
use domain::{Envelope, JobId};
use jiff::Timestamp;

use crate::PortError;

/// A job that nobody will try again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub envelope: Envelope,
    /// Why it was given up.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// The dead letters of the queue, with their reasons.
#[async_trait]
pub trait DeadLetterCatalog: Send + Sync {
    /// Stores a dead letter; one of the same job is there once, with what was said of it last.
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError>;

    /// The dead letter of this job.
    async fn dead_letter(&self, id: JobId) -> Result<Option<DeadLetter>, PortError>;

    /// At most `limit` dead letters, newest first.
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, PortError>;

    /// How many there are.
    async fn count_dead_letters(&self) -> Result<u64, PortError>;

    /// In one transaction: removes the dead letters of these jobs, and puts the jobs in the outbox to be sent anew.
    /// Returns the ids that were found.
    async fn redrive(&self, ids: &[JobId]) -> Result<Vec<JobId>, PortError>;

    /// Removes the dead letters of these jobs, which nobody does any more. Returns the ids that were found.
    async fn dismiss(&self, ids: &[JobId]) -> Result<Vec<JobId>, PortError>;
}
