//! What the services need from the outside world, as traits.
//!
//! Owns: the contracts of catalog, blob store, queue, notifier, clock and randomness, and in [`suite`] the tests that
//! every adapter of a contract must pass. Refuses: any adapter, any SDK type, any SQL.

mod blob_store;
mod catalog;
mod change;
mod clock;
mod direct_uploads;
mod error;
mod notifier;
mod purger;
mod queue;
pub mod suite;
mod webhook_poster;

pub use blob_store::{BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, RangeReader};
pub use catalog::{
    AcceptOutcome, Accepted, AccountCatalog, Catalog, DeadLetter, DeadLetterCatalog, DirectUploadCatalog,
    ImageCatalog, ImageView, LeaseCatalog, OutboxCatalog, PresetCatalog, PresetStored, Stored,
    WebhookCatalog, WebhookMessage,
};
pub use change::{Changed, Plan, change_image, event_message, job_message};
pub use clock::{Clock, Entropy, random_bytes};
pub use direct_uploads::{Assembled, BegunUpload, DirectUploads, PartTarget, StoredPart};
pub use error::PortError;
pub use notifier::{EventSignal, Notifier};
pub use purger::Purger;
pub use queue::{Queue, QueueDepth, ReceivedJob, Stray};
pub use webhook_poster::{AddressRefused, PostAnswer, PostFailed, WebhookPoster};
