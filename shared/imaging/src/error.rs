//! Why a picture could not be ingested or rendered.

use domain::ImageFormat;

use crate::ProbeError;

/// Why a picture could not be ingested or rendered; the text reads to the person who sent the picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImagingError {
    /// The file was refused before anything was decoded.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The file looked sound from outside, but its pixels cannot be read.
    #[error("{reason}")]
    Undecodable {
        /// A whole sentence without its full stop.
        reason: String,
    },
    /// Decoding would need more memory than the caller allows.
    #[error(
        "decoding this picture needs about {} MB of memory and {} MB are allowed; save it smaller, or as a JPEG",
        needed_bytes.div_ceil(1_000_000),
        budget_bytes / 1_000_000
    )]
    OverBudget {
        /// The estimate, made before anything was allocated.
        needed_bytes: u64,
        /// What the caller allows.
        budget_bytes: u64,
    },
    /// The caller's time was over between two steps.
    #[error("the picture took longer than it may; ask for a smaller one, or send a smaller one")]
    OutOfTime,
    /// The encoder refused; not the sender's fault.
    #[error("the picture could not be written as {format}: {reason}")]
    Encode {
        /// What was to be written.
        format: ImageFormat,
        /// The encoder's words.
        reason: String,
    },
    /// A defect in a codec or in ours: caught, so that the process lives on.
    #[error("reading this picture met a defect of ours; the file may be damaged, so saving it anew may help")]
    Panicked {
        /// The panic's message, for the log.
        message: String,
    },
}

impl ImagingError {
    pub(crate) fn undecodable(reason: impl Into<String>) -> Self {
        Self::Undecodable {
            reason: reason.into(),
        }
    }

    pub(crate) fn encode(format: ImageFormat, reason: impl Into<String>) -> Self {
        Self::Encode {
            format,
            reason: reason.into(),
        }
    }
}
