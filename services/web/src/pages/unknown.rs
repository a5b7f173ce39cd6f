//! Addresses that are none.

use crate::error::PageError;

/// No such page.
pub(crate) async fn path() -> PageError {
    PageError::NotFound
}

/// Such a page, but not for this method.
pub(crate) async fn method() -> PageError {
    PageError::MethodNotAllowed
}
