//! Backups: everything that a library is made of, in a folder that any shape can be restored from.
//!
//! ```text
//! FOLDER/backup.json                 what was kept, when and of what, and the SHA-256 of each part; written last
//! FOLDER/parts-N/TABLE.jsonl         the catalog's rows, one a line, all of one instant
//! FOLDER/parts-N/documents.jsonl     manifests and analyses, which change under their keys
//! FOLDER/parts-N/blobs.jsonl         each file of blobs/ that belongs to it: key, length, SHA-256; in the order of keys
//! FOLDER/parts-N/signing-keys        the keys of signed URLs, where they lay in the data folder
//! FOLDER/blobs/KEY                   originals, mezzanines, and uploads that nobody has looked at yet
//! ```
//!
//! What is in `blobs/` never changes under its key, and is there once for each backup into the folder. The rest is written
//! beside that of the backup before, and takes its place when `backup.json` does: until then the one before counts.
//!
//! Owns: the format, the order of things, and what a restored library has to do that the one before had not done. Refuses: SQL,
//! and whatever can be made anew: rendered variants, published presets, sessions, the queue.

mod blobs;
mod facts;
mod folder;
mod keep;
mod lines;
mod restore;
mod rows;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use facts::Backup;
pub(crate) use keep::{Kept, keep};
pub(crate) use restore::{Restored, check, restore};
