//! From the upload to the answer of a delivery URL.

use api_client::Upload;
use axum::{body::Body, http::Request};
use domain::{BlobKey, ImageState};
use testkit::{System, TestApp, pictures};

use crate::upload;

async fn a_photograph_is_uploaded_ingested_and_delivered(app: System) {
    let (admin, _) = app.admin().await;
    let accepted = upload(&admin, "Kühe.jpg", pictures::photograph(1, 1200, 800, 6)).await;
    assert_eq!(
        (accepted.summary.state, accepted.summary.width),
        (ImageState::Queued, None)
    );
    let image = app.image_in(&admin, accepted.summary.id, ImageState::Ready).await;
    // Stored as 800 × 1200 and turned: upright it is 1200 × 800 again.
    assert_eq!(
        (image.summary.width, image.summary.height),
        (Some(1200), Some(800))
    );
    assert_eq!(image.summary.file_name, "Kühe.jpg");
    let analysis = image.analysis.unwrap();
    assert_eq!(analysis.orientation, 6);
    assert_eq!(
        analysis.metadata.camera.unwrap().model.as_deref(),
        Some("Test Camera 1")
    );
    assert!(!analysis.palette.is_empty() && !analysis.thumbhash.is_empty());

    let picture = app.get(&format!("/i/{}/w=300,f=webp", image.summary.id)).await;
    assert_eq!(
        (picture.status.as_u16(), picture.header("content-type")),
        (200, "image/webp")
    );
    assert_eq!(&picture.body[8..12], b"WEBP");
    let again = Request::get(format!("/i/{}/f=webp,width=300", image.summary.id))
        .header("if-none-match", picture.header("etag"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        app.send(again).await.status.as_u16(),
        304,
        "another spelling of the same options is the same variant"
    );
}

/// A picture of 64 × 48 in one colour as an uncompressed TIFF.
fn tiff() -> Vec<u8> {
    let entries: [(u16, u16, u32); 9] = [
        (256, 4, 64),
        (257, 4, 48),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 2),
        (273, 4, 8),
        (277, 3, 3),
        (278, 4, 48),
        (279, 4, 64 * 48 * 3),
    ];
    let pixels = [200_u8, 60, 30].repeat(64 * 48);
    let mut bytes = [
        b"II*\0",
        &(8 + pixels.len() as u32).to_le_bytes()[..],
        &pixels,
        &[9, 0],
    ]
    .concat();
    for (tag, kind, value) in entries {
        bytes.extend(
            [
                &tag.to_le_bytes()[..],
                &kind.to_le_bytes(),
                &[1, 0, 0, 0],
                &value.to_le_bytes(),
            ]
            .concat(),
        );
    }
    bytes.extend([0; 4]);
    bytes
}

/// The same as a 24-bit BMP.
fn bmp() -> Vec<u8> {
    let numbers = [54_u32, 40, 64, 48, 1 | 24 << 16, 0, 0, 0, 0, 0, 0];
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    [&b"BM"[..], &[0; 8], &numbers, &[30, 60, 200].repeat(64 * 48)].concat()
}

async fn a_tiff_a_bmp_and_an_svg_are_delivered_as_webp(app: System) {
    let (admin, token) = app.admin().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 18'><script>alert(1)</script>\
        <circle cx='12' cy='9' r='8' fill='red'/></svg>";
    let mut ids = Vec::new();
    for (name, bytes, format) in [
        ("a.tif", tiff(), "tiff"),
        ("b.bmp", bmp(), "bmp"),
        ("c.svg", svg.to_vec(), "svg"),
    ] {
        let accepted = upload(&admin, name, bytes).await;
        assert_eq!(accepted.summary.format.name(), format);
        ids.push(accepted.summary.id);
    }
    for id in &ids {
        let picture = app.answers(&format!("/i/{id}/w=32,f=webp"), 200).await;
        assert_eq!(picture.header("content-type"), "image/webp");
    }
    let icon = app.image_in(&admin, ids[2], ImageState::Ready).await;
    assert_eq!(
        (icon.summary.width, icon.summary.height),
        (Some(2_560), Some(1_920))
    );

    let request = Request::get(format!("/api/v1/images/{}/original", ids[2]))
        .header("cookie", format!("tintype_session={token}"))
        .body(Body::empty())
        .unwrap();
    let original = app.send(request).await;
    assert_eq!(original.status.as_u16(), 200);
    assert_eq!(original.header("content-type"), "application/octet-stream");
    assert_eq!(original.header("x-content-type-options"), "nosniff");
    assert!(original.header("content-disposition").starts_with("attachment"));
}

async fn a_form_uploads_its_one_file(app: System) {
    let (_, token) = app.admin().await;
    let mut body = b"--b\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\r\n"
        .to_vec();
    body.extend(pictures::jpeg(&pictures::scene(2, 64, 48)));
    body.extend(b"\r\n--b--\r\n");
    let request = Request::post("/api/v1/images")
        .header("cookie", format!("tintype_session={token}"))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body.into())
        .unwrap();
    let answer = app.send(request).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    assert!(answer.header("location").starts_with("/api/v1/images/"));
    assert!(answer.text().contains("photo.jpg"));
}

#[tokio::test]
async fn second_upload_of_the_same_bytes_reuses_the_blob() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let bytes = pictures::jpeg(&pictures::scene(3, 64, 48));
    let first = upload(&admin, "a.jpg", bytes.clone()).await;
    let second = upload(&admin, "b.jpg", bytes.clone()).await;
    let again = Upload {
        file_name: "c.jpg".into(),
        body: bytes.clone().into(),
        idempotency_key: Some("once".into()),
    };
    admin.upload(again).await.unwrap();
    assert_ne!(first.summary.id, second.summary.id);
    assert_eq!(first.sha256, second.sha256);
    let originals = app
        .adapters
        .blobs
        .list(BlobKey::ORIGINALS, None, 10)
        .await
        .unwrap();
    assert_eq!(originals.len(), 1);
    app.drain().await;
    for id in [first.summary.id, second.summary.id] {
        assert_eq!(app.get(&format!("/i/{id}/w=32")).await.status.as_u16(), 200);
    }
}

async fn an_upload_that_is_sent_again_is_the_same_image(app: System) {
    let (admin, _) = app.admin().await;
    let bytes = pictures::jpeg(&pictures::scene(4, 64, 48));
    let send = || {
        let idempotency_key = Some("holiday-1".to_owned());
        admin.upload(Upload {
            file_name: "a.jpg".into(),
            body: bytes.clone().into(),
            idempotency_key,
        })
    };
    let (first, again) = (send().await.unwrap(), send().await.unwrap());
    assert_eq!(first.summary.id, again.summary.id);
    assert_eq!(first.summary.created_at, again.summary.created_at);
}

async fn what_the_probe_could_not_see_becomes_a_failure_with_a_reason_and_can_be_tried_again(app: System) {
    let (admin, _) = app.admin().await;
    let mut bytes = pictures::jpeg(&pictures::scene(5, 640, 480));
    // The structure stays whole; the entropy-coded data does not.
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2_000].fill(0x55);
    let image = upload(&admin, "broken.jpg", bytes).await;
    let failed = app
        .image_in(&admin, image.summary.id, ImageState::Failed)
        .await
        .summary;
    assert!(failed.failure.unwrap().reason.contains("JPEG"));
    assert_eq!(
        app.get(&format!("/i/{}/w=32", failed.id)).await.status.as_u16(),
        404
    );
    assert_eq!(
        admin.retry(failed.id).await.unwrap().summary.state,
        ImageState::Queued
    );
    app.image_in(&admin, failed.id, ImageState::Failed).await;
}

in_each_shape!(
    a_photograph_is_uploaded_ingested_and_delivered,
    a_tiff_a_bmp_and_an_svg_are_delivered_as_webp,
    a_form_uploads_its_one_file,
    an_upload_that_is_sent_again_is_the_same_image,
    what_the_probe_could_not_see_becomes_a_failure_with_a_reason_and_can_be_tried_again,
);
