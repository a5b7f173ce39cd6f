//! What is noted of each request, whoever answers it: its id, its step of a trace, its line in the log, its metrics.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use telemetry::TraceHeaders;
use tracing::{Span, field, info, info_span};

use crate::{
    layers::LayerSettings,
    request_id::{REQUEST_ID, RequestId},
};

/// A request on its way to an answer.
pub(crate) struct Visit {
    started: Instant,
    role: &'static str,
    method: Method,
    route: &'static str,
    trace: TraceHeaders,
    pub(crate) id: RequestId,
    /// In which `name` and `end` are to be called.
    pub(crate) span: Span,
}

impl Visit {
    /// From now on the request counts.
    pub(crate) fn begin(layers: &LayerSettings, request: &Request, route: &'static str) -> Self {
        let started = Instant::now();
        let id = layers.request_ids.of(request.headers());
        let method = request.method().clone();
        let span = info_span!(
            "http.request",
            otel.kind = "server",
            http.method = %method,
            http.route = route,
            request.id = %id,
            trace.id = field::Empty,
        );
        let trace = telemetry::received(request.headers());
        telemetry::continue_from(&span, trace);
        Self {
            started,
            role: layers.role,
            method,
            route,
            trace,
            id,
            span,
        }
    }

    /// Names the step of the trace that is under way, once it is entered.
    pub(crate) fn name(&self) {
        let here = telemetry::current().map(|step| step.trace_id());
        if let Some(trace_id) = here.or(self.trace.trace_id()) {
            Span::current().record("trace.id", field::display(format_args!("{trace_id:032x}")));
        }
        telemetry::named(|| format!("{} {}", self.method, self.route));
    }

    /// Adds what every answer says, and tells of it.
    pub(crate) fn end(self, response: &mut Response) {
        let status = response.status();
        finish(response.headers_mut(), status, self.id.into_header());
        let (method, route, status) = (&self.method, self.route, status.as_u16());
        let took = self.started.elapsed();
        telemetry::answered(status);
        telemetry::asked(self.role, method, route, status, took);
        info!(
            http.status = status,
            duration_ms = took.as_secs_f64() * 1_000.0,
            "{method} {route} answered {status}"
        );
    }
}

/// The headers of every answer. What is kept of an answer gets them beforehand, so that there is room for them.
pub(crate) fn finish(headers: &mut HeaderMap, status: StatusCode, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    if status == StatusCode::NOT_MODIFIED {
        // They are about a body: whoever has it, has them (RFC 9110, section 15.4.5).
        return;
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
}
