//! What is refused, and in which words.

mod common;

use std::sync::atomic::Ordering;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{Site, forgetful, id};
use domain::{Availability, BlobKey, ImageId};
use tintype_delivery::{DeliverySettings, Signatures};

#[tokio::test]
async fn a_wrong_option_is_named_with_what_is_allowed() {
    let site = Site::new().await;
    let answer = site.get("w=800,fit=cver").await;
    insta::assert_json_snapshot!(answer.problem(), { ".request_id" => "[id]" }, @r#"
    {
      "code": "invalid-option",
      "detail": "The option \"fit\" cannot be \"cver\" (position 11): expected scale-down, contain, cover, crop, pad or squeeze. Did you mean \"cover\"?",
      "request_id": "[id]",
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
    for (options, named) in [
        ("w=0", "\"w\""),
        ("height=12001", "\"height\""),
        ("w=1,width=2", "\"width\""),
        ("wdith=8", "Did you mean \"width\"?"),
        ("p=card,w=8", "cannot stand beside"),
        ("w=1,exp=1900000000", "no \"sig\""),
        ("w=1,,h=2", "nothing before or after the comma"),
        ("w=1,kid=k1", "\"kid\""),
        ("w=%FF", "not UTF-8"),
    ] {
        let answer = site.get(options).await;
        assert_eq!(answer.refusal(), (400, "invalid-option".to_owned()), "{options}");
        let detail = answer.problem()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(named), "{detail}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    assert_eq!(
        site.blobs.count("", ""),
        0,
        "nothing is read for what cannot be answered"
    );
}

#[tokio::test]
async fn two_long_sides_together_may_be_too_much() {
    let site = Site::new().await;
    let answer = site.get("w=12000,h=12000,fit=squeeze").await;
    assert_eq!(answer.refusal(), (400, "invalid-option".to_owned()));
    assert!(
        answer.problem()["detail"]
            .as_str()
            .unwrap()
            .contains("12000 × 12000")
    );
    assert_eq!(answer.header("vary"), "Accept");
    assert_eq!(
        site.get("w=12000,h=12000").await.status,
        StatusCode::OK,
        "it is scaled down"
    );
}

#[tokio::test]
async fn a_withdrawn_an_unknown_and_a_malformed_id_have_the_same_answer() {
    let site = Site::new().await;
    site.write_manifest(|manifest| manifest.availability = Availability::Withdrawn)
        .await;
    let other = ImageId::new(jiff::Timestamp::UNIX_EPOCH, [9; 10]);
    let mut answers = Vec::new();
    for id in [
        id().to_string(),
        other.to_string(),
        "nonsense".to_owned(),
        id().to_string().to_uppercase(),
    ] {
        let answer = site.get_path(&format!("/i/{id}/w=100,f=jpeg")).await;
        assert_eq!(answer.refusal(), (404, "image-not-found".to_owned()), "{id}");
        let mut problem = answer.problem();
        problem["request_id"].take();
        answers.push(problem);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn a_withdrawn_image_is_not_even_told_to_be_unchanged() {
    let site = Site::new().await;
    let etag = site.get("w=100,f=jpeg").await.header("etag").to_owned();
    site.blobs.until(1, "has", "/variants/").await;
    site.write_manifest(|manifest| manifest.availability = Availability::Withdrawn)
        .await;
    let answer = site.get_with("w=100,f=jpeg", "if-none-match", &etag).await;
    assert_eq!(answer.refusal(), (404, "image-not-found".to_owned()));
}

#[tokio::test]
async fn a_signature_that_is_there_must_be_right() {
    let site = Site::new().await;
    let path = format!("/i/{}/w=100,f=jpeg/name.jpg", id());
    let signed = site.keys.sign(&path).unwrap();
    assert_eq!(site.get_path(&signed).await.status, StatusCode::OK);
    assert_eq!(
        site.get_path(&signed.replacen(',', "%2C", 1)).await.status,
        StatusCode::OK,
        "an encoded comma is a comma"
    );
    for wrong in [
        signed.replace("w=100", "w=101"),
        signed.replace("name", "game"),
        signed.replace("k1", "k2"),
        format!("/i/{}/w=100,sig=abc", id()),
    ] {
        assert_eq!(
            site.get_path(&wrong).await.refusal(),
            (403, "invalid-signature".to_owned()),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn where_signatures_are_required_an_unsigned_url_is_refused() {
    let signatures = Signatures::Required;
    let site = Site::with(DeliverySettings {
        signatures,
        ..forgetful()
    })
    .await;
    assert_eq!(
        site.get("w=100").await.refusal(),
        (403, "signature-required".to_owned())
    );
    let signed = site.keys.sign(&format!("/i/{}/w=100", id())).unwrap();
    assert_eq!(site.get_path(&signed).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_absent_store_is_a_503_without_details() {
    let site = Site::new().await;
    site.blobs.fails_reading.store(true, Ordering::Relaxed);
    let answer = site.get("w=100").await;
    assert_eq!(answer.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
}

#[tokio::test]
async fn what_is_stored_and_cannot_be_read_is_told_without_details() {
    let site = Site::new().await;
    let mezzanine = &site.manifest.mezzanines[2].blob_key;
    site.write(mezzanine, b"no picture at all").await;
    let answer = site.get("w=50").await;
    assert_eq!(answer.refusal(), (500, "image-unreadable".to_owned()));
    site.write(&BlobKey::manifest(id()), b"{").await;
    assert_eq!(
        site.get("w=50").await.refusal(),
        (500, "internal-error".to_owned())
    );
}

#[tokio::test]
async fn other_methods_and_other_addresses_are_refused() {
    let site = Site::new().await;
    let post = Request::post(format!("/i/{}/w=1", id()))
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        site.call(post).await.refusal(),
        (405, "method-not-allowed".to_owned())
    );
    for path in [
        format!("/i/{}", id()),
        format!("/i/{}/", id()),
        format!("/i/{}/w=1/a/b", id()),
    ] {
        assert_eq!(
            site.get_path(&path).await.refusal(),
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
}
