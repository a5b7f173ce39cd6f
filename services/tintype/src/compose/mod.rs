//! From configuration to running roles.

mod adapters;
#[cfg(feature = "aws")]
mod cloud;
#[cfg(not(feature = "aws"))]
#[path = "cloud_absent.rs"]
mod cloud;
mod edge;
mod fan_out;
mod keys;
mod library;
mod roles;
mod services;
mod starting;
mod stores;

use std::sync::Arc;

use embedded::SystemEntropy;
use ports::Catalog;
use runtime::Config;

pub use adapters::Adapters;
pub use keys::{kept_signing_keys, signing_keys};
pub(crate) use library::{Library, SigningKeysPlace};
pub use roles::{Composed, Ground, Role, Running, compose};
pub use starting::starting_routes;
pub use stores::is_absence;

/// The catalog alone, for commands that need no more.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_catalog(config: &Config) -> anyhow::Result<Arc<dyn Catalog>> {
    let opened = stores::open_catalog(config, &cloud::LazyCloud::default(), Arc::new(SystemEntropy)).await?;
    Ok(opened.catalog)
}

/// Brings the catalog to this release's schema: under a lock, and without harm where it has it.
///
/// # Errors
/// When it cannot be opened, or a migration fails.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    stores::migrate(config, &cloud::LazyCloud::default()).await
}

/// Makes what the AWS shape needs on an endpoint, under names that begin with `prefix`; the variables that name it. The pages at
/// `public_url` may send files to the bucket.
///
/// # Errors
/// When the endpoint is not local and no remote one is allowed, or it refuses, or AWS is not in this build.
pub async fn provision(
    public_url: &str,
    prefix: &str,
    allow_remote: bool,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let cloud = cloud::LazyCloud::default();
    let cloud = cloud.open("provision").await?;
    cloud.provision(prefix, public_url, allow_remote).await
}
