//! What an operator decides.

use std::{thread::available_parallelism, time::Duration};

const MIB: u64 = 1024 * 1024;

/// Whether a URL must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signatures {
    /// A signature is checked where there is one. Private images and originals need one all the same.
    #[default]
    Optional,
    /// A URL without a signature is refused, but for a preset of a public image.
    Required,
}

/// How delivery behaves, and how much it takes on.
#[derive(Debug, Clone)]
pub struct DeliverySettings {
    /// Whether a URL must be signed.
    pub signatures: Signatures,
    /// Renders at the same time; the number of cores unless configured. At least 1.
    pub max_renders: usize,
    /// Renders that wait for their turn, beyond which the answer is 429 at once; twice the cores unless configured.
    pub max_waiting: usize,
    /// How long a render may wait for its turn, and then again how long it may take; 10 s unless configured.
    pub render_timeout: Duration,
    /// How large a picture may be that is decoded, and that is written.
    pub limits: imaging::Limits,
    /// How many bytes of memory the pixels of one picture may take.
    pub decode_memory_bytes: u64,
    /// How many bytes of memory the pixels of all renders may take together; no less than `decode_memory_bytes` counts.
    pub render_memory_bytes: u64,
    /// How many bytes of answers are kept in memory; 0 for none.
    pub cache_bytes: u64,
    /// How long a manifest is trusted before it is read again, so that an image that is withdrawn without word from a
    /// [`Purger`](ports::Purger) is shown no longer than that; zero to read it for each request.
    pub manifest_max_age: Duration,
    /// How long the presets are trusted before they are read again; zero to read them for each request.
    pub presets_max_age: Duration,
    /// Whether nothing is shown but presets, and originals under a signature.
    pub only_presets: bool,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        let cores = available_parallelism().map_or(2, usize::from);
        Self {
            signatures: Signatures::default(),
            max_renders: cores,
            max_waiting: 2 * cores,
            render_timeout: Duration::from_secs(10),
            limits: imaging::Limits::default(),
            decode_memory_bytes: 1_024 * MIB,
            render_memory_bytes: 1_024 * MIB,
            cache_bytes: 128 * MIB,
            manifest_max_age: Duration::from_secs(1),
            presets_max_age: Duration::from_secs(2),
            only_presets: false,
        }
    }
}
