//! What one call may use: pixels, memory, time.

use crate::{ImagingError, Limits};

/// What one call may use. The engine keeps no clock and no counters of its own: the caller says, and the engine asks.
#[derive(Clone, Copy)]
pub struct Allowance<'a> {
    /// What is refused before it is decoded.
    pub limits: Limits,
    /// The most that pixels in memory may take while a picture is decoded and resized, the file's own bytes excepted. Each
    /// decoder asks before it allocates.
    pub memory_bytes: u64,
    /// Asked between the steps, and between the frames of an animation: true ends the call with
    /// [`ImagingError::OutOfTime`]. A codec at work is not interrupted.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
}

impl Allowance<'_> {
    /// For callers without a deadline: default limits, 1 GiB.
    pub const UNHURRIED: Allowance<'static> = Allowance {
        limits: Limits::DEFAULT,
        memory_bytes: 1_024 * 1_024 * 1_024,
        is_over: &|| false,
    };

    /// An error if `bytes` are more than may be used at once.
    pub(crate) fn memory(&self, bytes: u64) -> Result<(), ImagingError> {
        if bytes > self.memory_bytes {
            return Err(ImagingError::OverBudget {
                needed_bytes: bytes,
                budget_bytes: self.memory_bytes,
            });
        }
        Ok(())
    }

    /// An error if the caller does not wait any longer.
    pub(crate) fn time(&self) -> Result<(), ImagingError> {
        if (self.is_over)() {
            return Err(ImagingError::OutOfTime);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Allowance<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allowance")
            .field("limits", &self.limits)
            .field("memory_bytes", &self.memory_bytes)
            .finish_non_exhaustive()
    }
}
