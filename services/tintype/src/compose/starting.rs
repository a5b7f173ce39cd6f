//! What a process answers whose role cannot start yet: that it lives, and what it waits for.

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
};
use http_kit::{HttpProblem, standard_layers};
use runtime::starting_health_routes;

use super::roles::{Role, layer_settings};

/// What a role that needs a catalog answers until the catalog is there.
pub fn starting_routes(role: Role) -> Router {
    let unavailable = async || {
        HttpProblem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            // As when the database goes away later: the pages know what to say of it.
            "unavailable",
            "This service is starting: it waits for its database. Try again in a few seconds.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
    };
    let routes = Router::new().fallback(unavailable);
    standard_layers(routes, &layer_settings(role)).merge(starting_health_routes("catalog"))
}
