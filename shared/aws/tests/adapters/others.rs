//! SNS, Secrets Manager, CloudFront, and the making of it all.

use std::{env, sync::Arc};

use crate::common::{MachineClock, context, provisioned, sdk_config, unique};
use aws::{CloudFrontPurger, Provision, ProvisionError, SecretsManager, SnsNotifier};
use domain::{Event, EventId, EventKind, ImageId};
use jiff::Timestamp;
use ports::{Entropy, Notifier, Purger};
use secrecy::ExposeSecret;

#[tokio::test]
async fn sns_passes_the_suite_of_notifiers() {
    let context = context().await;
    let topic = match env::var("TINTYPE_TEST_SNS_TOPIC") {
        Ok(topic) => topic,
        Err(_) => provisioned(&context, "topic").await.topic,
    };
    ports::suite::notifier::tells_an_event(&SnsNotifier::new(&context, topic)).await;
}

#[tokio::test]
async fn a_subscriber_hears_of_what_its_filter_lets_through() {
    let context = context().await;
    let made = provisioned(&context, "filter").await;
    let config = sdk_config(&context).await;
    let (sns, sqs) = (
        aws_sdk_sns::Client::new(&config),
        aws_sdk_sqs::Client::new(&config),
    );
    let arn = sqs
        .get_queue_attributes()
        .queue_url(&made.queue_url)
        .attribute_names("QueueArn".into())
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap()
        .remove(&"QueueArn".into())
        .unwrap();
    sns.subscribe()
        .topic_arn(&made.topic)
        .protocol("sqs")
        .endpoint(arn)
        .attributes("RawMessageDelivery", "true")
        .attributes("FilterPolicy", r#"{"kind": ["image.ready"]}"#)
        .send()
        .await
        .unwrap();
    let notifier = SnsNotifier::new(&context, &made.topic);
    let event = |kind| Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [1; 10]),
        sequence: 7,
        kind,
        image_id: ImageId::new(Timestamp::UNIX_EPOCH, [2; 10]),
        at: Timestamp::UNIX_EPOCH,
        traceparent: None,
    };
    notifier.publish(&event(EventKind::Failed)).await.unwrap();
    notifier.publish(&event(EventKind::Ready)).await.unwrap();
    let heard = sqs
        .receive_message()
        .queue_url(&made.queue_url)
        .max_number_of_messages(10)
        .wait_time_seconds(5)
        .send()
        .await
        .unwrap();
    let heard: Vec<Event> = heard
        .messages()
        .iter()
        .map(|message| serde_json::from_str(message.body().unwrap()).unwrap())
        .collect();
    assert_eq!(heard, [event(EventKind::Ready)]);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_named() {
    let context = context().await;
    let topic = "arn:aws:sns:us-east-1:000000000000:no-such-topic";
    let event = Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [1; 10]),
        sequence: 1,
        kind: EventKind::Ready,
        image_id: ImageId::new(Timestamp::UNIX_EPOCH, [2; 10]),
        at: Timestamp::UNIX_EPOCH,
        traceparent: None,
    };
    let error = SnsNotifier::new(&context, topic)
        .publish(&event)
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.starts_with("sns:Publish to arn:aws:sns:us-east-1:000000000000:no-such-topic: NotFound"),
        "{source}"
    );
}

#[tokio::test]
async fn a_secret_is_read_anew_each_time() {
    let context = context().await;
    let config = sdk_config(&context).await;
    let manager = aws_sdk_secretsmanager::Client::new(&config);
    let name = unique("secret");
    let first = r#"{"username":"tintype","password":"first"}"#;
    manager
        .create_secret()
        .name(&name)
        .secret_string(first)
        .send()
        .await
        .unwrap();
    let secrets = SecretsManager::new(&context);
    // The user is for whoever signs in with it: it changes, too, where rotation alternates between two.
    assert_eq!(secrets.secret(&name).await.unwrap().expose_secret(), first);
    manager
        .put_secret_value()
        .secret_id(&name)
        .secret_string("second")
        .send()
        .await
        .unwrap();
    assert_eq!(secrets.secret(&name).await.unwrap().expose_secret(), "second");
    let error = secrets.secret("no-such-secret").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("no-such-secret") && source.contains("ResourceNotFoundException"),
        "{source}"
    );
}

#[tokio::test]
async fn provisioning_twice_is_provisioning_once() {
    let context = context().await;
    let wanted = Provision {
        prefix: unique("twice"),
        public_url: "http://127.0.0.1:8080/".into(),
        allow_remote: false,
    };
    let first = aws::provision(&context, &wanted).await.unwrap();
    let second = aws::provision(&context, &wanted).await.unwrap();
    assert_eq!(first, second);
    let names: Vec<&str> = first.environment().into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| name.starts_with("TINTYPE_")));
}

#[tokio::test]
async fn a_remote_endpoint_is_not_provisioned_unless_it_is_meant() {
    let remote = aws::AwsContext::load_for_endpoint("https://s3.example")
        .await
        .unwrap();
    let wanted = Provision {
        prefix: "tintype".into(),
        public_url: "https://pictures.example".into(),
        allow_remote: false,
    };
    let refused = aws::provision(&remote, &wanted).await;
    assert!(
        matches!(&refused, Err(ProvisionError::Remote(endpoint)) if endpoint == "https://s3.example"),
        "{refused:?}"
    );
}

/// The purger's references have to differ, no more.
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn cloudfront_gets_an_invalidation_of_the_image() {
    use aws_sdk_cloudfront::types::{
        CookiePreference, CustomOriginConfig, DefaultCacheBehavior, DistributionConfig, ForwardedValues,
        ItemSelection, Origin, OriginProtocolPolicy, Origins, ViewerProtocolPolicy,
    };

    let context = context().await;
    let config = sdk_config(&context).await;
    let cloudfront = aws_sdk_cloudfront::Client::new(&config);
    let origin = Origin::builder()
        .id("origin")
        .domain_name("pictures.example")
        .custom_origin_config(
            CustomOriginConfig::builder()
                .http_port(80)
                .https_port(443)
                .origin_protocol_policy(OriginProtocolPolicy::HttpsOnly)
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    #[expect(deprecated, reason = "the shortest distribution that is one")]
    let behavior = DefaultCacheBehavior::builder()
        .target_origin_id("origin")
        .viewer_protocol_policy(ViewerProtocolPolicy::AllowAll)
        .min_ttl(0)
        .forwarded_values(
            ForwardedValues::builder()
                .query_string(true)
                .cookies(
                    CookiePreference::builder()
                        .forward(ItemSelection::None)
                        .build()
                        .unwrap(),
                )
                .build()
                .unwrap(),
        )
        .build()
        .unwrap();
    let distribution = DistributionConfig::builder()
        .caller_reference(unique("distribution"))
        .comment("")
        .enabled(true)
        .origins(Origins::builder().quantity(1).items(origin).build().unwrap())
        .default_cache_behavior(behavior)
        .build()
        .unwrap();
    let made = cloudfront
        .create_distribution()
        .distribution_config(distribution)
        .send()
        .await
        .unwrap();
    let id = made.distribution().unwrap().id().to_owned();

    let image = ImageId::new(Timestamp::UNIX_EPOCH, [2; 10]);
    let purger = CloudFrontPurger::start(&context, &id, Arc::new(MachineClock), Arc::new(Zeros));
    purger.purge(image).await.unwrap();
    purger.flush().await;

    let listed = cloudfront
        .list_invalidations()
        .distribution_id(&id)
        .send()
        .await
        .unwrap();
    let invalidation = &listed.invalidation_list().unwrap().items()[0];
    let found = cloudfront
        .get_invalidation()
        .distribution_id(&id)
        .id(invalidation.id())
        .send()
        .await
        .unwrap();
    let batch = found.invalidation().unwrap().invalidation_batch().unwrap();
    assert_eq!(batch.paths().unwrap().items(), [format!("/i/{image}/*")]);
}
