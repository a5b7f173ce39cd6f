//! One trace through everything, as a collector and an X-Ray daemon receive it from the real program.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use api_client::{ApiClient, Credential, HttpTransport};
use api_types::{LibraryView, SESSION_COOKIE, SetupRequest, SignInRequest};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use domain::ImageState;
use serde_json::Value;
use testkit::{
    Deployment, Fleet, Program, ReceivedMetric, ReceivedSpan, TelemetrySink, XrayListener, pictures,
};
use tower::ServiceExt;

use crate::upload;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tintype");

/// What a browser, or a proxy before it, might send: the trace begins with a time, as X-Ray wants it.
const TRACE: &str = "6870f0d1a1b2c3d4e5f60718293a4b5c";
const BROWSER: &str = "53995c3f42cd8ad8";

const EVE: &str = "eve@example.org";
const EVES_PASSWORD: &str = "eve's long password";

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
        tokio::time::sleep(Duration::from_millis(20)).await;
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

/// Who does what, in one shape.
struct Services {
    web: &'static str,
    api: &'static str,
    worker: &'static str,
}

/// Puts a picture in the trash by the pages, as a browser that begins a trace does it.
async fn trash_in_a_browser(url: &str, session: &str, image: domain::ImageId) {
    let trash = Request::post(format!("/images/{image}/trash"))
        .header("cookie", format!("{SESSION_COOKIE}={session}"))
        .header("traceparent", format!("00-{TRACE}-{BROWSER}-01"))
        .body(Body::empty())
        .unwrap();
    let transport = HttpTransport::new(url).unwrap().boxed();
    let response = transport.oneshot(trash).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

/// The last step of each service, and of the upload's trace: each sends what it did by itself.
fn are_told(spans: &[ReceivedSpan]) -> bool {
    let has = |name: &str| {
        spans
            .iter()
            .any(|span| span.trace_id == TRACE && span.name == name)
    };
    let browser = spans.iter().any(|span| span.parent_id == BROWSER);
    let last = [
        "DELETE /api/v1/images/{id}",
        "image.publish-manifest",
        "events.publish",
    ];
    browser && last.into_iter().all(has) && ready_after_ingest(spans).is_some()
}

/// Waits until the collector has the whole of the browser's trace, and of the upload's.
async fn until_told(sink: &TelemetrySink) {
    for _ in 0..1_500 {
        if are_told(&sink.spans()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!(
        "the collector did not hear of every service's part within thirty seconds: {:#?}",
        sink.spans()
    );
}

/// The event that tells of a picture's being ready, after the job that made it so.
fn ready_after_ingest(spans: &[ReceivedSpan]) -> Option<&ReceivedSpan> {
    let is_ready = |span: &&ReceivedSpan| {
        span.attributes
            .get("event.kind")
            .is_some_and(|kind| kind == "image.ready")
    };
    spans.iter().filter(is_ready).find(|ready| {
        spans.iter().any(|span| {
            span.name == "image.ingest"
                && (&span.trace_id, &span.span_id) == (&ready.trace_id, &ready.parent_id)
        })
    })
}

/// Looks at each step from the browser to the notification, and at its parent; the steps.
fn check_steps<'a>(spans: &'a [ReceivedSpan], services: &Services) -> Vec<&'a ReceivedSpan> {
    let web = child(spans, BROWSER, "POST /images/{id}/trash");
    assert_eq!((web.kind, web.service.as_str()), (2, services.web));
    assert_eq!(web.attributes["http.response.status_code"], "303");
    let call = child(spans, &web.span_id, "api DELETE");
    assert_eq!((call.kind, call.service.as_str()), (3, services.web));
    let api = child(spans, &call.span_id, "DELETE /api/v1/images/{id}");
    assert_eq!((api.kind, api.service.as_str()), (2, services.api));
    child(spans, &api.span_id, "catalog.session_user");
    child(spans, &api.span_id, "catalog.store");
    let sent = child(spans, &api.span_id, "queue.send");
    assert_eq!((sent.kind, sent.service.as_str()), (4, services.worker));
    let job = child(spans, &sent.span_id, "image.publish-manifest");
    assert_eq!((job.kind, job.service.as_str()), (5, services.worker));
    child(spans, &job.span_id, "blobs.put");
    child(spans, &job.span_id, "queue.complete");
    let told = child(spans, &api.span_id, "events.publish");
    assert_eq!((told.kind, told.service.as_str()), (4, services.worker));
    assert_eq!(told.attributes["event.kind"], "image.trashed");

    // The upload's own trace: from the request through the job to the event that tells of its end.
    let ready = ready_after_ingest(spans).expect("an image.ready whose parent is the job");
    assert_ne!(ready.trace_id, TRACE);
    vec![web, call, api, sent, job, told]
}

/// Looks for the same steps among what the X-Ray daemon was sent.
async fn check_segments(daemon: &XrayListener, steps: &[&ReceivedSpan]) {
    let trace = format!("1-{}-{}", &TRACE[..8], &TRACE[8..]);
    for step in steps {
        let segment = daemon.segment(&step.span_id).await;
        let segment = segment.unwrap_or_else(|| panic!("{} did not reach the daemon", step.name));
        assert_eq!(segment["trace_id"], *trace);
        assert_eq!(segment["parent_id"], *step.parent_id);
        // 2 is a request, 5 a job.
        let (name, kind) = match step.kind {
            2 | 5 => (&step.service, Value::Null),
            _ => (&step.name, "subsegment".into()),
        };
        assert_eq!((&segment["name"], &segment["type"]), (&(**name).into(), &kind));
    }
}

fn check_secrets(spans: &[ReceivedSpan], secrets: &[&str]) {
    let told: String = spans.iter().map(|span| format!("{span:?}")).collect();
    for secret in secrets {
        assert!(!told.contains(secret), "a span tells {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_browser_to_the_notification() {
    let (sink, daemon) = (TelemetrySink::start().await, XrayListener::start());
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(
        PROGRAM,
        folder.path(),
        &[
            ("TINTYPE_TELEMETRY_OTLP_ENDPOINT", &sink.endpoint()),
            ("TINTYPE_TELEMETRY_XRAY_DAEMON", &daemon.address()),
        ],
    );
    let session = administrator(&program).await;
    let client = ApiClient::new(HttpTransport::new(&program.url()).unwrap().boxed())
        .with_credential(Credential::Session(session.clone()));
    let picture = pictures::jpeg(&pictures::scene(1, 64, 48));
    let image = upload(&client, "a.jpg", picture).await.summary.id;
    until_ready(&client, image).await;
    assert_eq!(
        client
            .images(LibraryView::Library, None, 10)
            .await
            .unwrap()
            .images
            .len(),
        1
    );
    trash_in_a_browser(&program.url(), &session, image).await;
    until_told(&sink).await;
    // A stop sends what waits to be sent.
    program.terminate();

    let spans = sink.spans();
    let steps = check_steps(
        &spans,
        &Services {
            web: "tintype-all",
            api: "tintype-all",
            worker: "tintype-all",
        },
    );
    assert!(spans.iter().all(|span| !span.failed), "{spans:#?}");
    check_segments(&daemon, &steps).await;
    check_secrets(&spans, &[&session, "ada@example.org", "a long enough password"]);
    check_metrics(&sink.metrics());
}

/// Looks at what was measured meanwhile; a stop sends that, too.
fn check_metrics(metrics: &[ReceivedMetric]) {
    let value = |name: &str, attributes: &[(&str, &str)]| {
        metrics
            .iter()
            .rev()
            .find(|point| {
                point.name == name
                    && attributes
                        .iter()
                        .all(|(key, value)| point.attributes.get(*key).is_some_and(|found| found == value))
            })
            .unwrap_or_else(|| panic!("no {name} with {attributes:?} among {metrics:#?}"))
            .value
    };
    let listed = [
        ("http.route", "/api/v1/images"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("tintype.role", "all"),
    ];
    assert_eq!(value("http.server.request.duration", &listed), 1.0);
    let ingested = [("job.kind", "image.ingest"), ("job.outcome", "done")];
    assert_eq!(value("tintype.job.duration", &ingested), 1.0);
    assert_eq!(value("tintype.job.wait", &ingested[..1]), 1.0);
    assert_eq!(value("tintype.queue.jobs", &[("queue.state", "dead")]), 0.0);
    let writers = |state| {
        value(
            "tintype.pool.connections",
            &[("pool.name", "writer"), ("pool.state", state)],
        )
    };
    assert_eq!(writers("used") + writers("idle"), 1.0);
}

/// A person of a system that runs uploads a picture and puts it in the trash; the session.
async fn trash_a_picture(deployment: &dyn Deployment) -> String {
    deployment.add_user(EVE, "editor", EVES_PASSWORD);
    let client = ApiClient::new(HttpTransport::new(&deployment.url()).unwrap().boxed());
    let request = SignInRequest {
        email: EVE.into(),
        password: EVES_PASSWORD.into(),
    };
    let session = client.sign_in(&request).await.unwrap().token;
    let client = client.with_credential(Credential::Session(session.clone()));
    let picture = pictures::jpeg(&pictures::scene(1, 64, 48));
    let image = upload(&client, "a.jpg", picture).await.summary.id;
    until_ready(&client, image).await;
    trash_in_a_browser(&deployment.url(), &session, image).await;
    session
}

/// Looks at what services that each run by themselves told of [`trash_a_picture`].
async fn check_services(sink: &TelemetrySink, daemon: &XrayListener, session: &str) {
    let spans = sink.spans();
    let steps = check_steps(
        &spans,
        &Services {
            web: "tintype-web",
            api: "tintype-api",
            worker: "tintype-worker",
        },
    );
    check_segments(daemon, &steps).await;
    check_secrets(&spans, &[session, EVE, EVES_PASSWORD]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_trace_leads_through_five_processes() {
    let (sink, daemon) = (TelemetrySink::start().await, XrayListener::start());
    let (endpoint, address) = (sink.endpoint(), daemon.address());
    let fleet = tokio::task::spawn_blocking(move || {
        let variables = [
            ("TINTYPE_TELEMETRY_OTLP_ENDPOINT", endpoint.as_str()),
            ("TINTYPE_TELEMETRY_XRAY_DAEMON", address.as_str()),
        ];
        Fleet::start(PROGRAM, &variables)
    })
    .await
    .unwrap();
    let session = trash_a_picture(&fleet).await;
    until_told(&sink).await;
    for program in fleet.programs().values_mut() {
        program.terminate();
    }
    check_services(&sink, &daemon, &session).await;
}

mod compose {
    use super::*;

    /// Where tests/compose/override.yml lets the containers send what they tell, on the Docker host.
    const OTLP_PORT: &str = "TINTYPE_TEST_OTLP_PORT";
    const XRAY_PORT: &str = "TINTYPE_TEST_XRAY_PORT";

    /// An address that containers reach.
    fn told(variable: &str) -> SocketAddr {
        let port = std::env::var(variable).unwrap_or_else(|_| panic!("tests/compose/run sets {variable}"));
        (Ipv4Addr::UNSPECIFIED, port.parse().unwrap()).into()
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "told by tests/compose/run, which starts the containers"]
    async fn the_same_trace_leads_through_the_balancer_and_the_containers() {
        let (sink, daemon) = (
            TelemetrySink::start_at(told(OTLP_PORT)).await,
            XrayListener::start_at(told(XRAY_PORT)),
        );
        let session = trash_a_picture(crate::compose()).await;
        until_told(&sink).await;
        check_services(&sink, &daemon, &session).await;
    }
}
