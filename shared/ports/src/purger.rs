//! The purger: whoever keeps answers of delivery and must forget them.

use async_trait::async_trait;
use domain::ImageId;

use crate::PortError;

/// Forgets what was delivered of an image, or to a preset: the caches before delivery, and delivery's own memory.
///
/// Called after the manifest says what is true now, so that what is asked for after it returns is made from that.
/// At-least-once: forgetting twice is forgetting once.
#[async_trait]
pub trait Purger: Send + Sync {
    /// Forgets every answer that shows the image or tells of it.
    async fn purge(&self, image: ImageId) -> Result<(), PortError>;

    /// Forgets every answer that a preset had a part in. Called after the published presets say what is true now.
    async fn purge_presets(&self) -> Result<(), PortError>;
}
