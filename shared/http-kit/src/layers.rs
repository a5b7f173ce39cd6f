//! The layers around every service's routes, in one place, each with the reason for its place.

use std::{
    any::Any,
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::{
    cross_site::refuse_cross_site,
    problem::write_problem,
    request_id::{REQUEST_ID, RequestIds},
    visit::Visit,
};

/// What the layers need to know.
#[derive(Debug, Clone)]
pub struct LayerSettings {
    /// The role of this process, in metrics.
    pub role: &'static str,
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
        // Around all of them: their answers, too, have an id, a place in a trace, a log line and a problem document.
        .layer(from_fn_with_state(settings.clone(), name_trace_log_and_finish))
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

async fn name_trace_log_and_finish(
    State(layers): State<LayerSettings>,
    mut request: Request,
    next: Next,
) -> Response {
    // The route and not the path: a path may hold a signature, a query a token.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("(none)", |path| kept(path.as_str()));
    let visit = Visit::begin(&layers, &request, route);
    // Whoever is asked on behalf of this request is given the same id.
    let id = visit.id.clone();
    request.headers_mut().insert(REQUEST_ID, id.clone().into_header());
    request.extensions_mut().insert(id.clone());
    let span = visit.span.clone();
    async {
        visit.name();
        let mut response = write_problem(next.run(request).await, &id);
        visit.end(&mut response);
        response
    }
    .instrument(span)
    .await
}

/// The route, for the life of the process: there are as many as the program has, and each request needs one of them.
fn kept(route: &str) -> &'static str {
    static ROUTES: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);
    let known = ROUTES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.as_ref().and_then(|routes| routes.get(route)) {
        return known;
    }
    drop(known);
    let mut routes = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
    let routes = routes.get_or_insert_default();
    if !routes.contains(route) {
        routes.insert(String::from(route).leak());
    }
    routes
        .get(route)
        .copied()
        .expect("it was inserted above, if it was not there")
}
