//! Named leases.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::PortError;

/// Named leases: of each, at most one holder at a time.
#[async_trait]
pub trait LeaseCatalog: Send + Sync {
    /// Takes or extends the lease `name` for `holder` until `until`. False where somebody else holds it at `now`.
    async fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, PortError>;

    /// Gives the lease back, if `holder` has it.
    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), PortError>;
}
