//! The same client, whether the parts go to the api or to a bucket.

use api_client::ApiClient;
use api_types::{BeginUploadRequest, UploadPart};
use axum::{body::Body, http::Request};
use domain::{DirectUploadState, ImageState, Visibility};
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use testkit::System;

use super::{promise, sha256};

in_each_shape!(a_large_file_goes_to_the_store_in_parts_and_goes_on_where_it_broke_off);

/// The length of parts, where nobody says otherwise.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// A BMP of 24 bits, in three parts: its length is its pixels'.
fn bitmap() -> Vec<u8> {
    let (width, height) = (3_000, 2_000);
    let numbers = [54, 40, width, height, 1 | 24 << 16, 0, 0, 0, 0, 0, 0];
    let mut bytes = [&b"BM"[..], &[0; 8]].concat();
    bytes.extend(numbers.iter().flat_map(|number: &u32| number.to_le_bytes()));
    bytes.extend(
        (0..width * height).flat_map(|pixel| [(pixel >> 14) as u8, (pixel >> 7) as u8, (pixel % 251) as u8]),
    );
    bytes
}

/// A request to an address of its own.
async fn ask(request: Request<Body>) -> (u16, Vec<u8>) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        answer.into_body().collect().await.unwrap().to_bytes().to_vec(),
    )
}

async fn send_part(client: &ApiClient, file: &[u8], part: &UploadPart) {
    let first = (part.number as usize - 1) * PART_BYTES;
    let bytes = file[first..first + part.size_bytes as usize].to_vec();
    let url = part.url.as_deref().unwrap();
    if url.starts_with('/') {
        client.put_part(url, bytes.into()).await.unwrap();
    } else {
        let (status, said) = ask(Request::put(url).body(bytes.into()).unwrap()).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&said));
    }
}

async fn a_large_file_goes_to_the_store_in_parts_and_goes_on_where_it_broke_off(app: System) {
    let (admin, token) = app.admin().await;
    let file = bitmap();
    let request = BeginUploadRequest {
        sha256: Some(sha256(&file)),
        visibility: Some("private".into()),
        ..promise(&file)
    };
    let key = app.own_name("panorama");
    let begun = admin.begin_upload(&request, Some(&key)).await.unwrap();
    let id = begun.summary.id;
    assert_eq!(
        (begun.parts.len(), begun.summary.part_size_bytes),
        (3, PART_BYTES as u64)
    );
    send_part(&admin, &file, &begun.parts[1]).await;
    let early = admin.complete_upload(id).await.unwrap_err();
    assert_eq!(early.code(), Some("parts-missing"));

    let again = admin.begin_upload(&request, Some(&key)).await.unwrap();
    assert_eq!(again.summary.id, id);
    let stored: Vec<_> = again.parts.iter().map(|part| part.stored).collect();
    assert_eq!(stored, [false, true, false]);
    for part in again.parts.iter().filter(|part| !part.stored) {
        send_part(&admin, &file, part).await;
    }
    admin.complete_upload(id).await.unwrap();
    app.until("the upload is accepted", async || {
        let upload = admin.direct_upload(id).await.unwrap().unwrap().summary;
        assert_eq!(upload.refusal, None);
        upload.state == DirectUploadState::Accepted
    })
    .await;
    let image = admin
        .direct_upload(id)
        .await
        .unwrap()
        .unwrap()
        .summary
        .image_id
        .unwrap();
    let image = app.image_in(&admin, image, ImageState::Ready).await;
    assert_eq!(
        (image.sha256, image.summary.visibility),
        (sha256(&file), Visibility::Private)
    );

    // A folder has no URLs: there the bytes come at once.
    let path = format!("/api/v1/images/{}/original?redirect=true", image.summary.id);
    let original = Request::get(path).header("cookie", format!("tintype_session={token}"));
    let answer = app.send(original.body(Body::empty()).unwrap()).await;
    let original = match answer.status.as_u16() {
        302 => {
            ask(Request::get(answer.header("location"))
                .body(Body::empty())
                .unwrap())
            .await
        }
        status => (status, answer.body),
    };
    assert!(
        original.0 == 200 && original.1 == file,
        "another file, with status {}",
        original.0
    );
}
