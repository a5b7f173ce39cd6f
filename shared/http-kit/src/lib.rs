//! What every HTTP service shares: how errors look, and the layers around the routes.
//!
//! Owns: problem documents, the request's id, the cross-site check, the order of the layers. Refuses: anything that one
//! service alone needs.

mod cookies;
mod cross_site;
mod json;
mod layers;
mod problem;
mod query;
mod request_id;

pub use cookies::cookie;
pub use json::JsonBody;
pub use layers::{LayerSettings, standard_layers};
pub use problem::HttpProblem;
pub use query::QueryParameters;
pub use request_id::{REQUEST_ID, RequestId, RequestIds};
