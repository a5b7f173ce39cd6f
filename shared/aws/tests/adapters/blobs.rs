//! S3 passes the suites of blob stores and of direct uploads, and what is S3's alone.

use std::{sync::Arc, time::Duration};

use crate::common::{MachineClock, buckets, context, provisioned};
use async_trait::async_trait;
use aws::{S3Buckets, S3Location, S3Places};
use bytes::Bytes;
use domain::{BlobKey, ImageId, UploadId};
use jiff::Timestamp;
use ports::{
    BlobStore, Clock,
    suite::direct_uploads::{Browser, Store},
};

/// Sends by HTTP, with nothing but the URL and the bytes.
struct Http(reqwest::Client);

#[async_trait]
impl Browser for Http {
    async fn put(&self, url: &str, bytes: Bytes) -> bool {
        let sent = self.0.put(url).body(bytes).send().await;
        sent.expect("the emulator answers").status().is_success()
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
    let buckets = S3Buckets::new(&context, places, Some(kms_key.into()), Arc::new(MachineClock));
    direct_uploads(&buckets).await;
}

async fn direct_uploads(buckets: &S3Buckets) {
    let store = Store {
        uploads: &buckets.direct_uploads(),
        blobs: &buckets.blob_store(),
        browser: &Http(reqwest::Client::new()),
        until: MachineClock.now() + Duration::from_secs(600),
    };
    ports::suite::direct_uploads::all(&store).await;
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
    let store_upload = ports::DirectUploads::begin(&uploads, id, 2).await.unwrap();
    assert!(!store_upload.is_empty());
    assert_eq!(store.abort_unfinished(Timestamp::MAX).await.unwrap(), 0);
    assert_eq!(
        ports::DirectUploads::begin(&uploads, id, 1).await.unwrap(),
        "",
        "one part needs no upload in parts"
    );
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
    let store = S3Buckets::new(&context, places, None, Arc::new(MachineClock)).blob_store();
    for error in [
        store.ping().await.unwrap_err(),
        store.put(&key("a/b"), Bytes::new()).await.unwrap_err(),
        store.list("a/", None, 1).await.unwrap_err(),
    ] {
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("no-such-bucket"), "{source}");
    }
}
