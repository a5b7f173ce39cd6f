//! `/api/v1/dead-letters`: one file an endpoint.

pub(crate) mod list;
pub(crate) mod redrive;
pub(crate) mod revive;
