//! People: the first administrator, signing in and out.

pub(crate) mod attempts;
pub(crate) mod passwords;
pub(crate) mod session;
pub(crate) mod setup;
