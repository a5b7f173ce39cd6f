//! What is to be known of a file before it is taken in, found in one pass: what it is, how long it is, its SHA-256.

use domain::Sha256Digest;
use sha2::{Digest, Sha256};

use super::{Header, Limits, ProbeError, Scanner};

/// Looks at a file that streams by, in constant memory.
pub struct Inspector {
    scanner: Scanner,
    hash: Sha256,
    size_bytes: u64,
}

/// A file that can be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// What its header says.
    pub header: Header,
    /// Of all its bytes.
    pub sha256: Sha256Digest,
    /// Its length.
    pub size_bytes: u64,
}

impl Inspector {
    /// One that has seen nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            scanner: Scanner::new(limits),
            hash: Sha256::new(),
            size_bytes: 0,
        }
    }

    /// Reads on.
    ///
    /// # Errors
    /// As soon as the bytes show that it is nothing that is taken in.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ProbeError> {
        self.scanner.push(chunk)?;
        self.hash.update(chunk);
        self.size_bytes += chunk.len() as u64;
        Ok(())
    }

    /// Says that the file has ended; it may be cut off if `accepts_damage`, see [`Scanner::finish_damaged`].
    ///
    /// # Errors
    /// When it is nothing that is taken in.
    pub fn finish(self, accepts_damage: bool) -> Result<Inspected, ProbeError> {
        let (header, _) = self.scanner.finish_damaged(accepts_damage)?;
        Ok(Inspected {
            header,
            sha256: Sha256Digest::from_bytes(self.hash.finalize().into()),
            size_bytes: self.size_bytes,
        })
    }
}
