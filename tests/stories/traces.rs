//! One trace through everything, as a collector and an X-Ray daemon receive it from the real program.

use api_client::{ApiClient, Credential, HttpTransport};
use api_types::{SESSION_COOKIE, SetupRequest};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use domain::ImageState;
use testkit::{Program, ReceivedSpan, TelemetrySink, XrayListener, pictures};
use tower::ServiceExt;

use crate::upload;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tintype");

/// What a browser, or a proxy before it, might send: the trace begins with a time, as X-Ray wants it.
const TRACE: &str = "6870f0d1a1b2c3d4e5f60718293a4b5c";
const BROWSER: &str = "53995c3f42cd8ad8";

/// Signs the first administrator in.
async fn administrator(program: &Program) -> String {
    let link = program.set_up_link().expect("a link is printed").to_owned();
    let request = SetupRequest {
        token: link.split_once("/setup?token=").unwrap().1.to_owned(),
        email: "ada@example.org".into(),
        password: "a long enough password".into(),
    };
    let client = ApiClient::new(HttpTransport::new(&program.url()).unwrap().boxed());
    client.set_up(&request).await.unwrap().token
}

/// Waits until what is to be done for `image` was done: the program works by itself.
async fn until_ready(client: &ApiClient, image: domain::ImageId) {
    for _ in 0..600 {
        let state = client.image(image).await.unwrap().unwrap().summary.state;
        if state == ImageState::Ready {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the image is not ready after twelve seconds");
}

/// The one span of this service and name in the browser's trace whose parent is `parent`.
fn child<'a>(spans: &'a [ReceivedSpan], parent: &str, name: &str) -> &'a ReceivedSpan {
    let found: Vec<_> = spans
        .iter()
        .filter(|span| span.trace_id == TRACE && span.name == name && span.parent_id == parent)
        .collect();
    assert_eq!(
        found.len(),
        1,
        "{name} after {parent}: {found:#?} of {:#?}",
        spans
            .iter()
            .filter(|span| span.trace_id == TRACE)
            .map(|span| (&span.name, &span.span_id, &span.parent_id))
            .collect::<Vec<_>>()
    );
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_browser_to_the_notification() {
    let (sink, daemon) = (TelemetrySink::start().await, XrayListener::start());
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, address) = (sink.endpoint(), daemon.address());
    let mut program = Program::start(
        PROGRAM,
        folder.path(),
        &[
            ("TINTYPE_TELEMETRY_OTLP_ENDPOINT", &endpoint),
            ("TINTYPE_TELEMETRY_XRAY_DAEMON", &address),
        ],
    );
    let session = administrator(&program).await;
    let transport = HttpTransport::new(&program.url()).unwrap().boxed();
    let client = ApiClient::new(transport.clone()).with_credential(Credential::Session(session.clone()));
    let picture = pictures::jpeg(&pictures::scene(1, 64, 48));
    let image = upload(&client, "a.jpg", picture).await.summary.id;
    until_ready(&client, image).await;

    let trash = Request::post(format!("/images/{image}/trash"))
        .header("cookie", format!("{SESSION_COOKIE}={session}"))
        .header("traceparent", format!("00-{TRACE}-{BROWSER}-01"))
        .body(Body::empty())
        .unwrap();
    let response = transport.oneshot(trash).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    // The worker does its part by itself; a stop then sends what waits to be sent.
    let worked = |spans: &[ReceivedSpan]| {
        spans
            .iter()
            .any(|span| span.trace_id == TRACE && span.name == "image.publish-manifest")
            && spans
                .iter()
                .any(|span| span.trace_id == TRACE && span.name == "events.publish")
    };
    for _ in 0..500 {
        if worked(&sink.spans()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    program.terminate();

    let spans = sink.spans();
    let web = child(&spans, BROWSER, "POST /images/{id}/trash");
    assert_eq!((web.kind, web.service.as_str()), (2, "tintype-all"));
    assert_eq!(web.attributes["http.response.status_code"], "303");
    let call = child(&spans, &web.span_id, "api DELETE");
    assert_eq!(call.kind, 3);
    let api = child(&spans, &call.span_id, "DELETE /api/v1/images/{id}");
    assert_eq!(api.kind, 2);
    child(&spans, &api.span_id, "catalog.session_user");
    child(&spans, &api.span_id, "catalog.store");
    let sent = child(&spans, &api.span_id, "queue.send");
    assert_eq!(sent.kind, 4);
    let job = child(&spans, &sent.span_id, "image.publish-manifest");
    assert_eq!(job.kind, 5);
    child(&spans, &job.span_id, "blobs.put");
    child(&spans, &job.span_id, "queue.complete");
    let told = child(&spans, &api.span_id, "events.publish");
    assert_eq!(
        (told.kind, told.attributes["event.kind"].as_str()),
        (4, "image.trashed")
    );
    assert!(spans.iter().all(|span| !span.failed), "{spans:#?}");

    // The upload's own trace: from the request through the job to the event that tells of its end.
    let job = spans.iter().find(|span| span.name == "image.ingest").unwrap();
    assert_ne!(job.trace_id, TRACE);
    let ready = spans
        .iter()
        .find(|span| {
            span.attributes
                .get("event.kind")
                .is_some_and(|kind| kind == "image.ready")
        })
        .unwrap();
    assert_eq!((&ready.trace_id, &ready.parent_id), (&job.trace_id, &job.span_id));

    let segments = daemon.segments();
    let trace = format!("1-{}-{}", &TRACE[..8], &TRACE[8..]);
    for span in [web, call, api, sent, told] {
        let segment = segments
            .iter()
            .find(|segment| segment["id"] == *span.span_id)
            .unwrap_or_else(|| panic!("{} did not reach the daemon", span.name));
        assert_eq!(segment["trace_id"], *trace);
        assert_eq!(segment["parent_id"], *span.parent_id);
        if span.kind == 2 {
            assert_eq!(
                (&segment["name"], &segment["type"]),
                (&"tintype-all".into(), &serde_json::Value::Null)
            );
        } else {
            assert_eq!(
                (&segment["name"], &segment["type"]),
                (&(*span.name).into(), &"subsegment".into())
            );
        }
    }

    let told: String = spans.iter().map(|span| format!("{span:?}")).collect();
    for secret in [session.as_str(), "ada@example.org", "a long enough password"] {
        assert!(!told.contains(secret), "a span tells {secret}");
    }
}
