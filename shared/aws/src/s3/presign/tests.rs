//! What a URL signs, read from its query: an emulator may verify less than S3 does.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation},
};
use domain::{BlobKey, UploadId};
use ports::suite::queue::SelfMovingClock;

use super::*;
use crate::s3::{S3Location, S3Places, Sizes};

fn s3() -> S3 {
    let config = aws_sdk_s3::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    let client = Client::from_conf(config);
    let place = S3Location::parse("s3://pictures").unwrap();
    S3 {
        presigner: client.clone(),
        client,
        places: S3Places::new(place, None, None),
        kms_key: None,
        clock: Arc::new(SelfMovingClock::default()),
        sizes: Sizes::default(),
    }
}

fn upload() -> BlobKey {
    BlobKey::upload(UploadId::new(Timestamp::UNIX_EPOCH, [1; 10]))
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn query(url: &str) -> HashMap<String, String> {
    let (_, query) = url.split_once('?').unwrap();
    query
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            let value = percent_encoding::percent_decode_str(value).decode_utf8().unwrap();
            (name.to_owned(), value.into_owned())
        })
        .collect()
}

#[tokio::test]
async fn a_part_signs_its_length_its_number_and_its_upload() {
    let url = s3()
        .part_url(&upload(), "the upload", (7, 5_000_000), after(60))
        .await
        .unwrap();
    let key = upload();
    assert!(
        url.starts_with(&format!("https://pictures.s3.eu-central-1.amazonaws.com/{key}?")),
        "{url}"
    );
    let query = query(&url);
    assert_eq!(query["X-Amz-Algorithm"], "AWS4-HMAC-SHA256");
    assert_eq!(query["X-Amz-Date"], "19700101T000000Z");
    assert_eq!(
        query["X-Amz-Credential"],
        "AKIDEXAMPLE/19700101/eu-central-1/s3/aws4_request"
    );
    assert_eq!(query["partNumber"], "7");
    assert_eq!(query["uploadId"], "the upload");
    assert_eq!(query["X-Amz-SignedHeaders"], "content-length;host");
    assert_eq!(query["X-Amz-Expires"], "60");
    let checksums = query.keys().filter(|name| name.contains("checksum")).count();
    assert_eq!(checksums, 0, "a browser would have to send that checksum: {url}");
}

#[tokio::test]
async fn another_length_and_another_number_are_another_signature() {
    let s3 = s3();
    let signature = async |number, size_bytes| {
        let url = s3
            .part_url(&upload(), "x", (number, size_bytes), after(900))
            .await;
        query(&url.unwrap())["X-Amz-Signature"].clone()
    };
    let signed = signature(1, 70_000).await;
    assert_eq!(signed, signature(1, 70_000).await);
    assert_ne!(signed, signature(1, 70_001).await);
    assert_ne!(signed, signature(2, 70_000).await);
}

#[tokio::test]
async fn parts_are_sent_to_the_origin_that_is_told() {
    assert_eq!(
        s3().uploads_origin().await.unwrap(),
        "https://pictures.s3.eu-central-1.amazonaws.com"
    );
}

#[tokio::test]
async fn a_download_signs_its_name_and_no_more_than_the_host() {
    let url = s3()
        .download_url(&upload(), "Zoë 1.jpg", after(60))
        .await
        .unwrap();
    let query = query(&url);
    assert_eq!(query["X-Amz-SignedHeaders"], "host");
    assert_eq!(
        query["response-content-disposition"],
        "attachment; filename=\"Zo_ 1.jpg\"; filename*=UTF-8''Zo%C3%AB%201.jpg"
    );
    assert_eq!(query["response-content-type"], "application/octet-stream");
}

#[tokio::test]
async fn a_part_is_signed_for_put_alone() {
    let s3 = s3();
    let url = s3.part_url(&upload(), "x", (1, 5), after(60)).await.unwrap();
    let at = || s3.presigning(after(60)).unwrap();
    let put = s3
        .presigner
        .upload_part()
        .bucket("pictures")
        .key(upload().as_str())
        .upload_id("x")
        .part_number(1)
        .content_length(5);
    let put = put.presigned(at()).await.unwrap();
    assert_eq!((put.method(), put.uri()), ("PUT", url.as_str()));
    let (get, delete) = (s3.presigner.get_object(), s3.presigner.delete_object());
    let get = get.bucket("pictures").key("x").presigned(at()).await.unwrap();
    let delete = delete.bucket("pictures").key("x").presigned(at()).await.unwrap();
    assert_eq!((get.method(), delete.method()), ("GET", "DELETE"));
    let signature = |uri: &str| query(uri)["X-Amz-Signature"].clone();
    assert_ne!(
        signature(get.uri()),
        signature(delete.uri()),
        "the method is part of the signature"
    );
}

#[tokio::test]
async fn a_url_lives_for_a_second_at_least_and_a_week_at_most() {
    let s3 = s3();
    for (until, expires) in [(-5, "1"), (0, "1"), (604_800, "604800"), (10_000_000, "604800")] {
        let url = s3.part_url(&upload(), "x", (1, 1), after(until)).await.unwrap();
        assert_eq!(query(&url)["X-Amz-Expires"], expires, "until {until}");
    }
}
