//! S3 passes the suites of blob stores and of direct uploads, and what is S3's alone.

use std::{sync::Arc, time::Duration};

use crate::common::{MachineClock, buckets, context, provisioned};
use async_trait::async_trait;
use aws::{S3Buckets, S3DirectUploads, S3Location, S3Places, S3Settings};
use bytes::Bytes;
use domain::{BlobKey, DirectUpload, DirectUploadState, ImageId, UploadId, UserId, Visibility};
use jiff::Timestamp;
use ports::{BlobStore, Clock, DirectUploads, PartTarget, suite::direct_uploads::PartSender};

/// Sends by HTTP, with nothing but the URL and the bytes.
struct Http(reqwest::Client);

#[async_trait]
impl PartSender for Http {
    async fn put(&self, url: &str, bytes: Bytes) -> Result<(), String> {
        let answer = self.0.put(url).body(bytes).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("{status}: {}", answer.text().await.unwrap_or_default())),
        }
    }
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

#[tokio::test]
async fn s3_passes_the_suite_of_blob_stores() {
    let context = context().await;
    let store = buckets(&context, "blobs").await.blob_store();
    ports::suite::blob_store::all(&store).await;
}

#[tokio::test]
async fn s3_passes_the_suite_of_direct_uploads() {
    let context = context().await;
    let buckets = buckets(&context, "direct").await;
    direct_uploads(&buckets).await;
}

#[tokio::test]
async fn s3_with_a_kms_key_passes_the_suite_of_direct_uploads() {
    let context = context().await;
    let made = provisioned(&context, "kms").await;
    let at = |bucket: &str| S3Location::parse(&format!("s3://{bucket}")).unwrap();
    let places = S3Places::new(at(&made.originals), Some(at(&made.uploads)), None);
    let kms_key = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555";
    let settings = S3Settings {
        kms_key: Some(kms_key.into()),
        ..S3Settings::new(places)
    };
    let buckets = S3Buckets::new(&context, settings, Arc::new(MachineClock));
    direct_uploads(&buckets).await;
}

async fn direct_uploads(buckets: &S3Buckets) {
    let (uploads, blobs) = (buckets.direct_uploads(), buckets.blob_store());
    let sender = Http(reqwest::Client::new());
    ports::suite::direct_uploads::all(&uploads, &blobs, &sender, MachineClock.now()).await;
}

#[tokio::test]
async fn a_listing_over_three_buckets_is_in_the_order_of_keys() {
    let context = context().await;
    let store = buckets(&context, "list").await.blob_store();
    let image = ImageId::new(Timestamp::UNIX_EPOCH, [1; 10]);
    let upload = UploadId::new(Timestamp::UNIX_EPOCH, [2; 10]);
    let keys = [
        key("early/x"),
        BlobKey::manifest(image),
        BlobKey::presets(),
        BlobKey::original(upload),
        BlobKey::upload(upload),
        key("zebra/x"),
    ];
    for key in keys.iter().rev() {
        store.put(key, Bytes::from_static(b"x")).await.unwrap();
    }
    let mut found = Vec::new();
    loop {
        let page = store.list("", found.last(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|blob| blob.key));
    }
    assert_eq!(found, keys);
    for key in &keys {
        store.delete(key).await.unwrap();
    }
}

#[tokio::test]
async fn an_original_is_never_replaced_by_another() {
    let context = context().await;
    let store = buckets(&context, "original").await.blob_store();
    for size in [1_000, 6 * 1024 * 1024] {
        let key = BlobKey::original(UploadId::new(Timestamp::UNIX_EPOCH, [3; 10]));
        let write = async |byte: u8, size: usize| {
            let mut writer = store.create(&key).await.unwrap();
            writer.write(Bytes::from(vec![byte; size])).await.unwrap();
            writer.finish().await
        };
        write(1, size).await.unwrap();
        // As after an answer that was lost: the same blob again is no error.
        write(1, size).await.unwrap();
        let error = write(2, size + 1).await.unwrap_err();
        assert!(error.to_string().contains("another blob"), "{error}");
        let kept = store.get(&key).await.unwrap().unwrap();
        assert!(kept.len() == size && kept[0] == 1);
        store.delete(&key).await.unwrap();
    }
}

#[tokio::test]
async fn uploads_of_clients_are_no_unfinished_writes() {
    let context = context().await;
    let buckets = buckets(&context, "unfinished").await;
    let (store, uploads) = (buckets.blob_store(), buckets.direct_uploads());
    let id = UploadId::new(Timestamp::UNIX_EPOCH, [4; 10]);
    let store_upload = uploads.begin(id, 2).await.unwrap();
    assert_eq!(store.abort_unfinished(Timestamp::MAX).await.unwrap(), 0);
    let begun = uploads.begun(None, 10).await.unwrap();
    assert_eq!((begun[0].id, &begun[0].store_upload), (id, &store_upload));
    uploads.discard_begun(&begun[0]).await.unwrap();
    assert!(uploads.begun(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_part_is_refused_whose_length_is_not_the_signed_one() {
    let context = context().await;
    let buckets = buckets(&context, "length").await;
    let uploads = buckets.direct_uploads();
    let upload = upload(&uploads, 1_000).await;
    let until = MachineClock.now() + Duration::from_secs(60);
    let target = uploads.part_target(&upload, 1, until).await.unwrap();
    let PartTarget::Url(url) = target else {
        panic!("{target:?}")
    };
    let sender = Http(reqwest::Client::new());
    let refused = sender.put(&url, Bytes::from(vec![0; 1_001])).await.unwrap_err();
    assert!(refused.starts_with("403"), "{refused}");
    sender.put(&url, Bytes::from(vec![0; 1_000])).await.unwrap();
    let beyond = uploads.part_target(&upload, 2, until).await.unwrap_err();
    assert!(beyond.to_string().contains("the upload has 1"), "{beyond}");
    uploads.discard(&upload).await.unwrap();
}

#[tokio::test]
async fn urls_are_signed_for_the_address_that_browsers_know() {
    let context = context().await;
    let made = provisioned(&context, "public").await;
    let place = S3Location::parse(&format!("s3://{}", made.originals)).unwrap();
    let settings = S3Settings {
        public_endpoint: Some("https://pictures.example:8443".into()),
        ..S3Settings::new(S3Places::new(place, None, None))
    };
    let buckets = S3Buckets::new(&context, settings, Arc::new(MachineClock));
    let uploads = buckets.direct_uploads();
    assert_eq!(
        uploads.origin().await.unwrap().as_deref(),
        Some("https://pictures.example:8443")
    );
    let until = MachineClock.now() + Duration::from_secs(60);
    let url = buckets
        .blob_store()
        .download_url(&key("a/b"), "b", until)
        .await
        .unwrap()
        .unwrap();
    let begin = format!("https://pictures.example:8443/{}/a/b?", made.originals);
    assert!(url.starts_with(&begin), "{url}");
    buckets
        .blob_store()
        .ping()
        .await
        .expect("calls go to the endpoint of this process");
}

/// An upload of one part that was begun.
async fn upload(uploads: &S3DirectUploads, size_bytes: u64) -> DirectUpload {
    let at = Timestamp::UNIX_EPOCH;
    let id = UploadId::new(at, [5; 10]);
    DirectUpload {
        id,
        version: 1,
        state: DirectUploadState::Open,
        owner: UserId::new(at, [1; 10]),
        file_name: "photo.jpg".parse().unwrap(),
        visibility: Visibility::Private,
        size_bytes,
        sha256: None,
        part_size_bytes: 5 * 1024 * 1024,
        store_upload: uploads.begin(id, 1).await.unwrap(),
        idempotency_key: None,
        image_id: None,
        refusal: None,
        created_at: at,
        updated_at: at,
        expires_at: at,
    }
}

#[tokio::test]
async fn a_download_url_gives_the_blob_under_its_name() {
    let context = context().await;
    let store = buckets(&context, "download").await.blob_store();
    let key = key("originals/one");
    store.put(&key, Bytes::from_static(b"the bytes")).await.unwrap();
    let until = MachineClock.now() + Duration::from_secs(60);
    let url = store
        .download_url(&key, "Zoë \"1\".jpg", until)
        .await
        .unwrap()
        .unwrap();
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"Zo_ _1_.jpg\"; filename*=UTF-8''Zo%C3%AB%20%221%22.jpg"
    );
    assert_eq!(answer.bytes().await.unwrap(), "the bytes");
    let forged = url.replace("X-Amz-Expires=60", "X-Amz-Expires=61");
    let refused = reqwest::get(&forged).await.unwrap();
    assert_eq!(refused.status(), 403, "a changed URL is still good");
    store.delete(&key).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let context = context().await;
    let places = S3Places::new(S3Location::parse("s3://no-such-bucket").unwrap(), None, None);
    let store = S3Buckets::new(&context, S3Settings::new(places), Arc::new(MachineClock)).blob_store();
    for error in [
        store.ping().await.unwrap_err(),
        store.put(&key("a/b"), Bytes::new()).await.unwrap_err(),
        store.list("a/", None, 1).await.unwrap_err(),
    ] {
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("no-such-bucket"), "{source}");
    }
}
