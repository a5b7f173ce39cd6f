//! What changes an answer and not its picture: parts, downloads, ends, private images, originals, words beside the picture.

#![allow(
    clippy::unwrap_used,
    reason = "clippy takes functions beside the tests for something else"
)]

mod common;

use std::{sync::atomic::Ordering, time::Duration};

use axum::http::StatusCode;
use common::{Site, forgetful, id};
use domain::{BlobKey, ImageFormat, Visibility};
use tintype_delivery::{DeliverySettings, Signatures};

fn seconds_from_now(seconds: i64) -> i64 {
    ports::Clock::now(&embedded::SystemClock).as_second() + seconds
}

fn signed(site: &Site, options: &str) -> String {
    site.keys.sign(&format!("/i/{}/{options}", id())).unwrap()
}

#[tokio::test]
async fn a_part_is_sent_where_a_part_is_asked_for() {
    let site = Site::new().await;
    let whole = site.get("w=100,f=jpeg").await;
    let etag = whole.header("etag").to_owned();
    let length = whole.body.len();
    let part = site.get_with("w=100,f=jpeg", "range", "bytes=10-19").await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, whole.body.slice(10..20));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{length}"));
    assert_eq!(part.header("content-length"), "10");
    assert_eq!(part.header("etag"), etag);
    let end = site.get_with("w=100,f=jpeg", "range", "bytes=-5").await;
    assert_eq!(end.body, whole.body.slice(length - 5..));
    let beyond = site.get_with("w=100,f=jpeg", "range", "bytes=9999999-").await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
    let several = site.get_with("w=100,f=jpeg", "range", "bytes=0-1,5-6").await;
    assert_eq!((several.status, several.body), (StatusCode::OK, whole.body));
}

#[tokio::test]
async fn a_part_is_sent_of_what_is_too_large_for_the_memory() {
    // Nothing is small enough.
    let site = Site::new().await;
    let whole = site.get("w=100,f=jpeg").await;
    site.blobs.until(1, "has", "/variants/").await;
    let stored = site.get("w=100,f=jpeg").await;
    assert_eq!(stored.header("server-timing"), "cache;desc=\"stored\"");
    let part = site.get_with("w=100,f=jpeg", "range", "bytes=10-19").await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, whole.body.slice(10..20));
    let length = whole.body.len();
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{length}"));
    let beyond = site.get_with("w=100,f=jpeg", "range", "bytes=9999999-").await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn the_original_is_sent_to_whoever_has_a_signature() {
    let site = Site::new().await;
    assert_eq!(
        site.get("original").await.refusal(),
        (403, "signature-required".to_owned())
    );
    let path = signed(&site, "original,dl=holiday.png");
    let whole = site.get_path(&path).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.header("content-type"), "image/jpeg");
    assert_eq!(
        whole.header("content-disposition"),
        "attachment; filename=\"holiday.jpg\""
    );
    let stored = site.blobs_get(&site.manifest.original).await;
    assert_eq!(whole.body, stored);
    let request = axum::http::Request::get(&path)
        .header("range", "bytes=100-199")
        .body(axum::body::Body::empty())
        .unwrap();
    let part = site.call(request).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, stored.slice(100..200));
    let request = axum::http::Request::get(&path)
        .header("if-none-match", whole.header("etag"))
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(site.call(request).await.status, StatusCode::NOT_MODIFIED);
    site.write_manifest(|manifest| manifest.original_format = ImageFormat::Svg)
        .await;
    assert_eq!(
        site.get_path(&path).await.refusal(),
        (403, "original-not-served".to_owned())
    );
}

#[tokio::test]
async fn a_private_image_does_not_exist_for_whoever_has_no_signature() {
    let site = Site::new().await;
    site.write_manifest(|manifest| manifest.visibility = Visibility::Private)
        .await;
    let missing = site
        .get_path("/i/00000000-0000-7000-8000-000000000000/w=10")
        .await;
    let expired = signed(&site, &format!("w=10,exp={}", seconds_from_now(-1)));
    let forged = signed(&site, "w=10").replace("w=10", "w=11");
    for path in [format!("/i/{}/w=10", id()), expired, forged] {
        let answer = site.get_path(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        // Nothing tells it from an id that nobody ever gave.
        assert_eq!(answer.problem()["detail"], missing.problem()["detail"]);
    }
    let shown = site.get_path(&signed(&site, "w=10,f=jpeg,v=2")).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(
        shown.header("cache-control"),
        "private, max-age=31536000, immutable"
    );
    // A placeholder would tell, too.
    let placeholder = site.get("w=10,onerror=placeholder").await;
    let nothing = site
        .get_path("/i/00000000-0000-7000-8000-000000000000/w=10,onerror=placeholder")
        .await;
    assert_eq!(placeholder.status, StatusCode::NOT_FOUND);
    assert_eq!(placeholder.body, nothing.body);
}

#[tokio::test]
async fn a_url_ends_when_it_says_and_no_cache_keeps_it_longer() {
    let site = Site::new().await;
    let path = signed(&site, &format!("w=10,f=jpeg,v=2,exp={}", seconds_from_now(100)));
    let answer = site.get_path(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    let cache = answer.header("cache-control");
    let left: u32 = cache.strip_prefix("public, max-age=").unwrap().parse().unwrap();
    assert!((80..=100).contains(&left), "{cache}");
    let path = signed(&site, &format!("w=10,exp={}", seconds_from_now(-1)));
    assert_eq!(
        site.get_path(&path).await.refusal(),
        (403, "url-expired".to_owned())
    );
}

#[tokio::test]
async fn what_is_known_of_an_image_is_told_as_json() {
    let site = Site::new().await;
    site.write_manifest(|manifest| manifest.alt_text = "A red bicycle".to_owned())
        .await;
    let analysis = br##"{"v":1,"format":"jpeg","width":320,"height":240,"orientation":1,"has_alpha":false,
        "colour_profile":null,"thumbhash":"3OcRJYB4d3h","perceptual_hash":"ffee000000000001",
        "palette":[{"hex":"#336699","share":0.7,"name":"blue"}],"metadata":{}}"##;
    site.write(&BlobKey::analysis(id()), analysis).await;
    let answer = site.get("w=100,h=50,fit=cover,f=json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let info: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = serde_json::json!({
        "width": 100, "height": 50, "alt": "A red bicycle", "version": 2,
        "original": { "format": "jpeg", "width": 320, "height": 240 },
        "has_alpha": false, "is_animated": false, "thumbhash": "3OcRJYB4d3h",
        "perceptual_hash": "ffee000000000001", "formats": ["avif", "webp", "jpeg", "png", "gif"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&info[name], value, "{name}");
    }
    assert_eq!(info["palette"][0]["name"], "blue");
    let etag = answer.header("etag").to_owned();
    let again = site
        .get_with("w=100,h=50,fit=cover,f=json", "if-none-match", &etag)
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    // The words are part of it, so the tag follows them.
    site.write_manifest(|manifest| manifest.alt_text = "A blue bicycle".to_owned())
        .await;
    assert_ne!(site.get("w=100,h=50,fit=cover,f=json").await.header("etag"), etag);
}

#[tokio::test]
async fn the_alternative_text_stands_in_a_header_where_it_is_asked_for() {
    let site = Site::new().await;
    site.write_manifest(|manifest| manifest.alt_text = "Ein Schloß, 50 % Himmel\r\n".to_owned())
        .await;
    assert!(!site.get("w=10").await.headers.contains_key("tintype-alt-text"));
    let answer = site.get("w=10,alt=true").await;
    assert_eq!(
        answer.header("tintype-alt-text"),
        "Ein%20Schlo%C3%9F%2C%2050%20%25%20Himmel%0D%0A"
    );
}

#[tokio::test]
async fn a_picture_is_saved_under_the_name_that_is_asked_for() {
    let site = Site::new().await;
    let named = site.get("w=10,f=webp,dl=true/red%20bicycle.jpg").await;
    assert_eq!(
        named.header("content-disposition"),
        "attachment; filename=\"red bicycle.webp\""
    );
    let unnamed = site.get("w=10,f=webp,dl=true").await;
    assert_eq!(
        unnamed.header("content-disposition"),
        format!("attachment; filename=\"{}.webp\"", id())
    );
    assert!(
        !site
            .get("w=10,f=webp")
            .await
            .headers
            .contains_key("content-disposition")
    );
}

#[tokio::test]
async fn where_there_is_no_picture_a_placeholder_is_shown_under_the_same_status() {
    let site = Site::with(DeliverySettings {
        max_renders: 1,
        max_waiting: 0,
        ..forgetful()
    })
    .await;
    let gone = site
        .get_path("/i/00000000-0000-7000-8000-000000000000/w=10,onerror=placeholder")
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(
        (gone.header("content-type"), gone.header("cache-control")),
        ("image/png", "no-store")
    );
    assert_eq!(&gone.body[1..4], b"PNG");
    site.blobs.hold_mezzanines();
    let mut first = std::pin::pin!(site.get("w=11,f=jpeg"));
    assert!(futures::FutureExt::now_or_never(first.as_mut()).is_none());
    let started = site.blobs.until(1, "get", "/mezzanines/");
    futures::future::select(first.as_mut(), std::pin::pin!(started)).await;
    let busy = site.get("w=12,f=jpeg,onerror=placeholder").await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(busy.header("retry-after"), "1");
    assert_eq!(&busy.body[1..4], b"PNG");
    site.blobs.release_mezzanines();
    assert_eq!(first.await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_preset_that_nobody_made_is_named() {
    let site = Site::with(DeliverySettings {
        signatures: Signatures::Required,
        ..forgetful()
    })
    .await;
    // What a preset costs was decided by those who made it, so it needs no signature.
    let answer = site.get("p=card").await;
    assert_eq!(answer.refusal(), (404, "preset-not-found".to_owned()));
    assert!(answer.problem()["detail"].as_str().unwrap().contains("card"));
    assert_eq!(answer.header("vary"), "Accept");
    assert_eq!(
        site.get("w=10").await.refusal(),
        (403, "signature-required".to_owned())
    );
}

#[tokio::test]
async fn what_is_asked_for_often_is_answered_from_memory() {
    let site = Site::with(DeliverySettings {
        manifest_max_age: Duration::from_secs(600),
        ..DeliverySettings::default()
    })
    .await;
    assert!(
        site.get("w=100,f=jpeg")
            .await
            .header("server-timing")
            .contains("rendered")
    );
    let (read, opened) = (site.blobs.count("get", ""), site.blobs.count("open", ""));
    for _ in 0..10 {
        let answer = site.get("w=100,f=jpeg").await;
        assert_eq!(answer.header("server-timing"), "cache;desc=\"memory\"");
        let part = site.get_with("w=100,f=jpeg", "range", "bytes=0-9").await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    }
    assert_eq!(
        (site.blobs.count("get", ""), site.blobs.count("open", "")),
        (read, opened)
    );
    // The memory goes on while the store is away.
    site.blobs.fails_reading.store(true, Ordering::Relaxed);
    assert_eq!(site.get("w=100,f=jpeg").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_version_that_the_memory_does_not_know_yet_is_looked_up() {
    let site = Site::with(DeliverySettings {
        manifest_max_age: Duration::from_secs(600),
        ..DeliverySettings::default()
    })
    .await;
    assert_eq!(site.get("w=10,v=2").await.status, StatusCode::OK);
    site.write_manifest(|manifest| manifest.content_version = 3).await;
    assert_eq!(site.get("w=10,v=3").await.status, StatusCode::OK);
    assert_eq!(
        site.get("w=10,v=4").await.refusal(),
        (404, "image-version-not-found".to_owned())
    );
}

#[tokio::test]
async fn a_purge_makes_a_withdrawn_image_go_at_once() {
    let site = Site::with(DeliverySettings {
        manifest_max_age: Duration::from_secs(600),
        ..DeliverySettings::default()
    })
    .await;
    assert_eq!(site.get("w=10").await.status, StatusCode::OK);
    // Once the variant is stored the manifest is looked at anew; from then on nobody does.
    site.blobs.until(2, "get", "manifest").await;
    assert_eq!(site.get("w=10").await.status, StatusCode::OK);
    site.write_manifest(|manifest| manifest.availability = domain::Availability::Withdrawn)
        .await;
    assert_eq!(site.get("w=10").await.status, StatusCode::OK);
    ports::Purger::purge(&site.delivery, id()).await.unwrap();
    assert_eq!(site.get("w=10").await.status, StatusCode::NOT_FOUND);
}
