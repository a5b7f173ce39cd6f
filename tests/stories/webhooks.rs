//! Webhooks: programs of others that hear what happens, and can tell who said it.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use api_client::ApiClient;
use api_types::{AddWebhookRequest, AddedWebhook, ChangeWebhookRequest};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use domain::{ImageState, WebhookSecret, WebhookState};
use serde_json::Value;
use testkit::{Program, System, TestApp, pictures};

use crate::upload;

in_each_shape!(
    an_upload_is_told_to_whoever_wants_to_hear_of_it,
    webhooks_are_for_administrators,
);

const PRIVATE: (&str, &str) = ("TINTYPE_WEBHOOKS_PRIVATE_ADDRESSES", "true");

/// Somebody else's program, which is posted to.
#[derive(Clone)]
struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    heard: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Receiver {
    async fn start() -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into()).await
    }

    async fn start_at(address: IpAddr) -> Self {
        let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook?token=hidden", listener.local_addr().unwrap()),
            status: Arc::new(AtomicU16::new(204)),
            heard: Arc::default(),
        };
        let here = receiver.clone();
        let hear = move |headers: HeaderMap, body: Bytes| async move {
            here.heard.lock().unwrap().push((headers, body));
            StatusCode::from_u16(here.status.load(Ordering::SeqCst)).unwrap()
        };
        let routes = Router::new().route("/hook", post(hear));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        receiver
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The messages that were taken, each of which is signed with the secret.
    fn heard(&self, secret: &str) -> Vec<Value> {
        let secret: WebhookSecret = secret.parse().unwrap();
        let heard = self.heard.lock().unwrap();
        let read = |(headers, body): &(HeaderMap, Bytes)| {
            let header = |name: &str| headers[name].to_str().unwrap();
            assert_eq!(header("content-type"), "application/json");
            let timestamp_s = header("webhook-timestamp").parse().unwrap();
            let signature = secret.sign(header("webhook-id"), timestamp_s, body);
            assert_eq!(header("webhook-signature"), signature);
            serde_json::from_slice(body).unwrap()
        };
        heard.iter().map(read).collect()
    }
}

async fn add(client: &ApiClient, url: &str, kinds: &[&str]) -> AddedWebhook {
    let request = AddWebhookRequest {
        url: url.into(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    client.add_webhook(&request).await.unwrap()
}

async fn an_upload_is_told_to_whoever_wants_to_hear_of_it(app: System) {
    let (admin, _) = app.admin().await;
    let here = app.address_of_this_machine();
    let (all, ready) = (Receiver::start_at(here).await, Receiver::start_at(here).await);
    let told_all = add(&admin, &all.url, &[]).await;
    let told_ready = add(&admin, &ready.url, &["image.ready"]).await;
    let bytes = pictures::jpeg(&pictures::scene(71, 64, 48));
    let image = upload(&admin, "x.jpg", bytes).await.summary.id;
    app.image_in(&admin, image, ImageState::Ready).await;
    // Other stories may tell of their pictures; and a message may come twice.
    let about = |messages: Vec<Value>| -> BTreeSet<(u64, String)> {
        messages
            .iter()
            .filter(|message| message["data"]["image_id"] == image.to_string())
            .map(|message| {
                let sequence = message["data"]["sequence"].as_u64().unwrap();
                (sequence, message["type"].as_str().unwrap().to_owned())
            })
            .collect()
    };
    app.until("the receivers were told", async || {
        about(all.heard(&told_all.secret)).len() == 3 && !about(ready.heard(&told_ready.secret)).is_empty()
    })
    .await;
    let kinds = |told: BTreeSet<(u64, String)>| told.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
    assert_eq!(
        kinds(about(all.heard(&told_all.secret))),
        ["image.accepted", "image.processing", "image.ready"]
    );
    assert_eq!(kinds(about(ready.heard(&told_ready.secret))), ["image.ready"]);
    app.until("it is written down that they were", async || {
        let shown = admin.webhook(told_ready.webhook.id).await.unwrap().unwrap();
        shown.delivered_at.is_some() && shown.last_error.is_none()
    })
    .await;
    for added in [told_all, told_ready] {
        admin.remove_webhook(added.webhook.id).await.unwrap();
    }
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let app = TestApp::new().await;
    let (admin, token) = app.admin().await;
    let added = add(&admin, "https://example.org/hook", &[]).await;
    assert!(added.secret.starts_with("whsec_"));
    assert!(!format!("{added:?}").contains(&added.secret));
    for path in [
        "/api/v1/webhooks".into(),
        format!("/api/v1/webhooks/{}", added.webhook.id),
    ] {
        let request = axum::http::Request::get(path).header("cookie", format!("tintype_session={token}"));
        let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.text().contains("whsec_") && !answer.text().contains(&added.secret[6..]));
    }
    let other = add(&admin, "https://example.org/hook", &[]).await;
    assert_ne!(other.secret, added.secret);
}

#[tokio::test]
async fn a_receiver_is_tried_on_the_spot() {
    let app = TestApp::with_environment(&[PRIVATE]).await;
    let (admin, _) = app.admin().await;
    let receiver = Receiver::start().await;
    let added = add(&admin, &receiver.url, &["image.ready"]).await;
    let trial = admin.test_webhook(added.webhook.id).await.unwrap();
    assert_eq!((trial.taken, trial.status, trial.reason), (true, Some(204), None));
    let heard = receiver.heard(&added.secret);
    assert_eq!(
        (heard.len(), &heard[0]["type"]),
        (1, &Value::from("webhook.test"))
    );

    receiver.answers(500);
    let trial = admin.test_webhook(added.webhook.id).await.unwrap();
    assert_eq!((trial.taken, trial.status), (false, Some(500)));
    assert!(trial.reason.unwrap().contains("500"));
    // Somebody who tries a receiver says nothing of how it fares.
    let shown = admin.webhook(added.webhook.id).await.unwrap().unwrap();
    assert_eq!((shown.version, shown.failing_since), (1, None));
}

#[tokio::test]
async fn who_is_gone_is_disabled_until_somebody_enables_it() {
    let app = TestApp::with_environment(&[PRIVATE]).await;
    let (admin, _) = app.admin().await;
    let receiver = Receiver::start().await;
    let added = add(&admin, &receiver.url, &["image.accepted"]).await;
    receiver.answers(410);
    upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(1, 64, 48))).await;
    app.drain().await;
    let shown = admin.webhook(added.webhook.id).await.unwrap().unwrap();
    assert_eq!(shown.state, WebhookState::Disabled);
    assert!(shown.last_error.unwrap().contains("410 Gone"));

    receiver.answers(200);
    let enable = ChangeWebhookRequest {
        state: Some("enabled".into()),
        version: Some(shown.version),
        ..ChangeWebhookRequest::default()
    };
    let enabled = admin.change_webhook(added.webhook.id, &enable).await.unwrap();
    assert_eq!((enabled.state, enabled.last_error), (WebhookState::Enabled, None));
    let refused = admin.change_webhook(added.webhook.id, &enable).await.unwrap_err();
    assert_eq!(refused.code(), Some("webhook-changed"));
    upload(&admin, "y.jpg", pictures::jpeg(&pictures::scene(2, 64, 48))).await;
    app.drain().await;
    assert_eq!(receiver.heard(&added.secret).len(), 2);

    admin.remove_webhook(added.webhook.id).await.unwrap();
    let gone = admin.remove_webhook(added.webhook.id).await.unwrap_err();
    assert_eq!(gone.code(), Some("webhook-not-found"));
    assert_eq!(admin.webhooks().await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let refused = async |url: &str, kinds: &[&str]| {
        let request = AddWebhookRequest {
            url: url.into(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        let error = admin.add_webhook(&request).await.unwrap_err();
        (error.status(), error.to_string())
    };
    for (url, kinds, words) in [
        ("ftp://example.org/", &[][..], "must begin with https://"),
        ("http://169.254.169.254/latest", &[], "link-local"),
        ("http://127.0.0.1:9/", &[], "webhooks.private_addresses"),
        ("https://example.org/", &["image.sung"], "image.sung"),
    ] {
        let (status, error) = refused(url, kinds).await;
        assert_eq!(status, Some(422), "{url}");
        assert!(error.contains(words), "{url}: {error}");
    }
    assert_eq!(admin.webhooks().await.unwrap(), []);
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_found_out_when_it_is_posted_to() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let receiver = Receiver::start().await;
    // A name can be added: where it leads is known when it is looked up.
    let added = add(&admin, &receiver.url.replace("127.0.0.1", "localhost"), &[]).await;
    let trial = admin.test_webhook(added.webhook.id).await.unwrap();
    assert!(!trial.taken);
    let reason = trial.reason.unwrap();
    assert!(reason.contains("webhooks.private_addresses"), "{reason}");
    assert!(receiver.heard.lock().unwrap().is_empty());
}

async fn webhooks_are_for_administrators(app: System) {
    let editor = app.editor().await;
    assert_eq!(editor.webhooks().await.unwrap_err().code(), Some("not-allowed"));
    let request = AddWebhookRequest {
        url: "https://example.org/".into(),
        kinds: Vec::new(),
    };
    let error = editor.add_webhook(&request).await.unwrap_err();
    assert_eq!(error.code(), Some("not-allowed"));
}

#[test]
fn the_command_line_keeps_webhooks() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(env!("CARGO_BIN_EXE_tintype"), folder.path(), &[]);
    let run = |arguments: &[&str]| {
        let output = program.command(arguments, "");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let url = "https://example.org/hook";
    let (added, line, _) = run(&["webhook", "add", url, "--kind", "image.ready,image.failed"]);
    let (id, secret) = line.split_once('\t').unwrap();
    assert!(
        added && secret.starts_with("whsec_") && line.lines().count() == 1,
        "{line}"
    );
    let (_, list, _) = run(&["webhook", "list"]);
    let row = format!("{id}\tenabled\t{url}\timage.ready,image.failed\t0 waiting\ttook no message yet");
    assert_eq!(list, row);
    assert_eq!(run(&["webhook", "disable", id]).1, format!("disabled {id}"));
    assert!(run(&["webhook", "list"]).1.contains("\tdisabled\t"));
    assert_eq!(run(&["webhook", "enable", id]).1, format!("enabled {id}"));
    let (added, _, error) = run(&["webhook", "add", "http://127.0.0.1:9/"]);
    assert!(
        !added && error.contains("webhooks.private_addresses = true"),
        "{error}"
    );
    let (added, _, error) = run(&["webhook", "add", url, "--kind", "image.sung"]);
    assert!(
        !added && error.contains("image.sung") && error.contains("image.ready"),
        "{error}"
    );
    assert!(run(&["webhook", "remove", id]).0);
    let (tested, _, error) = run(&["webhook", "test", id]);
    assert!(!tested && error.contains("there is no webhook"), "{error}");

    assert_eq!(run(&["redrive"]), (true, String::new(), String::new()));
    assert_eq!(run(&["redrive", "--all"]).1, "redriven 0");
    let (redriven, _, error) = run(&["redrive", id]);
    assert!(!redriven && error.contains("no dead letters"), "{error}");
    assert_eq!(run(&["dismiss", "--all"]).1, "dismissed 0");
    for (arguments, words) in [
        (&["dismiss", id][..], "no dead letters"),
        (&["dismiss"], "required"),
    ] {
        let (dismissed, _, error) = run(arguments);
        assert!(!dismissed && error.contains(words), "{error}");
    }
}
