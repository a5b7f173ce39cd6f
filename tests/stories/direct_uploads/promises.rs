//! What the store has is checked before there is an image, and kept once.

use bytes::Bytes;
use domain::BlobKey;

use super::{app, assert_left, photograph, promise, send};
use crate::upload;

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
}
