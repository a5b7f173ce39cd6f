//! What a client does, and what it is told when it does it wrong.

use std::time::Duration;

use api_client::{ApiClient, ClientError, Credential};
use api_types::BeginUploadRequest;
use axum::{body::Body, http::Request};
use domain::{ApiKey, ApiKeyId, DirectUploadState, ImageState, Role, User, UserId, Visibility};
use jiff::Timestamp;
use testkit::TestApp;
use tintype_api::hash_secret;

use super::{PART_BYTES, app, assert_left, bytes_of, photograph, promise, send, send_parts};

fn code<T>(result: Result<T, ClientError>) -> String {
    let error = result.err().expect("it was to be refused");
    error.code().unwrap_or_else(|| panic!("{error}")).to_owned()
}

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
async fn an_upload_that_broke_off_goes_on_with_the_parts_it_has() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let begun = admin.begin_upload(&promise(&file), Some("cows")).await.unwrap();
    let id = begun.summary.id;
    assert_eq!(begun.summary.part_size_bytes, PART_BYTES as u64);
    let second = &begun.parts[1];
    let url = second.url.as_deref().unwrap();
    admin.put_part(url, bytes_of(&file, second).into()).await.unwrap();
    let error = admin.complete_upload(id).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(409), Some("parts-missing")));
    assert!(error.to_string().contains("were to have: 1, 3."), "{error}");

    // After a reload the client knows its key alone.
    let again = admin.begin_upload(&promise(&file), Some("cows")).await.unwrap();
    assert_eq!(again.summary.id, id);
    let stored: Vec<_> = again
        .parts
        .iter()
        .map(|part| (part.stored, part.url.is_some()))
        .collect();
    assert_eq!(stored, [(false, true), (true, false), (false, true)]);
    send_parts(&admin, &again, &file).await;
    for _ in 0..2 {
        let staged = admin.complete_upload(id).await.unwrap();
        assert_eq!(
            staged.summary.state,
            DirectUploadState::Staged,
            "completing twice is completing once"
        );
    }
    assert_eq!(app.adapters.catalog.outbox(0, 10).await.unwrap().len(), 1);
    app.drain().await;
    for resource in [
        admin.complete_upload(id).await.unwrap(),
        admin.begin_upload(&promise(&file), Some("cows")).await.unwrap(),
    ] {
        assert_eq!(resource.summary.state, DirectUploadState::Accepted);
    }
    let other = BeginUploadRequest {
        size_bytes: 5,
        ..promise(&file)
    };
    assert_eq!(
        code(admin.begin_upload(&other, Some("cows")).await),
        "idempotency-key-reused"
    );
}

#[tokio::test]
async fn a_part_needs_the_url_it_was_given_and_has_the_length_it_was_given() {
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
async fn what_cannot_be_taken_in_is_refused_before_its_first_byte() {
    let app = TestApp::with_environment(&[("TINTYPE_API_MAX_UPLOAD_MIB", "2")]).await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let begin = async |request: BeginUploadRequest| code(admin.begin_upload(&request, None).await);
    assert_eq!(begin(promise(&file)).await, "file-too-large");
    for wrong in [
        promise(&[]),
        BeginUploadRequest {
            file_name: "a/b.jpg".into(),
            ..promise(&[1])
        },
        BeginUploadRequest {
            sha256: Some("abc".into()),
            ..promise(&[1])
        },
        BeginUploadRequest {
            visibility: Some("secret".into()),
            ..promise(&[1])
        },
    ] {
        assert_eq!(begin(wrong).await, "invalid-field");
    }
    assert_eq!(
        code(app.nobody().begin_upload(&promise(&[1]), None).await),
        "not-signed-in"
    );
}

/// A program that may do what an editor may.
async fn another(app: &TestApp) -> ApiClient {
    let id = [5; 10];
    let owner = User {
        id: UserId::new(Timestamp::UNIX_EPOCH, id),
        email: "eve@example.org".parse().unwrap(),
        role: Role::Editor,
        password_hash: "!".into(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let key = ApiKey {
        id: ApiKeyId::new(Timestamp::UNIX_EPOCH, id),
        name: "eve's".into(),
        key_hash: hash_secret("eve's key"),
        scopes: Role::Editor.scopes().to_vec(),
        owner: owner.id,
        created_at: Timestamp::UNIX_EPOCH,
    };
    app.adapters.catalog.add_user(&owner).await.unwrap();
    app.adapters.catalog.add_api_key(&key).await.unwrap();
    app.nobody().with_credential(Credential::Key("eve's key".into()))
}

#[tokio::test]
async fn a_person_has_only_so_many_under_way_and_nobody_else_knows_of_them() {
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

    let another = another(&app).await;
    assert_eq!(another.open_uploads().await.unwrap(), []);
    for id in ids {
        assert_eq!(another.direct_upload(id).await.unwrap(), None);
        assert_eq!(code(another.complete_upload(id).await), "upload-not-found");
        assert_eq!(code(another.cancel_upload(id).await), "upload-not-found");
    }
    let theirs = another
        .begin_upload(&promise(&[1]), Some("a"))
        .await
        .unwrap()
        .summary
        .id;
    assert!(!ids.contains(&theirs), "a key is its owner's");
    assert!(
        admin.direct_upload(theirs).await.unwrap().is_some(),
        "administrators see to all of them"
    );
    for id in ids {
        admin.cancel_upload(id).await.unwrap();
        assert_eq!(admin.direct_upload(id).await.unwrap(), None);
        assert_eq!(code(admin.cancel_upload(id).await), "upload-not-found");
    }
    admin.begin_upload(&promise(&[1]), None).await.unwrap();
}
