//! Purges within one process: whoever keeps answers here is told.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use domain::ImageId;
use ports::{PortError, Purger};

/// Tells everybody who was added. Clones share their listeners.
#[derive(Clone, Default)]
pub struct LocalPurges {
    listeners: Arc<RwLock<Vec<Arc<dyn Purger>>>>,
}

impl LocalPurges {
    /// From now on `listener` is told as well.
    pub fn add(&self, listener: Arc<dyn Purger>) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
    }

    fn listeners(&self) -> Vec<Arc<dyn Purger>> {
        self.listeners
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Purger for LocalPurges {
    async fn purge(&self, image: ImageId) -> Result<(), PortError> {
        for listener in self.listeners() {
            listener.purge(image).await?;
        }
        Ok(())
    }

    async fn purge_presets(&self) -> Result<(), PortError> {
        for listener in self.listeners() {
            listener.purge_presets().await?;
        }
        Ok(())
    }
}
