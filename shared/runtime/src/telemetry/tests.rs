use std::{
    net::{TcpListener, UdpSocket},
    time::Instant,
};

use domain::TraceContext;
use serde_json::Value;
use telemetry::TraceHeaders;
use tracing::{info_span, subscriber::with_default};

use super::*;

fn config() -> TelemetryConfig {
    TelemetryConfig {
        otlp_endpoint: String::new(),
        xray_daemon: String::new(),
        sample_ratio: 1.0,
        metrics: MetricsTarget::Otlp,
        metrics_interval_s: 60,
    }
}

/// The segment documents of what `work` does, whose own traces are recorded at `sample_ratio`.
async fn segments(sample_ratio: f64, work: impl FnOnce()) -> Vec<Value> {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    let telemetry = Telemetry::new(
        &TelemetryConfig {
            xray_daemon: daemon.local_addr().unwrap().to_string(),
            sample_ratio,
            ..config()
        },
        "api",
    )
    .unwrap();
    with_default(Registry::default().with(telemetry.spans()), work);
    telemetry.stop().await;
    // Over the loopback all is there once it was sent.
    daemon.set_nonblocking(true).unwrap();
    let mut datagram = [0; 65_536];
    std::iter::from_fn(|| {
        daemon
            .recv(&mut datagram)
            .ok()
            .map(|length| datagram[..length].to_vec())
    })
    .map(|datagram| {
        let document = datagram.split(|byte| *byte == b'\n').nth(1).unwrap();
        serde_json::from_slice(document).unwrap()
    })
    .collect()
}

fn request(headers: TraceHeaders) -> Option<TraceContext> {
    let span = info_span!(target: "http_kit", "http.request", otel.kind = "server");
    telemetry::continue_from(&span, headers);
    span.in_scope(|| {
        let _step = info_span!(target: "tintype::traced", "catalog.image", otel.kind = "client");
        let _of_a_library = info_span!(target: "hyper", "poll");
        telemetry::current()
    })
}

#[tokio::test]
async fn a_step_stands_under_the_one_before_and_libraries_are_left_out() {
    let segments = segments(1.0, || {
        request(TraceHeaders::default()).unwrap();
    })
    .await;
    let names: Vec<_> = segments
        .iter()
        .map(|segment| segment["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["catalog.image", "tintype-api"]);
    assert_eq!(segments[0]["parent_id"], segments[1]["id"]);
    assert_eq!(segments[1]["parent_id"], Value::Null);
}

#[tokio::test]
async fn a_question_that_a_library_asks_costs_no_step() {
    let segments = segments(1.0, || {
        for _ in 0..3 {
            request(TraceHeaders::default()).unwrap();
            // As `log::log_enabled!` asks through the bridge to tracing: for something that nothing follows.
            let line = tracing::debug_span!(target: "sqlx::query", "statement");
            let line = line.metadata().unwrap();
            tracing::dispatcher::get_default(|dispatch| dispatch.enabled(line));
        }
    })
    .await;
    assert_eq!(segments.len(), 6, "{segments:#?}");
}

#[tokio::test]
async fn whoever_begins_a_trace_decides_whether_it_is_recorded() {
    let parent = |sampled| TraceHeaders {
        parent: TraceContext::new(7, 8, sampled),
        root: None,
    };
    let ours = segments(0.0, || {
        let here = request(TraceHeaders::default()).unwrap();
        assert!(!here.is_sampled(), "whoever is asked next is told so");
    });
    assert_eq!(ours.await, Vec::<Value>::new());
    let theirs = segments(0.0, || {
        request(parent(true));
    })
    .await;
    assert_eq!(theirs.len(), 2);
    assert_eq!(theirs[1]["trace_id"], "1-00000000-000000000000000000000007");
    assert_eq!(theirs[1]["parent_id"], "0000000000000008");
    let unwanted = segments(1.0, || {
        assert_eq!(request(parent(false)).unwrap().trace_id(), 7);
    });
    assert_eq!(unwanted.await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_trace_that_a_balancer_named_has_that_name() {
    let root = 0x6870_f0d1_a1b2_c3d4_e5f6_0718_293a_4b5c;
    let named = segments(1.0, || {
        request(TraceHeaders {
            parent: None,
            root: Some(root),
        });
        assert_ne!(
            request(TraceHeaders::default()).unwrap().trace_id(),
            root,
            "that was for one"
        );
    })
    .await;
    assert_eq!(named[1]["trace_id"], "1-6870f0d1-a1b2c3d4e5f60718293a4b5c");
    assert_eq!(named[1]["parent_id"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_never_answers_costs_nobody_any_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let telemetry = Telemetry::new(
        &TelemetryConfig {
            otlp_endpoint: format!("http://{}", silent.local_addr().unwrap()),
            ..config()
        },
        "api",
    )
    .unwrap();
    let began = Instant::now();
    with_default(Registry::default().with(telemetry.spans()), || {
        // Twenty times as many spans as may wait.
        for _ in 0..MAX_WAITING * 10 {
            request(TraceHeaders::default());
        }
    });
    // One wait for the collector would take that long by itself.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let began = Instant::now();
    telemetry.stop().await;
    assert!(began.elapsed() < STOP_TIMEOUT * 3, "{:?}", began.elapsed());
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_key() {
    let refused = |config: TelemetryConfig| check(&config).unwrap_err().to_string();
    assert_eq!(
        refused(TelemetryConfig {
            otlp_endpoint: "collector:4318".into(),
            ..config()
        }),
        "telemetry.otlp_endpoint: expected http://HOST:PORT, or nothing"
    );
    assert_eq!(
        refused(TelemetryConfig {
            xray_daemon: "daemon".into(),
            ..config()
        }),
        "telemetry.xray_daemon: expected HOST:PORT, or nothing"
    );
    assert_eq!(
        refused(TelemetryConfig {
            sample_ratio: 1.5,
            ..config()
        }),
        "telemetry.sample_ratio: expected a number from 0 to 1"
    );
}
