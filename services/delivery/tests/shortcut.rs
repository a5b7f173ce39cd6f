//! Answers that were given before: the same again, and not a moment longer than they are true.

#![allow(
    clippy::unwrap_used,
    reason = "clippy takes functions beside the tests for something else"
)]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use common::{Answer, Site, id};
use domain::{Availability, BlobKey, ImageId, KeyRing, Manifest, Visibility};
use http_kit::Shortcut;
use jiff::Timestamp;
use ports::{BlobStore, Clock, Purger};
use serde_json::json;
use tintype_delivery::{Delivery, DeliverySettings};

const HOUR: Duration = Duration::from_secs(3_600);
const BROWSER: &str = "image/avif,image/webp,image/png,*/*;q=0.8";

/// Trusts what it knows for an hour, so that nothing but what a test does makes it forget.
fn trusting() -> DeliverySettings {
    DeliverySettings {
        manifest_max_age: HOUR,
        presets_max_age: HOUR,
        ..DeliverySettings::default()
    }
}

fn request(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

fn path(options: &str) -> String {
    format!("/i/{}/{options}", id())
}

fn signed(site: &Site, options: &str) -> String {
    site.keys.sign(&path(options)).unwrap()
}

fn is_at_hand(site: &Site, path: &str, headers: &[(&str, &str)]) -> bool {
    site.delivery.at_hand(&request(path, headers)).is_some()
}

/// Asks until the answer is at hand: rendered, stored, and then from memory.
async fn warm(site: &Site, path: &str, headers: &[(&str, &str)]) {
    let first = site.call(request(path, headers)).await;
    assert_eq!(first.status, StatusCode::OK, "{path}: {:?}", first.body);
    // Once a variant is stored the manifest is looked at anew.
    let stored = site.blobs.count("has", "/variants/").max(1);
    site.blobs.until(stored, "has", "/variants/").await;
    while !is_at_hand(site, path, headers) {
        assert_eq!(site.call(request(path, headers)).await.status, StatusCode::OK);
    }
}

async fn publish(site: &Site, presets: serde_json::Value) {
    let object = json!({"v": 1, "presets": presets}).to_string();
    site.blobs.put(&BlobKey::presets(), object.into()).await.unwrap();
}

/// What the headers say, but for the request's id.
fn said(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    assert!(headers.remove("x-request-id").is_some());
    if answer.status == StatusCode::NOT_MODIFIED {
        // axum adds it to an empty body, and hyper takes it away again.
        headers.remove("content-length");
    }
    headers
}

#[tokio::test]
async fn an_answer_that_is_given_again_says_what_it_said() {
    let site = Site::with(trusting()).await;
    publish(&site, json!([{"name": "card", "options": "w=60"}])).await;
    site.write_manifest(|manifest| manifest.alt_text = "Ein Schloß".to_owned())
        .await;
    let paths = [
        path("w=90,f=jpeg"),
        path("w=90,v=2/bicycle.jpg"),
        path("w%3D90,alt=true,dl=true/red%20bicycle.jpg"),
        path("p=card"),
        signed(&site, "w=91,f=webp"),
        signed(&site, "w=92,exp=4000000000"),
    ];
    for path in &paths {
        let accept = [("accept", BROWSER)];
        warm(&site, path, &accept).await;
        let given = site.call(request(path, &accept)).await;
        let routed = site.call_routes(request(path, &accept)).await;
        assert_eq!(given.status, routed.status, "{path}");
        assert_eq!(given.body, routed.body, "{path}");
        assert_eq!(given.header("server-timing"), "cache;desc=\"memory\"");
        assert_eq!(said(&given), said(&routed), "{path}");

        let tag = given.header("etag").to_owned();
        let unchanged = [("accept", BROWSER), ("if-none-match", tag.as_str())];
        assert!(is_at_hand(&site, path, &unchanged), "{path}");
        let given = site.call(request(path, &unchanged)).await;
        let routed = site.call_routes(request(path, &unchanged)).await;
        assert_eq!(given.status, StatusCode::NOT_MODIFIED, "{path}");
        assert!(given.body.is_empty());
        assert_eq!(said(&given), said(&routed), "{path}");
    }
}

#[tokio::test]
async fn parts_heads_and_other_tags_are_what_they_were() {
    let site = Site::with(trusting()).await;
    let path = path("w=90,f=jpeg");
    warm(&site, &path, &[]).await;
    let whole = site.call(request(&path, &[])).await;
    assert!(!is_at_hand(&site, &path, &[("range", "bytes=0-9")]));
    let part = site.call(request(&path, &[("range", "bytes=0-9")])).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    // The part has not taken the whole one's place.
    assert!(is_at_hand(&site, &path, &[]));
    let head = Request::head(&path).body(Body::empty()).unwrap();
    let head = site.call(head).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    let other = site.call(request(&path, &[("if-none-match", "\"other\"")])).await;
    assert_eq!((other.status, other.body), (StatusCode::OK, whole.body));
}

#[tokio::test]
async fn each_client_is_given_its_own_format() {
    let site = Site::with(trusting()).await;
    let path = path("w=90");
    warm(&site, &path, &[("accept", BROWSER)]).await;
    assert!(!is_at_hand(&site, &path, &[]));
    for (accept, expected) in [
        (BROWSER, "image/avif"),
        ("image/webp", "image/webp"),
        ("*/*", "image/jpeg"),
    ] {
        let headers = [("accept", accept)];
        warm(&site, &path, &headers).await;
        let answer = site.call(request(&path, &headers)).await;
        assert_eq!(answer.header("content-type"), expected);
        assert_eq!(answer.header("vary"), "Accept");
    }
}

#[tokio::test]
async fn what_becomes_of_an_image_is_seen_at_its_purge() {
    type Change = fn(&mut Manifest);
    let changes: [(Change, StatusCode); 4] = [
        (
            |manifest| manifest.visibility = Visibility::Private,
            StatusCode::NOT_FOUND,
        ),
        (
            |manifest| manifest.availability = Availability::Withdrawn,
            StatusCode::NOT_FOUND,
        ),
        (|manifest| manifest.content_version = 3, StatusCode::OK),
        (
            |manifest| manifest.alt_text = "other words".to_owned(),
            StatusCode::OK,
        ),
    ];
    for (change, status) in changes {
        let site = Site::with(trusting()).await;
        let path = path("w=90,f=jpeg,v=2,alt=true");
        warm(&site, &path, &[]).await;
        let before = site.call(request(&path, &[])).await;
        site.write_manifest(change).await;
        site.delivery.purge(id()).await.unwrap();
        assert!(!is_at_hand(&site, &path, &[]));
        let tag = before.header("etag").to_owned();
        for headers in [&[][..], &[("if-none-match", tag.as_str())]] {
            let after = site.call(request(&path, headers)).await;
            let is_unchanged = after.status == StatusCode::NOT_MODIFIED;
            assert!(after.status == status || (status == StatusCode::OK && is_unchanged));
            assert_ne!(said(&after), said(&before));
        }
    }
}

#[tokio::test]
async fn a_service_that_is_to_look_each_time_looks_each_time() {
    let site = Site::with(DeliverySettings {
        manifest_max_age: Duration::ZERO,
        ..trusting()
    })
    .await;
    let path = path("w=90,f=jpeg");
    for _ in 0..3 {
        assert_eq!(site.call(request(&path, &[])).await.status, StatusCode::OK);
    }
    assert!(!is_at_hand(&site, &path, &[]));
    site.write_manifest(|manifest| manifest.visibility = Visibility::Private)
        .await;
    assert_eq!(site.call(request(&path, &[])).await.status, StatusCode::NOT_FOUND);
}

/// A clock that stands still until it is moved.
struct Hands(AtomicI64);

#[async_trait]
impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }

    async fn sleep(&self, _: Duration) {}
}

#[tokio::test]
async fn a_url_ends_when_it_says_also_where_it_was_asked_for_before() {
    let clock = Arc::new(Hands(AtomicI64::new(1_000)));
    let site = Site::with_clock(trusting(), clock.clone()).await;
    site.write_manifest(|manifest| manifest.visibility = Visibility::Private)
        .await;
    let path = signed(&site, "w=90,f=jpeg,exp=1100");
    warm(&site, &path, &[]).await;
    for (now, left) in [(1_000, 100), (1_099, 1)] {
        clock.0.store(now, Ordering::Relaxed);
        assert!(is_at_hand(&site, &path, &[]));
        let answer = site.call(request(&path, &[])).await;
        assert_eq!(answer.header("cache-control"), format!("private, max-age={left}"));
    }
    let tag = site.call(request(&path, &[])).await.header("etag").to_owned();
    clock.0.store(1_100, Ordering::Relaxed);
    for headers in [&[][..], &[("if-none-match", tag.as_str())]] {
        assert!(!is_at_hand(&site, &path, headers));
        assert_eq!(
            site.call(request(&path, headers)).await.status,
            StatusCode::NOT_FOUND
        );
    }
    site.write_manifest(|manifest| manifest.visibility = Visibility::Public)
        .await;
    site.delivery.purge(id()).await.unwrap();
    let ended = site.call(request(&path, &[])).await;
    assert_eq!(ended.refusal(), (403, "url-expired".to_owned()));
}

#[tokio::test]
async fn a_signature_counts_for_its_own_url_and_for_keys_that_are_known() {
    let site = Site::with(trusting()).await;
    let path = signed(&site, "w=90,f=jpeg");
    warm(&site, &path, &[]).await;
    let forged = path.replace("w=90", "w=91");
    assert_eq!(
        site.call(request(&forged, &[])).await.status,
        StatusCode::FORBIDDEN
    );
    // The process that starts after the key was taken out.
    let keys = Arc::new(KeyRing::parse(&KeyRing::generate("k2", [8; 32])).unwrap());
    let clock = Arc::new(embedded::SystemClock);
    let later = Delivery::new(site.blobs.clone(), keys, clock, trusting());
    assert!(later.at_hand(&request(&path, &[])).is_none());
    let app = http_kit::standard_layers(
        tintype_delivery::router(later),
        &http_kit::LayerSettings {
            role: "delivery",
            request_ids: http_kit::RequestIds::new(2),
        },
    );
    let answer = tower::ServiceExt::oneshot(app, request(&path, &[]))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

/// Makes the presets older than they are trusted.
async fn age_presets() {
    tokio::time::pause();
    tokio::time::advance(HOUR).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_preset_that_changes_is_seen_when_presets_are_old_or_purged() {
    let site = Site::with(trusting()).await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=60"}])).await;
    let path = path("p=card");
    warm(&site, &path, &[]).await;
    let before = site.call(request(&path, &[])).await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=61"}])).await;
    age_presets().await;
    assert!(!is_at_hand(&site, &path, &[]));
    let after = site.call(request(&path, &[])).await;
    assert_eq!(after.status, StatusCode::OK);
    assert_ne!(after.header("etag"), before.header("etag"));
    publish(&site, json!([])).await;
    warm(&site, &path, &[]).await;
    site.delivery.purge_presets().await.unwrap();
    assert!(!is_at_hand(&site, &path, &[]));
    assert_eq!(
        site.call(request(&path, &[])).await.refusal(),
        (404, "preset-not-found".to_owned())
    );
}

#[tokio::test]
async fn a_watermark_whose_image_is_withdrawn_is_not_laid_on_anything_again() {
    let site = Site::with(trusting()).await;
    let logo = ImageId::new(Timestamp::UNIX_EPOCH, [2; 10]);
    let write = async |availability| {
        let manifest = Manifest {
            image_id: logo,
            availability,
            ..site.manifest.clone()
        };
        let bytes = serde_json::to_vec(&manifest).unwrap();
        site.blobs
            .put(&BlobKey::manifest(logo), bytes.into())
            .await
            .unwrap();
        site.delivery.purge(logo).await.unwrap();
    };
    write(Availability::Available).await;
    let mark = json!({"image_id": logo, "gravity": "center", "scale": 0.5, "margin": 0.0, "opacity": 1.0});
    publish(&site, json!([{"name": "logo", "watermark": mark}])).await;
    let path = path("w=90,f=jpeg,wm=logo");
    warm(&site, &path, &[]).await;
    write(Availability::Withdrawn).await;
    assert!(!is_at_hand(&site, &path, &[]));
    assert_eq!(
        site.call(request(&path, &[])).await.refusal(),
        (404, "watermark-not-found".to_owned())
    );
}
