//! What every HTTP service shares: how errors look, and the layers around the routes.
//!
//! Owns: problem documents, the request's id, the cross-site check, the order of the layers, the way past them. Refuses:
//! anything that one service alone needs.

mod cookies;
mod cross_site;
mod json;
mod layers;
mod problem;
mod query;
mod request_id;
mod served;
mod visit;

pub use cookies::cookie;
pub use json::JsonBody;
pub use layers::{LayerSettings, standard_layers};
pub use problem::HttpProblem;
pub use query::QueryParameters;
pub use request_id::{REQUEST_ID, RequestId, RequestIds};
pub use served::{Answering, Served, Shortcut, make_room};
