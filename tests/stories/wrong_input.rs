//! Wrong input: each gets a status and a problem document that says what is wrong and how to mend it.

use api_client::Upload;
use api_types::Problem;
use axum::{body::Body, http::Request};
use domain::ImageState;
use futures::stream;
use testkit::{Answer, System, TestApp, pictures};

struct Wrong {
    app: System,
    token: String,
    image: String,
}

impl Wrong {
    async fn new(app: System) -> Self {
        let (admin, token) = app.admin().await;
        let image = crate::upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(1, 64, 64)))
            .await
            .summary
            .id;
        app.image_in(&admin, image, ImageState::Ready).await;
        Self {
            app,
            token,
            image: image.to_string(),
        }
    }

    async fn upload(&self, file_name: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(format!("/api/v1/images?filename={file_name}"))
            .header("cookie", format!("tintype_session={}", self.token));
        self.app.send(request.body(body.into()).unwrap()).await
    }
}

/// The problem without what differs from request to request.
fn problem(answer: &Answer) -> Problem {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let problem = answer.problem();
    assert_eq!(problem.status, answer.status.as_u16());
    assert_eq!(problem.request_id.as_deref(), Some(answer.header("x-request-id")));
    Problem {
        request_id: None,
        ..problem
    }
}

async fn files_that_are_no_pictures_are_refused(app: System) {
    let wrong = Wrong::new(app).await;
    let jpeg = pictures::jpeg(&pictures::scene(1, 640, 480));
    insta::assert_json_snapshot!("empty", problem(&wrong.upload("a.jpg", Body::empty()).await));
    insta::assert_json_snapshot!(
        "text",
        problem(&wrong.upload("a.jpg", "Dear diary, today\n".repeat(9)).await)
    );
    insta::assert_json_snapshot!(
        "truncated",
        problem(&wrong.upload("a.jpg", jpeg[..jpeg.len() / 2].to_vec()).await)
    );
    let bomb = pictures::png_header(65_535, 65_535);
    insta::assert_json_snapshot!("too-many-pixels", problem(&wrong.upload("a.png", bomb).await));
}

#[tokio::test]
async fn a_refused_file_is_not_kept() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let jpeg = pictures::jpeg(&pictures::scene(1, 640, 480));
    for bytes in [
        Vec::new(),
        b"Dear diary, today".repeat(9),
        jpeg[..jpeg.len() / 2].to_vec(),
    ] {
        let upload = Upload {
            file_name: "a.jpg".into(),
            body: bytes.into(),
            idempotency_key: None,
        };
        admin.upload(upload).await.unwrap_err();
    }
    let kept = app.adapters.blobs.list("originals/", None, 10).await.unwrap();
    assert!(kept.is_empty(), "{kept:?}");
}

async fn a_file_of_101_mib_is_refused_whether_it_is_announced_or_not(app: System) {
    let wrong = Wrong::new(app).await;
    let mut first = pictures::jpeg(&pictures::scene(1, 64, 64));
    first.resize(1024 * 1024, 0);
    let chunks = (0..101).map(move |_| Ok::<_, std::io::Error>(first.clone()));
    let unannounced = wrong
        .upload("a.jpg", Body::from_stream(stream::iter(chunks)))
        .await;
    insta::assert_json_snapshot!("too-large", problem(&unannounced));
    let announced = Request::post("/api/v1/images?filename=a.jpg")
        .header("cookie", format!("tintype_session={}", wrong.token))
        .header("content-length", 101 * 1024 * 1024)
        .body(Body::empty());
    assert_eq!(
        problem(&wrong.app.send(announced.unwrap()).await),
        problem(&unannounced)
    );
}

async fn names_and_texts_are_checked(app: System) {
    let wrong = Wrong::new(app).await;
    let jpeg = pictures::jpeg(&pictures::scene(2, 64, 64));
    insta::assert_json_snapshot!(
        "name-with-a-path",
        problem(&wrong.upload("..%2F..%2Fetc%2Fpasswd", jpeg).await)
    );
    let long_title = format!("{{\"title\":\"{}\"}}", "x".repeat(10_000));
    let patch = Request::patch(format!("/api/v1/images/{}", wrong.image))
        .header("cookie", format!("tintype_session={}", wrong.token))
        .body(long_title.into());
    insta::assert_json_snapshot!("long-title", problem(&wrong.app.send(patch.unwrap()).await));
    let unknown_field = Request::patch(format!("/api/v1/images/{}", wrong.image))
        .header("cookie", format!("tintype_session={}", wrong.token))
        .body("{\"titel\":\"x\"}".into());
    insta::assert_json_snapshot!(
        "unknown-field",
        problem(&wrong.app.send(unknown_field.unwrap()).await)
    );
}

async fn forged_cookies_and_other_sites_are_refused(app: System) {
    let wrong = Wrong::new(app).await;
    let forged = Request::get("/api/v1/images").header("cookie", "tintype_session=AAAAAAAAAAAAAAAAAAAAAAAA");
    insta::assert_json_snapshot!(
        "forged-cookie",
        problem(&wrong.app.send(forged.body(Body::empty()).unwrap()).await)
    );
    let forged = Request::get("/").header("cookie", "tintype_session=AAAAAAAAAAAAAAAAAAAAAAAA");
    let page = wrong.app.send(forged.body(Body::empty()).unwrap()).await;
    assert!(page.status.as_u16() == 303 && page.header("location").starts_with("/sign-in"));
    let cross_site = Request::post(format!("/images/{}/trash", wrong.image))
        .header("cookie", format!("tintype_session={}", wrong.token))
        .header("origin", "https://evil.example")
        .header("host", "127.0.0.1:8080")
        .body(Body::empty());
    insta::assert_json_snapshot!("cross-site", problem(&wrong.app.send(cross_site.unwrap()).await));
    let bad_key = Request::get("/api/v1/images").header("authorization", "Bearer tintype_nope");
    insta::assert_json_snapshot!(
        "unknown-key",
        problem(&wrong.app.send(bad_key.body(Body::empty()).unwrap()).await)
    );
}

async fn delivery_names_the_wrong_option(app: System) {
    let wrong = Wrong::new(app).await;
    let image = &wrong.image;
    for (name, options) in [
        ("unknown-option", "widht=800"),
        ("option-out-of-range", "w=800,q=101"),
        ("repeated-option", "w=1,width=2"),
    ] {
        insta::assert_json_snapshot!(
            name,
            problem(&wrong.app.get(&format!("/i/{image}/{options}")).await)
        );
    }
    let missing = wrong.app.get("/i/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/w=8").await;
    insta::assert_json_snapshot!("no-such-image", problem(&missing));
    insta::assert_json_snapshot!("no-such-address", problem(&wrong.app.get("/api/v2/images").await));
}

in_each_shape!(
    files_that_are_no_pictures_are_refused,
    a_file_of_101_mib_is_refused_whether_it_is_announced_or_not,
    names_and_texts_are_checked,
    forged_cookies_and_other_sites_are_refused,
    delivery_names_the_wrong_option,
);
