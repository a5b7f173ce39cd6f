//! What the program says of itself, received: a collector that takes OTLP over HTTP, and an X-Ray daemon.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse},
        trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, metric::Data, number_data_point},
    resource::v1::Resource,
};
use prost::Message;
use tokio::net::TcpListener;

/// A span as it was received.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedSpan {
    /// Whose it is.
    pub service: String,
    /// What was done.
    pub name: String,
    /// Its trace, in hexadecimal.
    pub trace_id: String,
    /// Its own id, in hexadecimal.
    pub span_id: String,
    /// The step before, in hexadecimal; empty where it is the first one.
    pub parent_id: String,
    /// As OTLP counts: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub kind: i32,
    /// Whether it failed.
    pub failed: bool,
    /// Its attributes, as text.
    pub attributes: BTreeMap<String, String>,
}

/// One point of a metric as it was received: of a histogram the number of values, else the value.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedMetric {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its attributes, as text.
    pub attributes: BTreeMap<String, String>,
    /// How many, or how much.
    pub value: f64,
}

#[derive(Default)]
struct Received {
    spans: Vec<ReceivedSpan>,
    metrics: Vec<ReceivedMetric>,
}

/// A collector on this machine.
pub struct TelemetrySink {
    address: SocketAddr,
    received: Arc<Mutex<Received>>,
}

impl TelemetrySink {
    /// Starts it on a free port; it lives as long as the test's runtime.
    pub async fn start() -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// The same at an address that was agreed on.
    pub async fn start_at(address: SocketAddr) -> Self {
        let received = Arc::<Mutex<Received>>::default();
        let routes = Router::new()
            .route("/v1/traces", post(take_spans))
            .route("/v1/metrics", post(take_metrics))
            .with_state(received.clone());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, received }
    }

    /// For `telemetry.otlp_endpoint`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.received.lock().unwrap().spans.clone()
    }

    /// All points of metrics so far, in the order of their coming.
    pub fn metrics(&self) -> Vec<ReceivedMetric> {
        self.received.lock().unwrap().metrics.clone()
    }
}

async fn take_spans(State(received): State<Arc<Mutex<Received>>>, body: Bytes) -> impl IntoResponse {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut spans = Vec::new();
    for resource in request.resource_spans {
        let service = service(resource.resource);
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(ReceivedSpan {
                service: service.clone(),
                name: span.name,
                trace_id: hex(&span.trace_id),
                span_id: hex(&span.span_id),
                parent_id: hex(&span.parent_span_id),
                kind: span.kind,
                // 2 is an error (opentelemetry-proto, Status.StatusCode).
                failed: span.status.is_some_and(|status| status.code == 2),
                attributes: attributes(&span.attributes),
            });
        }
    }
    received.lock().unwrap().spans.extend(spans);
    protobuf(ExportTraceServiceResponse::default())
}

async fn take_metrics(State(received): State<Arc<Mutex<Received>>>, body: Bytes) -> impl IntoResponse {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    let points: Vec<ReceivedMetric> = request
        .resource_metrics
        .into_iter()
        .flat_map(|resource| resource.scope_metrics)
        .flat_map(|scope| scope.metrics)
        .flat_map(points)
        .collect();
    received.lock().unwrap().metrics.extend(points);
    protobuf(ExportMetricsServiceResponse::default())
}

fn points(metric: Metric) -> Vec<ReceivedMetric> {
    let received = |found: &[KeyValue], value: f64| ReceivedMetric {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        attributes: attributes(found),
        value,
    };
    let number = |value: Option<number_data_point::Value>| match value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => f64::NAN,
    };
    match &metric.data {
        Some(Data::Gauge(gauge)) => gauge
            .data_points
            .iter()
            .map(|point| received(&point.attributes, number(point.value)))
            .collect(),
        Some(Data::Sum(sum)) => sum
            .data_points
            .iter()
            .map(|point| received(&point.attributes, number(point.value)))
            .collect(),
        Some(Data::Histogram(histogram)) => histogram
            .data_points
            .iter()
            .map(|point| received(&point.attributes, point.count as f64))
            .collect(),
        other => panic!(
            "{}: no kind of metric that the program has: {other:?}",
            metric.name
        ),
    }
}

fn protobuf(message: impl Message) -> impl IntoResponse {
    let media_type = [(header::CONTENT_TYPE, "application/x-protobuf")];
    (StatusCode::OK, media_type, message.encode_to_vec())
}

fn service(resource: Option<Resource>) -> String {
    let resource = resource.unwrap_or_default();
    attributes(&resource.attributes)
        .remove("service.name")
        .unwrap_or_default()
}

fn attributes(found: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(value) => value.to_string(),
        Value::IntValue(value) => value.to_string(),
        Value::DoubleValue(value) => value.to_string(),
        other => format!("{other:?}"),
    };
    found
        .iter()
        .map(|KeyValue { key, value, .. }| {
            let value = value.as_ref().and_then(|value| value.value.as_ref());
            (key.clone(), value.map(text).unwrap_or_default())
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An X-Ray daemon on this machine.
pub struct XrayListener {
    address: SocketAddr,
    received: Arc<Mutex<Vec<serde_json::Value>>>,
}

impl XrayListener {
    /// Starts to listen on a free port; it listens as long as the test's process.
    pub fn start() -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// The same at an address that was agreed on.
    pub fn start_at(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        let address = socket.local_addr().unwrap();
        let received = Arc::<Mutex<_>>::default();
        let listener = Self {
            address,
            received: Arc::clone(&received),
        };
        // What waits in the socket is lost beyond a few hundred documents: it is read at once.
        thread::spawn(move || {
            let mut datagram = vec![0; 65_536];
            while let Ok(length) = socket.recv(&mut datagram) {
                received.lock().unwrap().push(document(&datagram[..length]));
            }
        });
        listener
    }

    /// For `telemetry.xray_daemon`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The segment document with this id, if it came within five seconds.
    pub async fn segment(&self, id: &str) -> Option<serde_json::Value> {
        for _ in 0..250 {
            let found = self
                .received
                .lock()
                .unwrap()
                .iter()
                .find(|segment| segment["id"] == *id)
                .cloned();
            if found.is_some() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

fn document(datagram: &[u8]) -> serde_json::Value {
    let text = std::str::from_utf8(datagram).unwrap();
    let (header, document) = text.split_once('\n').expect("a header and a document");
    assert_eq!(header, r#"{"format":"json","version":1}"#);
    serde_json::from_str(document).unwrap()
}
