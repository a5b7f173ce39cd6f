//! What a client does with the api's own URLs, and what it is told when it does it wrong.

use std::time::Duration;

use api_types::BeginUploadRequest;
use axum::{body::Body, http::Request};
use domain::{DirectUploadState, ImageState, Visibility};
use testkit::TestApp;

use super::{app, assert_left, bytes_of, code, photograph, promise, send, send_parts};

#[tokio::test]
async fn a_photograph_is_sent_in_parts_and_becomes_an_image() {
    let app = app().await;
    let (admin, token) = app.admin().await;
    let file = photograph();
    let request = BeginUploadRequest {
        visibility: Some("private".into()),
        ..promise(&file)
    };
    let id = send(&admin, &request, &file).await;
    assert_eq!(admin.open_uploads().await.unwrap()[0].id, id);
    app.drain().await;

    let upload = admin.direct_upload(id).await.unwrap().unwrap();
    assert_eq!(
        (upload.summary.state, upload.parts.len()),
        (DirectUploadState::Accepted, 0)
    );
    let image = admin
        .image(upload.summary.image_id.unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (image.summary.state, image.summary.visibility),
        (ImageState::Ready, Visibility::Private)
    );
    assert_eq!(
        (image.summary.file_name.as_str(), image.summary.width),
        ("Kühe.jpg", Some(4000))
    );
    assert_eq!(admin.open_uploads().await.unwrap(), []);
    assert_left(&app, 1).await;

    // A folder has no URLs: whoever asks for a redirect is sent the bytes.
    for query in ["", "?redirect=true"] {
        let request = Request::get(format!("/api/v1/images/{}/original{query}", image.summary.id))
            .header("cookie", format!("tintype_session={token}"));
        let original = app.send(request.body(Body::empty()).unwrap()).await;
        assert!(original.status.as_u16() == 200 && original.body == file);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_part_is_said_and_its_url_ends_with_its_time() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let nobody = app.nobody();
    let file = photograph();
    let upload = admin.begin_upload(&promise(&file), None).await.unwrap();
    let url = upload.parts[0].url.clone().unwrap();
    let bytes = bytes_of(&file, &upload.parts[0]);
    for wrong in [
        url.replace("/parts/1", "/parts/2"),
        url.replace("/parts/1", "/parts/one"),
        url.replace(
            &upload.summary.id.to_string(),
            "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e",
        ),
        url.replace("expires=1", "expires=2"),
    ] {
        assert_ne!(wrong, url);
        assert_eq!(
            code(nobody.put_part(&wrong, bytes.clone().into()).await),
            "invalid-signature"
        );
    }
    let unsigned = url.split('?').next().unwrap();
    assert_eq!(
        code(admin.put_part(unsigned, bytes.clone().into()).await),
        "invalid-query"
    );
    for len in [0, bytes.len() - 1, bytes.len() + 1] {
        let wrong = file[..len].to_vec();
        assert_eq!(
            code(nobody.put_part(&url, wrong.clone().into()).await),
            "wrong-part-length"
        );
        // The same without a word about its length.
        let body = Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>(wrong)]));
        let answer = app.send(Request::put(&url).body(body).unwrap()).await;
        assert_eq!(answer.problem().code, "wrong-part-length");
    }
    let broken = futures::stream::iter([Ok(file[..10].to_vec()), Err(std::io::Error::other("gone"))]);
    let answer = app
        .send(Request::put(&url).body(Body::from_stream(broken)).unwrap())
        .await;
    assert_eq!(answer.problem().code, "upload-incomplete");
    let there = admin.direct_upload(upload.summary.id).await.unwrap().unwrap();
    assert!(
        there.parts.iter().all(|part| !part.stored),
        "what was refused is not there"
    );

    nobody.put_part(&url, bytes.clone().into()).await.unwrap();
    nobody.put_part(&url, bytes.clone().into()).await.unwrap();
    app.clock.advance(Duration::from_secs(3_600));
    assert_eq!(
        code(nobody.put_part(&url, bytes.clone().into()).await),
        "url-expired"
    );
    let fresh = admin.direct_upload(upload.summary.id).await.unwrap().unwrap();
    send_parts(&nobody, &fresh, &file).await;
    admin.complete_upload(upload.summary.id).await.unwrap();
    let late = fresh.parts[1].url.as_deref().unwrap();
    let late = nobody
        .put_part(late, bytes_of(&file, &fresh.parts[1]).into())
        .await;
    assert_eq!(code(late), "upload-not-open");
}

#[tokio::test]
async fn a_person_has_only_so_many_under_way() {
    let app = TestApp::with_environment(&[("TINTYPE_API_MAX_OPEN_UPLOADS", "2")]).await;
    let (admin, _) = app.admin().await;
    let ids = [
        admin
            .begin_upload(&promise(&[1]), Some("a"))
            .await
            .unwrap()
            .summary
            .id,
        admin.begin_upload(&promise(&[1]), None).await.unwrap().summary.id,
    ];
    assert_eq!(
        code(admin.begin_upload(&promise(&[1]), None).await),
        "too-many-uploads"
    );
    let known = admin.begin_upload(&promise(&[1]), Some("a")).await.unwrap();
    assert_eq!(known.summary.id, ids[0], "what is under way is gone on with");
    admin.cancel_upload(ids[1]).await.unwrap();
    admin.begin_upload(&promise(&[1]), None).await.unwrap();
}
