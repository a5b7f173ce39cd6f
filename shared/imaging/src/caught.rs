//! The fence around code that reads hostile bytes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ImagingError;

/// Runs `work`; a panic in it becomes [`ImagingError::Panicked`].
///
/// Unwind safety is asserted because everything that `work` builds is dropped with it: nothing half-made is seen again.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, ImagingError>) -> Result<T, ImagingError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".to_owned());
        Err(ImagingError::Panicked { message })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let result: Result<(), _> = caught(|| panic!("index out of bounds"));
        assert_eq!(
            result,
            Err(ImagingError::Panicked {
                message: "index out of bounds".to_owned()
            })
        );
    }
}
