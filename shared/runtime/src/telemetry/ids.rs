//! Ids of traces in the form that X-Ray takes: the first four bytes are the time.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// X-Ray drops traces whose ids do not begin with a time of the last thirty days (AWS X-Ray developer guide, "Sending
/// trace data"); to all others such an id is as good as any.
#[derive(Debug, Default)]
pub(super) struct TimedIds(RandomIdGenerator);

impl IdGenerator for TimedIds {
    fn new_trace_id(&self) -> TraceId {
        if let Some(proposed) = telemetry::proposed_trace_id() {
            return TraceId::from(proposed);
        }
        let mut bytes = self.0.new_trace_id().to_bytes();
        bytes[..4].copy_from_slice(&seconds_now().to_be_bytes());
        TraceId::from_bytes(bytes)
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "spans are stamped with the machine's own time by the exporter, and X-Ray compares the two"
)]
fn seconds_now() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // Four bytes last until 2106.
    now.map_or(0, |now| now.as_secs() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_begins_with_the_time_and_no_two_are_alike() {
        let ids = TimedIds::default();
        let (one, two) = (ids.new_trace_id(), ids.new_trace_id());
        assert_ne!(one, two);
        let time = u32::from_be_bytes(one.to_bytes()[..4].try_into().unwrap());
        assert!(seconds_now() - time < 5);
    }
}
