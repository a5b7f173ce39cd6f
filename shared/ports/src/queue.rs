//! The durable queue of jobs: at least once, with leases.

use std::time::Duration;

use async_trait::async_trait;
use domain::Envelope;

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

/// A job that nobody will try again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// The job.
    pub envelope: Envelope,
    /// Why it was given up.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepth {
    /// Jobs that can be received now or later.
    pub waiting: u64,
    /// Jobs in the hands of workers.
    pub leased: u64,
    /// Dead letters.
    pub dead: u64,
}

/// Jobs on their way from the outbox to a worker.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Stores jobs. A job whose id is waiting or leased already may be dropped.
    async fn send(&self, jobs: &[Envelope]) -> Result<(), PortError>;

    /// At most `max` jobs, each leased for `lease`. Waits up to `wait` for the first one; returns early with what there is.
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

    /// Puts the job among the dead letters. Does nothing where the lease has ended.
    async fn bury(&self, receipt: &str, reason: &str) -> Result<(), PortError>;

    /// The dead letters, newest first.
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadJob>, PortError>;

    /// How much there is to do; approximate where the queue can do no better.
    async fn depth(&self) -> Result<QueueDepth, PortError>;
}
