//! Several purgers as one.

use std::sync::Arc;

use async_trait::async_trait;
use domain::ImageId;
use ports::{PortError, Purger};

/// Has each one forget in turn. Where one fails the job is done again, and all forget again.
pub(super) struct AllPurgers(pub(super) Vec<Arc<dyn Purger>>);

#[async_trait]
impl Purger for AllPurgers {
    async fn purge(&self, image: ImageId) -> Result<(), PortError> {
        for purger in &self.0 {
            purger.purge(image).await?;
        }
        Ok(())
    }

    async fn purge_presets(&self) -> Result<(), PortError> {
        for purger in &self.0 {
            purger.purge_presets().await?;
        }
        Ok(())
    }
}
