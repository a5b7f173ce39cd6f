//! The worker.
//!
//! Owns: what happens to an image between `queued` and `ready`, the relay that publishes the outbox, what is posted to
//! webhooks and when, and the upkeep that takes away what nobody needs. Refuses: requests of any kind.

mod consumer;
mod gauges;
mod jobs;
mod relay;
mod settings;
mod strays;
mod sweep;
#[cfg(test)]
mod testing;
mod upkeep;
mod webhooks;

pub use consumer::Drained;
pub use settings::{Worker, WorkerPorts, WorkerSettings};
pub use sweep::SweepReport;
