//! Adapters that need nothing installed.
//!
//! Owns: blobs in a folder, the queue in a table of the SQLite file, events and purges inside one process, the system's clock and
//! randomness. Refuses: the catalog, which has a crate of its own.

mod folder;
mod local_events;
mod local_purges;
mod sqlite_queue;
mod system;

pub use folder::{FolderBlobStore, FolderDirectUploads};
pub use local_events::LocalEvents;
pub use local_purges::LocalPurges;
pub use sqlite_queue::SqliteQueue;
pub use system::{SystemClock, SystemEntropy};
