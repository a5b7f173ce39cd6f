//! The tests that every adapter of a port must pass.
//!
//! Each function takes an empty adapter and panics where the contract is broken: an adapter's own tests call them.

pub mod blob_store;
pub mod catalog;
pub mod direct_uploads;
pub mod notifier;
pub mod queue;
