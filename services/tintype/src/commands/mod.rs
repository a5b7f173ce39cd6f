//! What each command of the command line does.

pub(crate) mod accounts;
pub(crate) mod backup;
pub(crate) mod dead_letters;
pub(crate) mod health;
pub(crate) mod maintain;
pub(crate) mod presets;
pub(crate) mod provision;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod sign;
mod waiting;
pub(crate) mod webhooks;
