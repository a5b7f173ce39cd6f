//! The durable queue of jobs: at least once, with leases.

use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, JobId};

use crate::PortError;

/// A job in the hands of one worker, until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedJob {
    /// Names this delivery, not the job: the next delivery has another.
    pub receipt: String,
    /// How often it was delivered, this time included; from 1.
    pub attempt: u32,
    /// The job.
    pub envelope: Envelope,
}

/// A job that the queue itself gave up, without a word of a worker: each that had it died over it, say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The job.
    pub envelope: Envelope,
    /// How often it was delivered, as far as the queue knows.
    pub attempts: u32,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepth {
    /// Jobs that can be received now or later.
    pub waiting: u64,
    /// Jobs in the hands of workers.
    pub leased: u64,
    /// Jobs in the queue's place for dead letters; 0 where it has none.
    pub dead: u64,
}

/// Jobs on their way from the outbox to a worker.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Stores jobs. A job whose id is waiting or leased already may be dropped.
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError>;

    /// At most `max` jobs, each leased for `lease`. Waits up to `wait` for the first one; returns early with what there is.
    /// It may be dropped before its end: jobs that it had then are given back.
    async fn receive(
        &self,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<ReceivedJob>, PortError>;

    /// Makes the lease end `lease` from now. False: it has ended and somebody else may have the job.
    async fn extend(&self, receipt: &str, lease: Duration) -> Result<bool, PortError>;

    /// The job is done. Does nothing where the lease has ended.
    async fn complete(&self, receipt: &str) -> Result<(), PortError>;

    /// Gives the job back, to be received again after `delay`. Does nothing where the lease has ended.
    async fn give_back(&self, receipt: &str, delay: Duration) -> Result<(), PortError>;

    /// Takes the job out of the line for good; where the queue has a place for dead letters, the job lies there with the
    /// reason. The catalog has it already (`DeadLetterCatalog::bury`). Does nothing where the lease has ended.
    async fn bury(&self, receipt: &str, reason: &str) -> Result<(), PortError>;

    /// Some of the jobs in the queue's place for dead letters, those of workers included; they stay there. It may miss
    /// some, and tells them another time.
    async fn strays(&self, limit: usize) -> Result<Vec<Stray>, PortError>;

    /// Removes these jobs from the queue's place for dead letters, as far as they are found there.
    async fn forget_dead(&self, ids: &[JobId]) -> Result<(), PortError>;

    /// How much there is to do; approximate where the queue can do no better.
    async fn depth(&self) -> Result<QueueDepth, PortError>;
}
