//! From configuration to running roles.

mod adapters;
#[cfg(feature = "aws")]
mod cloud;
#[cfg(not(feature = "aws"))]
#[path = "cloud_absent.rs"]
mod cloud;
mod fan_out;
mod keys;
mod roles;
mod services;
mod stores;

use std::sync::Arc;

use ports::Catalog;
use runtime::Config;

pub use adapters::Adapters;
pub use keys::{kept_signing_keys, signing_keys};
pub use roles::{Composed, Ground, Role, Running, compose};

/// The catalog alone, for commands that need no more.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_catalog(config: &Config) -> anyhow::Result<Arc<dyn Catalog>> {
    Ok(stores::open_catalog(config, &cloud::LazyCloud::default()).await?.catalog)
}
