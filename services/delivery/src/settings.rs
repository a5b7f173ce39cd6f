//! What an operator decides.

use std::{thread::available_parallelism, time::Duration};

/// Whether a URL must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signatures {
    /// A signature is checked where there is one.
    #[default]
    Optional,
    /// A URL without a signature is refused.
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
            decode_memory_bytes: 1_024 * 1_024 * 1_024,
        }
    }
}
