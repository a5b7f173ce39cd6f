//! Private images, from the upload to their delivery.

use std::time::Duration;

use api_client::{ApiClient, Upload};
use api_types::{DescribeRequest, ImageResource, Problem, SignRequest};
use axum::{body::Body, http::Request};
use domain::{BlobKey, EventKind, ImageId, ImageState, Manifest, Visibility};
use testkit::{System, TestApp, pictures};

use crate::upload;

fn picture(seed: u64) -> Upload {
    Upload {
        file_name: "x.jpg".into(),
        body: pictures::jpeg(&pictures::scene(seed, 64, 64)).into(),
        idempotency_key: None,
    }
}

async fn make(client: &ApiClient, id: ImageId, visibility: Visibility) -> ImageResource {
    let request = DescribeRequest {
        visibility: Some(visibility.to_string()),
        ..DescribeRequest::default()
    };
    client.describe(id, &request).await.unwrap()
}

/// Who may see the image, as delivery reads it.
async fn told(app: &TestApp, id: ImageId) -> Visibility {
    let manifest = app.adapters.blobs.get(&BlobKey::manifest(id)).await.unwrap();
    let manifest: Manifest = serde_json::from_slice(&manifest.unwrap()).unwrap();
    manifest.visibility
}

#[tokio::test]
async fn what_is_uploaded_privately_is_never_public() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let accepted = admin.upload_as(picture(1), Visibility::Private).await.unwrap();
    assert_eq!(accepted.summary.visibility, Visibility::Private);
    app.drain().await;
    let id = accepted.summary.id;
    assert_eq!(told(&app, id).await, Visibility::Private);
    let ready = admin.image(id).await.unwrap().unwrap().summary;
    assert_eq!(ready.visibility, Visibility::Private);
}

#[tokio::test]
async fn who_may_see_an_image_can_be_changed_both_ways_and_delivery_is_told() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let image = upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(2, 64, 64))).await;
    let id = image.summary.id;
    assert_eq!(image.summary.visibility, Visibility::Public);
    app.drain().await;
    for visibility in [Visibility::Private, Visibility::Public] {
        let changed = make(&admin, id, visibility).await.summary;
        assert_eq!(changed.visibility, visibility);
        app.drain().await;
        assert_eq!(told(&app, id).await, visibility);
        let again = make(&admin, id, visibility).await.summary;
        assert_eq!(again.version, changed.version, "nothing was changed");
    }
    let events = app.adapters.catalog.events_after(0, 100).await.unwrap();
    let described = events.iter().filter(|event| event.kind == EventKind::Described);
    assert_eq!(described.count(), 2, "open pages hear of it");

    make(&admin, id, Visibility::Private).await;
    let title = DescribeRequest {
        title: Some("Ridge".into()),
        ..DescribeRequest::default()
    };
    let described = admin.describe(id, &title).await.unwrap().summary;
    assert_eq!(
        described.visibility,
        Visibility::Private,
        "what is left out stays as it is"
    );
    app.drain().await;
    admin.trash(id).await.unwrap();
    admin.restore(id).await.unwrap();
    app.drain().await;
    assert_eq!(told(&app, id).await, Visibility::Private);
}

async fn a_private_image_is_delivered_under_signed_urls_alone_from_the_moment_that_it_is_private(
    app: System,
) {
    let (admin, _) = app.admin().await;
    let id = upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(8, 64, 64)))
        .await
        .summary
        .id;
    let path = format!("/i/{id}/w=32,f=jpeg");
    app.answers(&path, 200).await;
    make(&admin, id, Visibility::Private).await;
    // Delivery had it in its memory a moment ago.
    app.answers(&path, 404).await;
    let request = SignRequest {
        path: Some(path.clone()),
        expires_in_s: Some(60),
        ..SignRequest::default()
    };
    let signed = admin.sign(&request).await.unwrap().path.unwrap();
    // One delivery may know of it while another does not.
    app.until(
        "whoever has a signed URL is shown it, and nobody else keeps it",
        async || {
            let shown = app.get(&signed).await;
            assert_eq!(shown.status, 200);
            shown.header("cache-control").starts_with("private, max-age=")
        },
    )
    .await;
    make(&admin, id, Visibility::Public).await;
    app.answers(&path, 200).await;
}

#[tokio::test]
async fn a_signature_ends_when_it_said() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let id = admin
        .upload_as(picture(8), Visibility::Private)
        .await
        .unwrap()
        .summary
        .id;
    app.drain().await;
    let request = SignRequest {
        path: Some(format!("/i/{id}/w=32,f=jpeg")),
        expires_in_s: Some(60),
        ..SignRequest::default()
    };
    let signed = admin.sign(&request).await.unwrap().path.unwrap();
    assert_eq!(app.get(&signed).await.status, 200);
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(app.get(&signed).await.status, 404);
}

#[tokio::test]
async fn an_operator_can_have_everything_private_unless_somebody_says_otherwise() {
    let app = TestApp::with_environment(&[("TINTYPE_API_DEFAULT_VISIBILITY", "private")]).await;
    let (admin, _) = app.admin().await;
    let silent = admin.upload(picture(3)).await.unwrap().summary;
    let public = admin
        .upload_as(picture(4), Visibility::Public)
        .await
        .unwrap()
        .summary;
    assert_eq!(
        (silent.visibility, public.visibility),
        (Visibility::Private, Visibility::Public)
    );
}

async fn a_visibility_that_is_none_is_refused_and_named(app: System) {
    let (admin, token) = app.admin().await;
    let id = admin.upload(picture(5)).await.unwrap().summary.id;
    let cookie = format!("tintype_session={token}");
    let patch = Request::patch(format!("/api/v1/images/{id}"))
        .header("cookie", &cookie)
        .body(Body::from(r#"{"visibility": "secret"}"#));
    let post = Request::post("/api/v1/images?filename=x.jpg&visibility=Private")
        .header("cookie", &cookie)
        .body(Body::from(pictures::jpeg(&pictures::scene(6, 64, 64))));
    for (name, request) in [
        ("visibility-of-a-change", patch),
        ("visibility-of-an-upload", post),
    ] {
        let answer = app.send(request.unwrap()).await;
        let problem = Problem {
            request_id: None,
            ..answer.problem()
        };
        insta::assert_json_snapshot!(name, problem);
    }
}

async fn the_library_shows_a_private_image_by_urls_that_are_signed_and_the_same_all_day(app: System) {
    let (admin, token) = app.admin().await;
    let id = admin
        .upload_as(picture(7), Visibility::Private)
        .await
        .unwrap()
        .summary
        .id;
    app.image_in(&admin, id, ImageState::Ready).await;
    let keys = app.keys();
    for page in ["/".to_owned(), format!("/images/{id}")] {
        let get = async || {
            let request = Request::get(&page).header("cookie", format!("tintype_session={token}"));
            app.send(request.body(Body::empty()).unwrap()).await.text()
        };
        let html = get().await;
        let urls: Vec<_> = html
            .match_indices(&format!("/i/{id}/"))
            .map(|(at, _)| html[at..].split(['"', ' ']).next().unwrap())
            .collect();
        assert!(!urls.is_empty(), "{page}");
        for &url in &urls {
            assert!(url.contains(",exp="), "{page}: {url}");
            assert_eq!(keys.verify(url), Ok(()), "{page}: {url}");
        }
        let again = get().await;
        for url in urls {
            assert!(again.contains(url), "a browser would have to load {url} again");
        }
    }
}

in_each_shape!(
    a_private_image_is_delivered_under_signed_urls_alone_from_the_moment_that_it_is_private,
    a_visibility_that_is_none_is_refused_and_named,
    the_library_shows_a_private_image_by_urls_that_are_signed_and_the_same_all_day,
);
