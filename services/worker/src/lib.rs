//! The worker.
//!
//! Owns: what happens to an image between `queued` and `ready`, the relay that works the outbox off, what a topic is told, what is posted to
//! webhooks and when, and the upkeep that takes away what nobody needs. Refuses: requests of any kind.

mod consumer;
mod gauges;
mod jobs;
mod lease;
mod relay;
mod settings;
mod strays;
mod sweep;
#[cfg(test)]
mod testing;
mod topic;
mod upkeep;
mod webhooks;

pub use consumer::Drained;
pub use settings::{Worker, WorkerPorts, WorkerSettings};
pub use sweep::SweepReport;
