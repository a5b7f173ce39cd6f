//! The worker.
//!
//! Owns: what happens to an image between `queued` and `ready`, the relay that publishes the outbox, and the upkeep that
//! takes away what nobody needs. Refuses: requests of any kind.

mod consumer;
mod gauges;
mod jobs;
mod relay;
mod settings;
mod sweep;
mod upkeep;

pub use consumer::Drained;
pub use settings::{Worker, WorkerPorts, WorkerSettings};
pub use sweep::SweepReport;
