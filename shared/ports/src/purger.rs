//! The purger: whoever keeps answers of delivery and must forget them.

use async_trait::async_trait;
use domain::ImageId;

use crate::PortError;

/// Forgets what was delivered of an image: the caches before delivery, and delivery's own memory.
///
/// Called after the manifest says what is true now, so that what is asked for after it returns is made from that.
/// At-least-once: forgetting twice is forgetting once.
#[async_trait]
pub trait Purger: Send + Sync {
    /// Forgets every answer that shows the image or tells of it.
    async fn purge(&self, image: ImageId) -> Result<(), PortError>;
}
