//! The catalog: rows of images, people, and what is to be told.
//!
//! Every change of an image stands in one transaction with the messages that tell of it.

mod accounts;
mod dead_letters;
mod direct_uploads;
mod images;
mod leases;
mod outbox;
mod presets;
mod webhooks;

pub use accounts::AccountCatalog;
pub use dead_letters::{DeadLetter, DeadLetterCatalog};
pub use direct_uploads::DirectUploadCatalog;
pub use images::{AcceptOutcome, Accepted, ImageCatalog, ImageView};
pub use leases::LeaseCatalog;
pub use outbox::OutboxCatalog;
pub use presets::{PresetCatalog, PresetStored};
pub use webhooks::{WebhookCatalog, WebhookMessage};

use async_trait::async_trait;

use crate::PortError;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored.
    Yes,
    /// The image was changed by somebody else meanwhile, or is gone: read it again.
    Conflict,
}

/// The whole catalog.
#[async_trait]
pub trait Catalog:
    ImageCatalog
    + DirectUploadCatalog
    + AccountCatalog
    + PresetCatalog
    + OutboxCatalog
    + DeadLetterCatalog
    + WebhookCatalog
    + LeaseCatalog
{
    /// Whether the catalog can be reached; for readiness.
    async fn ping(&self) -> Result<(), PortError>;
}
