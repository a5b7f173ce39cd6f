//! Traces straight to an X-Ray daemon: segment documents by UDP (AWS X-Ray developer guide, "Segment documents" and "Sending
//! trace data"). AWS ends the daemon's support in February 2027; OTLP is the way that stays.

use std::{
    net::UdpSocket,
    time::{SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Key, KeyValue, Value,
    trace::{SpanId, SpanKind, Status},
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use serde_json::{Map, Value as Json, json};

/// Before each document.
const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// One daemon; a document a datagram.
#[derive(Debug)]
pub(super) struct XrayDaemon {
    address: String,
    service: String,
}

impl XrayDaemon {
    /// The daemon at `address`, host and port.
    pub(super) const fn new(address: String) -> Self {
        Self {
            address,
            service: String::new(),
        }
    }

    fn send(&self, batch: &[SpanData]) -> std::io::Result<()> {
        // Opened for each batch: the daemon's name may stand for another address by then.
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect(&self.address)?;
        for span in batch {
            let mut datagram = HEADER.to_vec();
            serde_json::to_writer(&mut datagram, &document(span, &self.service))?;
            socket.send(&datagram)?;
        }
        Ok(())
    }
}

impl SpanExporter for XrayDaemon {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.send(&batch)
            .map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }

    fn set_resource(&mut self, resource: &Resource) {
        let name = resource.get(&Key::from_static_str("service.name"));
        self.service = name.map_or_else(|| "tintype".into(), |name| name.to_string());
    }
}

/// A segment for each request and job, a subsegment for each step within it.
fn document(span: &SpanData, service: &str) -> Json {
    let trace_id = format!("{:032x}", span.span_context.trace_id());
    let is_segment = matches!(span.span_kind, SpanKind::Server | SpanKind::Consumer);
    let name = if is_segment { service } else { &*span.name };
    let mut document = json!({
        "name": allowed(name),
        "id": format!("{:016x}", span.span_context.span_id()),
        "trace_id": format!("1-{}-{}", &trace_id[..8], &trace_id[8..]),
        "start_time": seconds(span.start_time),
        "end_time": seconds(span.end_time),
    });
    if span.parent_span_id != SpanId::INVALID {
        document["parent_id"] = json!(format!("{:016x}", span.parent_span_id));
    }
    if !is_segment {
        document["type"] = json!("subsegment");
        if matches!(span.span_kind, SpanKind::Client | SpanKind::Producer) {
            document["namespace"] = json!("remote");
        }
    }
    let mut annotations = Map::new();
    let (mut method, mut status) = (None, None);
    for KeyValue { key, value, .. } in &span.attributes {
        match key.as_str() {
            "http.method" => method = Some(value.as_str().into_owned()),
            "http.response.status_code" => status = number(value),
            // Where in the source a span is made is nothing that X-Ray could search for.
            key if key.starts_with("code.") || key.starts_with("thread.") => {}
            key => {
                annotations.insert(
                    key.replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
                    plain(value),
                );
            }
        }
    }
    if is_segment {
        annotations.insert("operation".into(), json!(span.name));
    }
    if let Some(status) = status {
        document["http"] = json!({ "response": { "status": status } });
        if let Some(method) = method {
            document["http"]["request"] = json!({ "method": method });
        }
        document["throttle"] = json!(status == 429);
        document["error"] = json!((400..500).contains(&status));
    }
    document["fault"] = json!(matches!(span.status, Status::Error { .. }));
    document["annotations"] = Json::Object(annotations);
    document
}

/// Letters, digits, blanks and a few marks; at most 200 characters.
fn allowed(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || " _.:/%&#=+\\-@".contains(c);
    name.chars()
        .take(200)
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        _ => None,
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::I64(value) => json!(value),
        Value::F64(value) => json!(value),
        value => json!(value.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    /// Keeps the documents instead of sending them.
    #[derive(Debug, Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Json>>>);

    impl SpanExporter for Kept {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            let documents = batch.iter().map(|span| document(span, "tintype-api"));
            self.0.lock().unwrap().extend(documents);
            Ok(())
        }
    }

    fn document_of(kind: SpanKind, attributes: Vec<KeyValue>, status: Status) -> Json {
        let kept = Kept::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(kept.clone())
            .build();
        let tracer = provider.tracer("test");
        let mut span = tracer
            .span_builder("GET /api/v1/images/{id}")
            .with_kind(kind)
            .with_attributes(attributes)
            .start(&tracer);
        span.set_status(status);
        span.end();
        let mut kept = kept.0.lock().unwrap();
        kept.pop().unwrap()
    }

    #[test]
    fn a_request_is_a_segment_with_its_outcome() {
        let attributes = |status: i64| {
            vec![
                KeyValue::new("http.method", "GET"),
                KeyValue::new("http.response.status_code", status),
                KeyValue::new("request.id", "a-1"),
            ]
        };
        let failed = document_of(SpanKind::Server, attributes(503), Status::error(""));
        assert_eq!(
            (&failed["name"], &failed["type"]),
            (&json!("tintype-api"), &Json::Null)
        );
        assert_eq!(
            (&failed["fault"], &failed["error"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(
            failed["http"],
            json!({ "request": { "method": "GET" }, "response": { "status": 503 } })
        );
        assert_eq!(
            failed["annotations"],
            json!({ "request_id": "a-1", "operation": "GET /api/v1/images/{id}" })
        );
        assert!(failed["trace_id"].as_str().unwrap().starts_with("1-"));
        assert!(failed["end_time"].as_f64().unwrap() >= failed["start_time"].as_f64().unwrap());
        let busy = document_of(SpanKind::Server, attributes(429), Status::Unset);
        assert_eq!(
            (&busy["fault"], &busy["error"], &busy["throttle"]),
            (&json!(false), &json!(true), &json!(true))
        );
    }

    #[test]
    fn a_step_is_a_subsegment_under_a_name_that_xray_takes() {
        let step = document_of(SpanKind::Client, Vec::new(), Status::Unset);
        assert_eq!(
            (&step["type"], &step["namespace"]),
            (&json!("subsegment"), &json!("remote"))
        );
        assert_eq!(step["name"], "GET /api/v1/images/_id_");
    }
}
