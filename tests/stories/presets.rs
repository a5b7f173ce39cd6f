//! Presets: kept by the library, followed by every URL that names them.

use api_client::{ApiClient, ClientError};
use api_types::{PresetResource, PutPresetRequest, WatermarkRequest};
use domain::{BlobKey, ImageId, ImageState, PublishedPresets};
use testkit::{Answer, System, TestApp, pictures};

use crate::upload;

async fn put(
    client: &ApiClient,
    name: &str,
    request: PutPresetRequest,
) -> Result<PresetResource, ClientError> {
    client.put_preset(&name.parse().unwrap(), &request).await
}

fn options(text: &str) -> PutPresetRequest {
    PutPresetRequest {
        options: Some(text.into()),
        ..PutPresetRequest::default()
    }
}

fn watermark(image: ImageId) -> PutPresetRequest {
    let watermark = WatermarkRequest {
        image_id: image.to_string(),
        ..WatermarkRequest::default()
    };
    PutPresetRequest {
        watermark: Some(watermark),
        ..PutPresetRequest::default()
    }
}

async fn picture(app: &TestApp, client: &ApiClient, seed: u64) -> ImageId {
    let bytes = pictures::jpeg(&pictures::scene(seed, 640, 480));
    let id = upload(client, &format!("{seed}.jpg"), bytes).await.summary.id;
    app.drain().await;
    id
}

async fn published(app: &TestApp) -> PublishedPresets {
    let bytes = app.adapters.blobs.get(&BlobKey::presets()).await.unwrap();
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

#[tokio::test]
async fn a_preset_is_kept_in_its_canonical_form_and_published() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let card = put(&admin, "card", options("width=400,h=300,gravity=auto,fit=cover"))
        .await
        .unwrap();
    assert_eq!(card.options.as_deref(), Some("fit=cover,g=auto,h=300,w=400"));
    assert_eq!(card.version, 1);
    // The same once more is no change, whoever made it.
    let same = put(&admin, "card", options("w=400,h=300,g=auto,fit=cover"))
        .await
        .unwrap();
    assert_eq!(same, card);
    put(&admin, "banner", options("w=1600")).await.unwrap();
    app.drain().await;
    let names = |presets: &PublishedPresets| -> Vec<String> {
        presets
            .presets
            .iter()
            .map(|preset| preset.name.to_string())
            .collect()
    };
    assert_eq!(names(&published(&app).await), ["banner", "card"]);
    assert_eq!(published(&app).await.presets[1].options, card.options);

    let overtaken = PutPresetRequest {
        version: Some(0),
        ..options("w=1")
    };
    let refused = put(&admin, "card", overtaken).await.unwrap_err();
    assert_eq!(
        (refused.status(), refused.code()),
        (Some(409), Some("preset-changed"))
    );
    admin.remove_preset(&card.name).await.unwrap();
    assert!(admin.preset(&card.name).await.unwrap().is_none());
    assert_eq!(
        admin.remove_preset(&card.name).await.unwrap_err().code(),
        Some("preset-not-found")
    );
    app.drain().await;
    assert_eq!(names(&published(&app).await), ["banner"]);
}

async fn a_preset_that_cannot_be_is_refused_by_name(app: System) {
    let (admin, _) = app.admin().await;
    let bytes = pictures::jpeg(&pictures::scene(1, 640, 480));
    let image = upload(&admin, "1.jpg", bytes).await.summary.id;
    app.image_in(&admin, image, ImageState::Ready).await;
    let (logo, card) = (app.own_name("logo"), app.own_name("card"));
    put(&admin, &logo, watermark(image)).await.unwrap();
    put(&admin, &card, options(&format!("w=80,wm={logo}")))
        .await
        .unwrap();
    let on_a_card = format!("wm={card}");
    for (text, word) in [
        ("widht=4", "widht"),
        ("w=0", "\"w\""),
        ("p=card", "\"p\""),
        ("original", "original"),
        ("w=4,v=1", "\"v\""),
        ("w=4,f=json", "json"),
        (on_a_card.as_str(), card.as_str()),
        ("wm=nobody", "nobody"),
    ] {
        let refused = put(&admin, "x", options(text)).await.unwrap_err();
        assert_eq!(
            (refused.status(), refused.code()),
            (Some(400), Some("invalid-option"))
        );
        assert!(refused.to_string().contains(word), "{refused}");
    }
    let nothing = "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e".parse().unwrap();
    let missing = put(&admin, "x", watermark(nothing)).await.unwrap_err();
    assert_eq!(missing.code(), Some("invalid-field"));
    let too_large = PutPresetRequest {
        watermark: Some(WatermarkRequest {
            image_id: image.to_string(),
            margin: Some(0.6),
            ..WatermarkRequest::default()
        }),
        ..PutPresetRequest::default()
    };
    let refused = put(&admin, "x", too_large).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("watermark/margin must be a number from 0 to 0.5"),
        "{refused}"
    );
    let both = PutPresetRequest {
        options: Some("w=4".into()),
        ..watermark(image)
    };
    for neither in [both, PutPresetRequest::default()] {
        assert_eq!(
            put(&admin, "x", neither).await.unwrap_err().code(),
            Some("invalid-preset")
        );
    }
    // What others lay on their pictures stays a watermark.
    for refused in [
        admin.remove_preset(&logo.parse().unwrap()).await.unwrap_err(),
        put(&admin, &logo, options("w=4")).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Some("preset-in-use"));
        assert!(refused.to_string().contains(&card), "{refused}");
    }
}

async fn presets_are_read_by_all_and_changed_by_administrators(app: System) {
    let (admin, _) = app.admin().await;
    let card = app.own_name("card").parse().unwrap();
    admin.put_preset(&card, &options("w=4")).await.unwrap();
    let refused = app.nobody().presets().await.unwrap_err();
    assert_eq!(refused.code(), Some("not-signed-in"));
    let editor = app.editor().await;
    let known = editor.presets().await.unwrap();
    assert!(known.iter().any(|preset| preset.name == card));
    for refused in [
        editor.put_preset(&card, &options("w=5")).await.unwrap_err(),
        editor.remove_preset(&card).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Some("not-allowed"));
    }
}

/// An application whose delivery looks at the presets each time.
async fn attentive(variables: &[(&str, &str)]) -> TestApp {
    let mut all = vec![("TINTYPE_DELIVERY_PRESETS_MAX_AGE_S", "0")];
    all.extend_from_slice(variables);
    TestApp::with_environment(&all).await
}

/// What `f=jpeg` answered, as its size and pixels.
fn decoded(answer: &Answer) -> turbojpeg::Image<Vec<u8>> {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    turbojpeg::decompress(&answer.body, turbojpeg::PixelFormat::RGB).unwrap()
}

async fn every_url_with_its_name_follows_a_preset(app: System) {
    let (admin, _) = app.admin().await;
    let bytes = pictures::jpeg(&pictures::scene(1, 640, 480));
    let image = upload(&admin, "1.jpg", bytes).await.summary.id;
    app.image_in(&admin, image, ImageState::Ready).await;
    let card = app.own_name("card");
    let url = format!("/i/{image}/p={card}");
    assert_eq!(app.get(&url).await.problem().code, "preset-not-found");
    put(&admin, &card, options("w=120,h=80,fit=cover,f=jpeg"))
        .await
        .unwrap();
    let first = decoded(&app.answers(&url, 200).await);
    assert_eq!((first.width, first.height), (120, 80));
    put(&admin, &card, options("w=64,f=jpeg")).await.unwrap();
    app.until("the preset is followed", async || {
        // One delivery may know of the preset while another does not.
        let answer = app.get(&url).await;
        answer.status == 200 && {
            let second = decoded(&answer);
            (second.width, second.height) == (64, 48)
        }
    })
    .await;
    admin.remove_preset(&card.parse().unwrap()).await.unwrap();
    assert_eq!(app.answers(&url, 404).await.problem().code, "preset-not-found");
}

#[tokio::test]
async fn a_watermark_is_laid_on_pictures_until_its_image_is_thrown_away() {
    let app = attentive(&[("TINTYPE_DELIVERY_MANIFEST_MAX_AGE_MS", "0")]).await;
    let (admin, _) = app.admin().await;
    let image = picture(&app, &admin, 1).await;
    let mark = picture(&app, &admin, 2).await;
    put(&admin, "logo", watermark(mark)).await.unwrap();
    put(&admin, "card", options("w=320,f=jpeg,wm=logo"))
        .await
        .unwrap();
    app.drain().await;
    let plain = decoded(&app.get(&format!("/i/{image}/w=320,f=jpeg")).await);
    let card = app.get(&format!("/i/{image}/p=card")).await;
    let marked = decoded(&card);
    assert_eq!((marked.width, marked.height), (plain.width, plain.height));
    // A fifth of the shorter side, three hundredths from the lower right corner.
    let difference = |left: usize, top: usize, side: usize| -> u64 {
        let rows = (top..top + side).flat_map(|y| (left * 3..(left + side) * 3).map(move |x| (x, y)));
        rows.map(|(x, y)| {
            let at = |picture: &turbojpeg::Image<Vec<u8>>| picture.pixels[y * picture.pitch + x];
            u64::from(at(&plain).abs_diff(at(&marked)))
        })
        .sum::<u64>()
            / (side * side * 3) as u64
    };
    let (elsewhere, in_the_corner) = (difference(20, 20, 30), difference(275, 200, 25));
    assert!(
        elsewhere < 6 && in_the_corner > 3 * elsewhere.max(4),
        "{elsewhere}, {in_the_corner}"
    );

    admin.trash(mark).await.unwrap();
    app.drain().await;
    assert_eq!(
        app.get(&format!("/i/{image}/p=card")).await.problem().code,
        "watermark-not-found"
    );
}

#[tokio::test]
async fn where_only_presets_are_shown_a_preset_is_all_that_is_shown() {
    let app = attentive(&[("TINTYPE_DELIVERY_ONLY_PRESETS", "true")]).await;
    let (admin, _) = app.admin().await;
    let image = picture(&app, &admin, 1).await;
    put(&admin, "card", options("w=64")).await.unwrap();
    app.drain().await;
    assert_eq!(app.get(&format!("/i/{image}/p=card")).await.status.as_u16(), 200);
    let refused = app.get(&format!("/i/{image}/w=64")).await;
    assert_eq!(
        (refused.status.as_u16(), refused.problem().code.as_str()),
        (403, "presets-only")
    );
}

#[tokio::test]
async fn a_preset_that_changes_is_seen_at_once_where_delivery_is_told() {
    let app = TestApp::with_environment(&[("TINTYPE_DELIVERY_PRESETS_MAX_AGE_S", "3600")]).await;
    let (admin, _) = app.admin().await;
    let image = picture(&app, &admin, 1).await;
    let mut tags = Vec::new();
    for width in ["w=64", "w=65"] {
        put(&admin, "card", options(width)).await.unwrap();
        app.drain().await;
        let answer = app.get(&format!("/i/{image}/p=card")).await;
        assert_eq!(answer.status.as_u16(), 200);
        tags.push(answer.header("etag").to_owned());
    }
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn upkeep_mends_what_delivery_was_told() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    put(&admin, "card", options("w=64")).await.unwrap();
    app.drain().await;
    let before = published(&app).await;
    app.adapters.blobs.delete(&BlobKey::presets()).await.unwrap();
    app.worker.mend_presets().await;
    assert_eq!(published(&app).await, before);
}

in_each_shape!(
    a_preset_that_cannot_be_is_refused_by_name,
    presets_are_read_by_all_and_changed_by_administrators,
    every_url_with_its_name_follows_a_preset,
);
