//! From configuration to running roles.

mod adapters;
mod keys;
mod roles;
mod urls;

pub use adapters::Adapters;
pub use keys::{kept_signing_keys, signing_keys};
pub use roles::{Composed, Role, Running, compose};
