//! The step of a trace that is under way: where it comes from, and who is told of it.

use std::cell::Cell;

use domain::TraceContext;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

thread_local! {
    /// What the next trace that begins on this thread is to be called.
    static PROPOSED: Cell<Option<u128>> = const { Cell::new(None) };
}

/// What a request says of the trace that it belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceHeaders {
    /// The step that sent it.
    pub parent: Option<TraceContext>,
    /// The id that a balancer gave it, where no step sent it: its access log has the same.
    pub root: Option<u128>,
}

impl TraceHeaders {
    /// The trace, in the form of `traceparent`.
    pub fn trace_id(&self) -> Option<u128> {
        self.parent.map(|parent| parent.trace_id()).or(self.root)
    }
}

/// Reads the headers of a request.
///
/// `X-Amzn-Trace-Id` goes before `traceparent` where it names a parent: whoever wrote it is the nearer one, since what
/// AWS puts between a client and us hands `traceparent` on as it came.
pub fn received(headers: &HeaderMap) -> TraceHeaders {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let xray = text(&XRAY);
    let parent = xray
        .and_then(TraceContext::from_xray_header)
        .or_else(|| text(&TRACEPARENT).and_then(TraceContext::from_traceparent));
    let root = match parent {
        Some(_) => None,
        None => xray.and_then(TraceContext::xray_root),
    };
    TraceHeaders { parent, root }
}

/// Makes `span`, which was not entered yet, the next step after the one that `headers` name.
pub fn continue_from(span: &Span, headers: TraceHeaders) {
    if let Some(parent) = headers.parent {
        let parent = SpanContext::new(
            TraceId::from(parent.trace_id()),
            SpanId::from(parent.span_id()),
            TraceFlags::default().with_sampled(parent.is_sampled()),
            true,
            TraceState::NONE,
        );
        // It fails where nothing is traced, and then there is nothing to do.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    } else if headers.root.is_some() {
        PROPOSED.set(headers.root);
        // The span gets its ids when somebody asks for them.
        let _ = span.context();
        PROPOSED.set(None);
    }
}

/// Makes `span`, which was not entered yet, the next step after the one that `traceparent` names; from then on it names the
/// span, to be handed on. Leaves both as they are where there is no such step or nothing is traced.
pub fn follow(span: &Span, traceparent: &mut Option<String>) {
    let parent = traceparent.as_deref().and_then(TraceContext::from_traceparent);
    if parent.is_none() {
        return;
    }
    continue_from(span, TraceHeaders { parent, root: None });
    if let Some(here) = of(span) {
        *traceparent = Some(here.traceparent());
    }
}

/// For whoever makes the ids of new traces: what the one that begins now is to be called, if anybody wished for something.
pub fn proposed_trace_id() -> Option<u128> {
    PROPOSED.take()
}

/// The step that is under way; none where nothing is traced.
pub fn current() -> Option<TraceContext> {
    Context::map_current(context_of)
}

/// The step that `span` is; none where nothing is traced.
pub fn of(span: &Span) -> Option<TraceContext> {
    context_of(&span.context())
}

fn context_of(context: &Context) -> Option<TraceContext> {
    let span = context.span();
    let span = span.span_context();
    TraceContext::new(
        u128::from_be_bytes(span.trace_id().to_bytes()),
        u64::from_be_bytes(span.span_id().to_bytes()),
        span.is_sampled(),
    )
}

/// Whether the step that is under way is recorded. What only a reader of traces wants need not be made otherwise.
pub fn is_recording() -> bool {
    Context::map_current(|context| context.span().is_recording())
}

/// Tells whoever takes a request with these headers which step sent it. Leaves them as they are where nothing is traced.
pub fn inject(headers: &mut HeaderMap) {
    let Some(current) = current() else { return };
    for (name, text) in [
        (TRACEPARENT, current.traceparent()),
        (XRAY, current.xray_header()),
    ] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// Names the step that is under way, once its name is known.
pub fn named(name: impl FnOnce() -> String) {
    if is_recording() {
        Context::map_current(|context| context.span().update_name(name()));
    }
}

/// Notes with which status the step that is under way was answered; 5xx is a failure of ours.
pub fn answered(status: u16) {
    if !is_recording() {
        return;
    }
    Context::map_current(|context| {
        let span = context.span();
        span.set_attribute(opentelemetry::KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if status >= 500 {
            span.set_status(Status::error(""));
        }
    });
}

/// Notes that the step that is under way failed. `why` is for operators, and must hold nothing secret.
pub fn failed(why: impl FnOnce() -> String) {
    if is_recording() {
        Context::map_current(|context| context.span().set_status(Status::error(why())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W3C: &str = "00-6870f0d1a1b2c3d4e5f60718293a4b5c-53995c3f42cd8ad8-01";

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn the_nearer_step_is_the_parent() {
        let both = headers(&[
            (TRACEPARENT, W3C),
            (
                XRAY,
                "Root=1-11111111-222222222222222222222222;Parent=3333333333333333;Sampled=1",
            ),
        ]);
        assert_eq!(received(&both).parent.unwrap().span_id(), 0x3333_3333_3333_3333);
        let of_a_balancer = headers(&[
            (TRACEPARENT, W3C),
            (XRAY, "Root=1-11111111-222222222222222222222222"),
        ]);
        assert_eq!(received(&of_a_balancer).parent.unwrap().traceparent(), W3C);
    }

    #[test]
    fn what_a_balancer_names_is_kept_where_no_step_sent_the_request() {
        let received = received(&headers(&[(XRAY, "Root=1-11111111-222222222222222222222222")]));
        assert_eq!(received.parent, None);
        assert_eq!(
            received.trace_id(),
            Some(0x1111_1111_2222_2222_2222_2222_2222_2222)
        );
    }

    #[test]
    fn nothing_is_told_where_nothing_is_traced() {
        let mut headers = HeaderMap::new();
        inject(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(current(), None);
    }
}
