//! The same client, whether the parts go to the api or to a bucket.

use api_client::ApiClient;
use api_types::{BeginUploadRequest, UploadPart, UploadSummary};
use axum::{body::Body, http::Request};
use domain::{DirectUploadState, ImageState, UploadId, Visibility};
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use testkit::{System, pictures};

use super::{code, photograph, promise, sha256};
use crate::upload;

in_each_shape!(
    a_large_file_goes_to_the_store_in_parts_and_goes_on_where_it_broke_off,
    a_part_goes_by_the_url_it_was_given_and_has_the_length_it_was_given,
    what_cannot_be_taken_in_is_refused_before_its_first_byte,
    what_is_no_picture_or_not_the_one_that_was_promised_becomes_no_image,
    bytes_that_are_there_already_become_another_image,
    nobody_else_knows_of_an_upload_and_one_that_is_given_up_is_gone,
);

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

/// Sends bytes to the URL of a part, which is the api's own or the bucket's; the status of the answer.
async fn put(client: &ApiClient, url: &str, bytes: Vec<u8>) -> u16 {
    if url.starts_with('/') {
        return match client.put_part(url, bytes.into()).await {
            Ok(()) => 200,
            Err(error) => error.status().unwrap_or_else(|| panic!("{error}")),
        };
    }
    ask(Request::put(url).body(bytes.into()).unwrap()).await.0
}

fn bytes_of(file: &[u8], part: &UploadPart) -> Vec<u8> {
    let first = (part.number as usize - 1) * PART_BYTES;
    file[first..first + part.size_bytes as usize].to_vec()
}

async fn send_part(client: &ApiClient, file: &[u8], part: &UploadPart) {
    let status = put(client, part.url.as_deref().unwrap(), bytes_of(file, part)).await;
    assert_eq!(status, 200, "part {}", part.number);
}

/// Sends a whole file, and waits for what becomes of it.
async fn sent(app: &System, client: &ApiClient, request: &BeginUploadRequest, file: &[u8]) -> UploadSummary {
    let begun = client.begin_upload(request, None).await.unwrap();
    for part in &begun.parts {
        send_part(client, file, part).await;
    }
    client.complete_upload(begun.summary.id).await.unwrap();
    decided(app, client, begun.summary.id).await
}

/// The upload, once a worker has looked at it.
async fn decided(app: &System, client: &ApiClient, id: UploadId) -> UploadSummary {
    let look = async || client.direct_upload(id).await.unwrap().unwrap().summary;
    app.until("the upload is accepted or refused", async || {
        look().await.state != DirectUploadState::Staged
    })
    .await;
    look().await
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
    for _ in 0..2 {
        let completed = admin.complete_upload(id).await.unwrap().summary;
        assert_ne!(
            completed.state,
            DirectUploadState::Open,
            "completing twice is completing once"
        );
    }
    let upload = decided(&app, &admin, id).await;
    assert_eq!(
        (upload.state, upload.refusal),
        (DirectUploadState::Accepted, None)
    );
    for resource in [
        admin.complete_upload(id).await.unwrap(),
        admin.begin_upload(&request, Some(&key)).await.unwrap(),
    ] {
        assert_eq!(
            (resource.summary.id, resource.summary.state),
            (id, DirectUploadState::Accepted)
        );
    }
    let other = BeginUploadRequest {
        size_bytes: 5,
        ..request.clone()
    };
    assert_eq!(
        code(admin.begin_upload(&other, Some(&key)).await),
        "idempotency-key-reused"
    );
    let image = upload.image_id.unwrap();
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

async fn a_part_goes_by_the_url_it_was_given_and_has_the_length_it_was_given(app: System) {
    let (admin, _) = app.admin().await;
    let nobody = app.nobody();
    let file = bitmap();
    let upload = admin.begin_upload(&promise(&file), None).await.unwrap();
    let other = admin.begin_upload(&promise(&file), None).await.unwrap();
    let (part, second) = (&upload.parts[0], &upload.parts[1]);
    let url = part.url.clone().unwrap();
    let bytes = bytes_of(&file, part);
    for wrong in [
        url.replace("/parts/1?", "/parts/2?")
            .replace("partNumber=1", "partNumber=2"),
        url.replace(&upload.summary.id.to_string(), &other.summary.id.to_string()),
    ] {
        assert_ne!(wrong, url);
        assert_eq!(put(&nobody, &wrong, bytes.clone()).await, 403, "{wrong}");
    }
    for size in [0, bytes.len() - 1, bytes.len() + 1] {
        let status = put(&nobody, &url, file[..size].to_vec()).await;
        assert!((400..500).contains(&status), "{size} bytes: {status}");
    }
    for id in [upload.summary.id, other.summary.id] {
        let there = admin.direct_upload(id).await.unwrap().unwrap();
        assert!(
            there.parts.iter().all(|part| !part.stored),
            "what was refused is there"
        );
    }
    // The URL is the credential. Sent again, the part is there once.
    for _ in 0..2 {
        assert_eq!(put(&nobody, &url, bytes.clone()).await, 200);
    }
    send_part(&nobody, &file, second).await;
    let there = admin.direct_upload(upload.summary.id).await.unwrap().unwrap();
    let stored: Vec<_> = there.parts.iter().map(|part| part.stored).collect();
    assert_eq!(stored, [true, true, false]);
    for id in [upload.summary.id, other.summary.id] {
        admin.cancel_upload(id).await.unwrap();
    }
}

async fn what_cannot_be_taken_in_is_refused_before_its_first_byte(app: System) {
    let (admin, _) = app.admin().await;
    let begin = async |request: BeginUploadRequest| code(admin.begin_upload(&request, None).await);
    let too_large = BeginUploadRequest {
        size_bytes: 100 * 1024 * 1024 + 1,
        ..promise(&[1])
    };
    assert_eq!(begin(too_large).await, "file-too-large");
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
    assert_eq!(admin.open_uploads().await.unwrap(), []);
}

async fn what_is_no_picture_or_not_the_one_that_was_promised_becomes_no_image(app: System) {
    let (admin, _) = app.admin().await;
    let file = photograph();
    let text = b"Dear diary, today\n".repeat(100_000);
    let cut = &file[..file.len() / 2];
    let huge = pictures::png_header(40_000, 40_000);
    let promised = BeginUploadRequest {
        sha256: Some(sha256(b"another")),
        ..promise(&file)
    };
    for (request, bytes, expected, words) in [
        (
            promise(&text),
            &text[..],
            "unsupported-format",
            "This is text; send a JPEG",
        ),
        (promise(cut), cut, "truncated-file", "The file ends too early"),
        (promised, &file[..], "wrong-sha256", &sha256(b"another")[..]),
        (promise(&huge), &huge[..], "too-many-pixels", "40000"),
    ] {
        let upload = sent(&app, &admin, &request, bytes).await;
        assert_eq!(
            (upload.state, upload.image_id),
            (DirectUploadState::Refused, None)
        );
        let refusal = upload.refusal.unwrap();
        assert_eq!(refusal.code, expected);
        assert!(
            refusal.reason.contains(words) && refusal.reason.ends_with('.'),
            "{}",
            refusal.reason
        );
    }
    let right = BeginUploadRequest {
        sha256: Some(sha256(&file).to_uppercase()),
        ..promise(&file)
    };
    let upload = sent(&app, &admin, &right, &file).await;
    assert_eq!(
        (upload.state, upload.refusal),
        (DirectUploadState::Accepted, None)
    );
}

async fn bytes_that_are_there_already_become_another_image(app: System) {
    let (admin, _) = app.admin().await;
    let file = photograph();
    let first = upload(&admin, "first.jpg", file.clone()).await;
    let second = sent(&app, &admin, &promise(&file), &file).await.image_id.unwrap();
    assert_ne!(second, first.summary.id);
    for id in [first.summary.id, second] {
        let image = app.image_in(&admin, id, ImageState::Ready).await;
        assert_eq!(image.sha256, sha256(&file));
        app.answers(&format!("/i/{id}/w=32"), 200).await;
    }
}

async fn nobody_else_knows_of_an_upload_and_one_that_is_given_up_is_gone(app: System) {
    let (admin, _) = app.admin().await;
    let editor = app.editor().await;
    let file = photograph();
    let key = app.own_name("cows");
    let begin = async |client: &ApiClient| client.begin_upload(&promise(&file), Some(&key)).await.unwrap();
    let upload = begin(&admin).await;
    let id = upload.summary.id;
    assert_eq!(
        begin(&admin).await.summary.id,
        id,
        "what is under way is gone on with"
    );
    let open = admin.open_uploads().await.unwrap();
    assert_eq!(open, std::slice::from_ref(&upload.summary));

    assert_eq!(editor.open_uploads().await.unwrap(), []);
    assert_eq!(editor.direct_upload(id).await.unwrap(), None);
    assert_eq!(code(editor.complete_upload(id).await), "upload-not-found");
    assert_eq!(code(editor.cancel_upload(id).await), "upload-not-found");
    let theirs = begin(&editor).await.summary.id;
    assert_ne!(theirs, id, "a key is its owner's");
    assert!(
        admin.direct_upload(theirs).await.unwrap().is_some(),
        "administrators see to all of them"
    );

    send_part(&admin, &file, &upload.parts[0]).await;
    for id in [id, theirs] {
        admin.cancel_upload(id).await.unwrap();
        assert_eq!(admin.direct_upload(id).await.unwrap(), None);
        assert_eq!(code(admin.cancel_upload(id).await), "upload-not-found");
        assert_eq!(code(admin.complete_upload(id).await), "upload-not-found");
    }
    let status = put(
        &admin,
        upload.parts[0].url.as_deref().unwrap(),
        bytes_of(&file, &upload.parts[0]),
    )
    .await;
    assert_eq!(status, 404, "its URLs lead nowhere");
    let anew = begin(&admin).await;
    assert_ne!(anew.summary.id, id);
    assert!(anew.parts.iter().all(|part| !part.stored));
    admin.cancel_upload(anew.summary.id).await.unwrap();
}
