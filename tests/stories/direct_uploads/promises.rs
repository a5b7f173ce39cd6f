//! What was promised is checked before there is an image.

use api_client::ApiClient;
use api_types::BeginUploadRequest;
use bytes::Bytes;
use domain::{BlobKey, DirectUploadState};
use testkit::{TestApp, pictures};

use super::{app, assert_left, photograph, promise, send, sha256};
use crate::upload;

/// What the worker says of the file; the code and the sentence.
async fn refusal(
    app: &TestApp,
    client: &ApiClient,
    request: &BeginUploadRequest,
    file: &[u8],
) -> (String, String) {
    let id = send(client, request, file).await;
    app.drain().await;
    let upload = client.direct_upload(id).await.unwrap().unwrap().summary;
    assert_eq!(
        (upload.state, upload.image_id),
        (DirectUploadState::Refused, None)
    );
    let refusal = upload.refusal.unwrap();
    (refusal.code, refusal.reason)
}

#[tokio::test]
async fn what_is_no_picture_or_not_the_one_that_was_promised_becomes_no_image() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let text = b"Dear diary, today\n".repeat(100_000);
    let cut = &file[..file.len() / 2];
    let promised = BeginUploadRequest {
        sha256: Some(sha256(b"another")),
        ..promise(&file)
    };
    for (request, bytes, code, words) in [
        (
            promise(&text),
            &text[..],
            "unsupported-format",
            "This is text; send a JPEG",
        ),
        (promise(cut), cut, "truncated-file", "The file ends too early"),
        (promised, &file[..], "wrong-sha256", &sha256(b"another")[..]),
        (
            promise(&pictures::png_header(40_000, 40_000)),
            &pictures::png_header(40_000, 40_000),
            "too-many-pixels",
            "40000",
        ),
    ] {
        let (found, reason) = refusal(&app, &admin, &request, bytes).await;
        assert_eq!(found, code);
        assert!(reason.contains(words) && reason.ends_with('.'), "{reason}");
        assert_left(&app, 0).await;
    }
    let right = BeginUploadRequest {
        sha256: Some(sha256(&file).to_uppercase()),
        ..promise(&file)
    };
    send(&admin, &right, &file).await;
    app.drain().await;
    assert_left(&app, 1).await;
}

#[tokio::test]
async fn a_file_that_changed_in_the_store_or_is_gone_is_refused() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let blobs = &app.adapters.blobs;
    for (left, code) in [
        (Some(&file[..file.len() - 1]), "wrong-size"),
        (None, "upload-missing"),
    ] {
        let id = send(&admin, &promise(&file), &file).await;
        match left {
            Some(left) => blobs
                .put(&BlobKey::upload(id), Bytes::copy_from_slice(left))
                .await
                .unwrap(),
            None => blobs.delete(&BlobKey::upload(id)).await.unwrap(),
        }
        app.drain().await;
        let refusal = admin
            .direct_upload(id)
            .await
            .unwrap()
            .unwrap()
            .summary
            .refusal
            .unwrap();
        assert_eq!(refusal.code, code);
        assert_left(&app, 0).await;
    }
}

#[tokio::test]
async fn bytes_that_are_there_already_are_kept_once() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let first = upload(&admin, "first.jpg", file.clone()).await;
    let id = send(&admin, &promise(&file), &file).await;
    app.drain().await;
    let second = admin
        .direct_upload(id)
        .await
        .unwrap()
        .unwrap()
        .summary
        .image_id
        .unwrap();
    assert_ne!(second, first.summary.id);
    assert_left(&app, 1).await;
    assert_eq!(app.get(&format!("/i/{second}/w=32")).await.status.as_u16(), 200);
}
