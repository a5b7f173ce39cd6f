//! The topic: what those hear who subscribe to it elsewhere.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{HeaderName, Request, header},
};
use domain::ImageState;
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use testkit::{System, pictures};

use crate::upload;

/// How long the topic may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// Asks the emulator, which looks at no signature.
async fn ask(service: &str, headers: &[(HeaderName, String)], body: String) -> String {
    let endpoint = std::env::var("TINTYPE_TEST_AWS_ENDPOINT").expect("./test says where the emulator is");
    let scope = format!("test/20260101/us-east-1/{service}/aws4_request");
    let mut request = Request::post(endpoint).header(
        header::AUTHORIZATION,
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
    );
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client
        .request(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let status = answer.status();
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    let said = String::from_utf8(said.to_vec()).unwrap();
    assert!(status.is_success(), "{service}: {said}");
    said
}

async fn sqs(action: &str, body: Value) -> Value {
    let headers = [
        (header::CONTENT_TYPE, "application/x-amz-json-1.0".to_owned()),
        (TARGET, format!("AmazonSQS.{action}")),
    ];
    serde_json::from_str(&ask("sqs", &headers, body.to_string()).await).unwrap()
}

/// A queue that hears what the topic is told; its URL.
async fn subscribed_queue(topic: &str, name: &str) -> String {
    let queue = sqs("CreateQueue", json!({ "QueueName": name })).await["QueueUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let attributes = json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] });
    let arn = sqs("GetQueueAttributes", attributes).await["Attributes"]["QueueArn"].clone();
    let form = format!(
        "Action=Subscribe&Version=2010-03-31&Protocol=sqs&TopicArn={topic}&Endpoint={}",
        arn.as_str().unwrap()
    );
    let kind = (
        header::CONTENT_TYPE,
        "application/x-www-form-urlencoded".to_owned(),
    );
    ask("sns", &[kind], form).await;
    queue
}

#[tokio::test]
async fn a_topic_is_told_of_everything_that_happens() {
    let fleet = crate::fleet();
    let system = System::deployed(fleet);
    let named = |variable: &str| {
        let mut variables = fleet.environment().iter();
        variables.find(|(name, _)| name == variable).unwrap().1.clone()
    };
    let queue = subscribed_queue(&named("TINTYPE_EVENTS_TOPIC"), &system.own_name("hears")).await;
    let (admin, _) = system.admin().await;
    let picture = pictures::jpeg(&pictures::scene(71, 64, 48));
    let id = upload(&admin, "told.jpg", picture).await.summary.id;
    system.image_in(&admin, id, ImageState::Ready).await;

    let began = Instant::now();
    // A queue may hand messages out twice, and in another order than they came in.
    let mut heard: Vec<(u64, String)> = Vec::new();
    while heard.iter().all(|(_, kind)| kind != "image.ready") {
        assert!(
            began.elapsed() < PATIENCE,
            "the topic was told of {heard:?} alone"
        );
        let received = sqs(
            "ReceiveMessage",
            json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 }),
        )
        .await;
        for message in received["Messages"].as_array().into_iter().flatten() {
            let told: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            let event: Value = serde_json::from_str(told["Message"].as_str().unwrap()).unwrap();
            // Other stories tell of theirs.
            if event["image_id"] == id.to_string() {
                heard.push((
                    event["sequence"].as_u64().unwrap(),
                    event["kind"].as_str().unwrap().to_owned(),
                ));
            }
        }
    }
    heard.sort();
    heard.dedup();
    let kinds: Vec<&str> = heard.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["image.accepted", "image.processing", "image.ready"]);
    let catalog = fleet.catalog().await;
    let last = heard.last().unwrap().0;
    system
        .until("what the topic was told is marked", async || {
            let left = catalog.unpublished_events(1).await.unwrap();
            left.first().is_none_or(|event| event.sequence > last)
        })
        .await;
}
