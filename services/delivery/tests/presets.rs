//! Presets and watermarks: names in URLs, what they stand for at the moment, and what becomes of those that stand for nothing.

#![allow(
    clippy::unwrap_used,
    reason = "clippy takes functions beside the tests for something else"
)]

mod common;

use std::{sync::atomic::Ordering, time::Duration};

use axum::http::StatusCode;
use bytes::Bytes;
use common::{Answer, Site, forgetful, id};
use domain::{Availability, BlobKey, ImageFormat, ImageId, Manifest, Mezzanine};
use jiff::Timestamp;
use ports::BlobStore;
use serde_json::json;
use tintype_delivery::{DeliverySettings, Signatures};

fn logo_id() -> ImageId {
    ImageId::new(Timestamp::UNIX_EPOCH, [2; 10])
}

async fn publish(site: &Site, presets: serde_json::Value) {
    let object = json!({"v": 1, "presets": presets}).to_string();
    site.blobs.put(&BlobKey::presets(), object.into()).await.unwrap();
}

fn logo(name: &str, gravity: &str) -> serde_json::Value {
    let watermark = json!({
        "image_id": logo_id(), "gravity": gravity, "scale": 0.5, "margin": 0.0, "opacity": 1.0
    });
    json!({"name": name, "watermark": watermark})
}

/// A JPEG of one colour.
fn flat(side: usize, colour: [u8; 3]) -> Bytes {
    let pixels = colour.repeat(side * side);
    let image = turbojpeg::Image {
        pixels: &pixels[..],
        width: side,
        pitch: side * 3,
        height: side,
        format: turbojpeg::PixelFormat::RGB,
    };
    Bytes::copy_from_slice(&turbojpeg::compress(image, 90, turbojpeg::Subsamp::None).unwrap())
}

async fn write_logo(site: &Site, content_version: u32, colour: [u8; 3], availability: Availability) {
    let blob_key = BlobKey::mezzanine(logo_id(), content_version, 64, ImageFormat::Jpeg);
    site.blobs.put(&blob_key, flat(64, colour)).await.unwrap();
    let manifest = Manifest {
        image_id: logo_id(),
        availability,
        content_version,
        width: 64,
        height: 64,
        mezzanines: vec![Mezzanine {
            blob_key,
            format: ImageFormat::Jpeg,
            width: 64,
            height: 64,
        }],
        ..site.manifest.clone()
    };
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let key = BlobKey::manifest(logo_id());
    site.blobs.put(&key, bytes.into()).await.unwrap();
}

/// The picture's size, and its pixel at a place.
fn pixel(answer: &Answer, x: usize, y: usize) -> (usize, usize, [u8; 3]) {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let image = turbojpeg::decompress(&answer.body, turbojpeg::PixelFormat::RGB).unwrap();
    let at = y * image.pitch + x * 3;
    let pixel = [image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]];
    (image.width, image.height, pixel)
}

fn is_near(pixel: [u8; 3], colour: [u8; 3]) -> bool {
    pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 40)
}

#[tokio::test]
async fn a_preset_shows_what_its_options_show_and_follows_them() {
    let site = Site::new().await;
    publish(
        &site,
        json!([{"name": "card", "options": "f=jpeg,fit=cover,h=60,w=60"}]),
    )
    .await;
    let card = site.get("p=card").await;
    let spelt_out = site.get("w=60,h=60,fit=cover,f=jpeg").await;
    assert_eq!((card.status, &card.body), (StatusCode::OK, &spelt_out.body));
    assert_eq!(card.header("etag"), spelt_out.header("etag"));
    assert_eq!(site.renders(), 1, "equal pictures are one variant");

    // The version of the content does not make it immutable: the preset may change.
    let versioned = site.get("p=card,v=2").await;
    assert!(!versioned.header("cache-control").contains("immutable"));
    assert!(
        site.get("w=60,f=jpeg,v=2")
            .await
            .header("cache-control")
            .contains("immutable")
    );

    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=80"}])).await;
    let changed = site.get("p=card").await;
    assert_eq!(pixel(&changed, 0, 0).0, 80);
    assert_ne!(changed.header("etag"), card.header("etag"));
}

#[tokio::test]
async fn a_name_that_stands_for_nothing_is_said() {
    let site = Site::new().await;
    let missing = site.get("p=card").await;
    assert_eq!(missing.refusal(), (404, "preset-not-found".to_owned()));
    assert!(missing.problem()["detail"].as_str().unwrap().contains("\"card\""));
    publish(
        &site,
        json!([logo("logo", "center"), {"name": "card", "options": "w=4"}]),
    )
    .await;
    let watermark = site.get("p=logo").await;
    assert_eq!(watermark.refusal(), (404, "preset-not-found".to_owned()));
    assert!(
        watermark.problem()["detail"]
            .as_str()
            .unwrap()
            .contains("wm=logo")
    );
    for name in ["card", "nobody"] {
        let missing = site.get(&format!("w=40,wm={name}")).await;
        assert_eq!(
            missing.refusal(),
            (404, "watermark-not-found".to_owned()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_watermark_is_seen_where_it_is_placed() {
    let (red, blue) = ([250, 10, 10], [10, 10, 250]);
    let site = Site::new().await;
    write_logo(&site, 1, red, Availability::Available).await;
    publish(
        &site,
        json!([logo("logo", "top-left"), {"name": "card", "options": "f=jpeg,w=160,wm=logo"}]),
    )
    .await;
    let plain = site.get("w=160,f=jpeg").await;
    let marked = site.get("w=160,f=jpeg,wm=logo").await;
    // Half of the shorter side of 160 × 120, in the corner.
    assert!(is_near(pixel(&marked, 50, 50).2, red) && !is_near(pixel(&plain, 50, 50).2, red));
    // Elsewhere it is the picture itself, but for what JPEG makes of it.
    assert!(is_near(pixel(&marked, 150, 110).2, pixel(&plain, 150, 110).2));
    assert_eq!(site.get("p=card").await.body, marked.body);
    let versioned = site.get("w=160,f=jpeg,wm=logo,v=2").await;
    assert!(!versioned.header("cache-control").contains("immutable"));

    // Placed elsewhere, or with another picture, it is another variant.
    publish(&site, json!([logo("logo", "bottom-right")])).await;
    let moved = site.get("w=160,f=jpeg,wm=logo").await;
    assert!(is_near(pixel(&moved, 150, 110).2, red) && !is_near(pixel(&moved, 50, 50).2, red));
    write_logo(&site, 2, blue, Availability::Available).await;
    let repainted = site.get("w=160,f=jpeg,wm=logo").await;
    assert!(is_near(pixel(&repainted, 150, 110).2, blue));
    assert_eq!(marked.header("cache-tag"), format!("a-{},p-logo", id()));
    let tags = [&plain, &marked, &moved, &repainted].map(|answer| answer.header("etag").to_owned());
    assert!(
        tags.iter()
            .all(|tag| tags.iter().filter(|other| *other == tag).count() == 1),
        "{tags:?}"
    );
}

#[tokio::test]
async fn without_its_watermark_a_picture_is_not_shown() {
    let site = Site::new().await;
    publish(&site, json!([logo("logo", "center")])).await;
    let wanted = (404, "watermark-not-found".to_owned());
    assert_eq!(site.get("w=40,wm=logo").await.refusal(), wanted);
    write_logo(&site, 1, [9; 3], Availability::Available).await;
    assert_eq!(site.get("w=40,wm=logo").await.status, StatusCode::OK);
    // Also what was rendered while it was there.
    write_logo(&site, 1, [9; 3], Availability::Withdrawn).await;
    assert_eq!(site.get("w=40,wm=logo").await.refusal(), wanted);
}

#[tokio::test]
async fn where_only_presets_are_shown_other_options_are_refused() {
    let site = Site::with(DeliverySettings {
        only_presets: true,
        ..forgetful()
    })
    .await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=60"}])).await;
    let wanted = (403, "presets-only".to_owned());
    let sign = |options: &str| site.keys.sign(&format!("/i/{}/{options}", id())).unwrap();
    for options in ["w=60", "f=json", "w=60,wm=logo"] {
        let refused = site.get(options).await;
        assert_eq!(refused.refusal(), wanted, "{options}");
        assert!(refused.problem()["detail"].as_str().unwrap().contains("p=card"));
        assert_eq!(site.get_path(&sign(options)).await.refusal(), wanted, "{options}");
    }
    for options in ["p=card", "p=card,v=2,dl=true,alt=true,onerror=placeholder"] {
        assert_eq!(site.get(options).await.status, StatusCode::OK, "{options}");
    }
    // The library's pages sign the sizes that they show.
    for options in ["w=320,f=auto,v=2", "w=2560,f=auto,v=2,exp=4000000000"] {
        assert_eq!(
            site.get(options.split(",exp").next().unwrap()).await.refusal(),
            wanted
        );
        assert_eq!(
            site.get_path(&sign(options)).await.status,
            StatusCode::OK,
            "{options}"
        );
    }
    let forged = sign("w=320,f=auto,v=2").replace("w=320", "w=480");
    assert_eq!(
        site.get_path(&forged).await.refusal(),
        (403, "invalid-signature".to_owned())
    );
    for options in ["w=320,h=320", "w=320,f=png", "w=320,q=100", "w=321"] {
        assert_eq!(site.get_path(&sign(options)).await.refusal(), wanted, "{options}");
    }
    assert_eq!(
        site.get_path(&sign("p=card,exp=4000000000")).await.status,
        StatusCode::OK
    );
    assert_eq!(
        site.get("original").await.refusal(),
        (403, "signature-required".to_owned())
    );
    assert_eq!(site.get_path(&sign("original")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn presets_need_no_signature_where_other_options_do() {
    let site = Site::with(DeliverySettings {
        signatures: Signatures::Required,
        ..forgetful()
    })
    .await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=60"}])).await;
    let shown = site.get("p=card").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.header("cache-tag"), format!("a-{},p-card", id()));
    assert_eq!(
        site.get("w=60,f=jpeg").await.refusal(),
        (403, "signature-required".to_owned())
    );
}

#[tokio::test]
async fn presets_are_read_once_for_many_and_again_when_they_are_old() {
    let site = Site::with(DeliverySettings {
        presets_max_age: Duration::from_secs(3_600),
        ..DeliverySettings::default()
    })
    .await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=60"}])).await;
    let asked = futures::future::join_all((0..20).map(|_| site.get("p=card"))).await;
    assert!(asked.iter().all(|answer| answer.status == StatusCode::OK));
    publish(&site, json!([])).await;
    assert_eq!(site.get("p=card").await.status, StatusCode::OK);
    assert_eq!(site.blobs.count("get", "library/presets.json"), 1);
}

#[tokio::test]
async fn the_last_presets_are_used_on_while_the_store_is_away() {
    let site = Site::with(DeliverySettings {
        presets_max_age: Duration::ZERO,
        ..DeliverySettings::default()
    })
    .await;
    publish(&site, json!([{"name": "card", "options": "f=jpeg,w=60"}])).await;
    assert_eq!(site.get("p=card").await.status, StatusCode::OK);
    site.blobs.fails_reading.store(true, Ordering::Relaxed);
    assert_eq!(site.get("p=card").await.status, StatusCode::OK, "from memory");
    site.blobs.fails_reading.store(false, Ordering::Relaxed);
    let damaged = Bytes::from_static(b"{\"v\":1,");
    site.blobs.put(&BlobKey::presets(), damaged).await.unwrap();
    assert_eq!(
        site.get("p=card").await.status,
        StatusCode::OK,
        "the last that could be read"
    );
}
