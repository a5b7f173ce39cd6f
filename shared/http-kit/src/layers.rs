//! The layers around every service's routes, in one place, each with the reason for its place.

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, info, info_span};

use crate::{
    cross_site::refuse_cross_site,
    problem::write_problem,
    request_id::{REQUEST_ID, RequestIds},
};

/// What the layers need to know.
#[derive(Debug, Clone)]
pub struct LayerSettings {
    /// Gives requests their ids.
    pub request_ids: RequestIds,
}

/// The routes with the standard layers around them.
pub fn standard_layers(routes: Router, settings: &LayerSettings) -> Router {
    // Read from the bottom up: the last one added is the first to see a request.
    routes
        // Next to the handlers: what they panic with becomes a problem that the layers outside see as any other.
        .layer(CatchPanicLayer::custom(panicked))
        // Before any handler reads a body on behalf of another site's page.
        .layer(from_fn(refuse_cross_site))
        // Around all of them: their answers, too, have an id, a log line and a problem document.
        .layer(from_fn_with_state(
            settings.request_ids.clone(),
            name_log_and_finish,
        ))
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(error.message = %message, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn name_log_and_finish(State(ids): State<RequestIds>, mut request: Request, next: Next) -> Response {
    let id = ids.of(request.headers());
    // Whoever is asked on behalf of this request is given the same id.
    request.headers_mut().insert(REQUEST_ID, id.header());
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    // The route and not the path: a path may hold a signature, a query a token.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", MatchedPath::as_str)
        .to_owned();
    let span = info_span!("http.request", http.method = %method, http.route = %route, request.id = %id);
    async {
        let started = Instant::now();
        let mut response = write_problem(next.run(request).await, &id);
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers
            .entry(header::REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
        let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
        info!(
            http.status = response.status().as_u16(),
            duration_ms,
            "{method} {route} answered {}",
            response.status().as_u16()
        );
        response
    }
    .instrument(span)
    .await
}
