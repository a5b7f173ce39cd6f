//! Makes buckets, queues and a topic on a local endpoint, so that the AWS shape runs on a laptop.
//!
//! Repeated, it changes nothing. In an account, `infra/` makes them, with keys, policies and life cycles: this refuses to, unless
//! it is told that a remote endpoint is meant.

use std::net::IpAddr;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLocationConstraint,
    CorsConfiguration, CorsRule, CreateBucketConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleFilter,
};
use aws_sdk_sqs::types::QueueAttributeName;
use ports::PortError;

use crate::{
    AwsContext,
    context::host,
    failure::{failed, has_code, unavailable},
};

const S3: &str = "the blob store";
const SQS: &str = "the queue";
const SNS: &str = "the events' topic";

/// How often SQS delivers a job before it moves it to the dead letters by itself. Workers give up before.
const MOST_DELIVERIES: u32 = 12;

/// What is to be made, and where.
#[derive(Debug, Clone)]
pub struct Provision {
    /// Begins every name: `{prefix}-originals`, `{prefix}-jobs` and so on.
    pub prefix: String,
    /// Where browsers are when they send bytes to the bucket, such as `https://pictures.example`.
    pub public_url: String,
    /// Whether an endpoint that is not of this machine or its own network is meant.
    pub allow_remote: bool,
}

/// What was made, or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// The bucket of originals.
    pub originals: String,
    /// The bucket that clients send to.
    pub uploads: String,
    /// The bucket of what was derived.
    pub derivatives: String,
    /// The queue's URL.
    pub queue_url: String,
    /// The URL of its dead-letter queue.
    pub dead_letter_url: String,
    /// The topic's ARN.
    pub topic: String,
}

impl Provisioned {
    /// The configuration that names all of it, as environment variables.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TINTYPE_BLOBS_URL", format!("s3://{}", self.originals)),
            ("TINTYPE_BLOBS_UPLOADS_URL", format!("s3://{}", self.uploads)),
            (
                "TINTYPE_BLOBS_DERIVATIVES_URL",
                format!("s3://{}", self.derivatives),
            ),
            ("TINTYPE_QUEUE_URL", self.queue_url.clone()),
            ("TINTYPE_QUEUE_DEAD_LETTER_URL", self.dead_letter_url.clone()),
            ("TINTYPE_EVENTS_TOPIC", self.topic.clone()),
        ]
    }
}

/// Why nothing, or not everything, was made.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The endpoint is none of this machine's.
    #[error(
        "{0} is not a local endpoint: set AWS_ENDPOINT_URL to one (http://127.0.0.1:4566, say), or allow a remote one"
    )]
    Remote(String),
    /// AWS, or what stands for it, refused.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes what is missing of it.
///
/// # Errors
/// When the endpoint is not local and no remote one was allowed, before anything is made; when the endpoint refuses.
pub async fn provision(context: &AwsContext, wanted: &Provision) -> Result<Provisioned, ProvisionError> {
    if !wanted.allow_remote {
        for endpoint in [context.endpoint(), context.s3_endpoint()] {
            let endpoint = endpoint.unwrap_or("AWS itself");
            if !is_local(endpoint) {
                return Err(ProvisionError::Remote(endpoint.to_owned()));
            }
        }
    }
    let named = |name: &str| format!("{}-{name}", wanted.prefix);
    let s3 = aws_sdk_s3::Client::from_conf(context.s3().build());
    let buckets = [named("originals"), named("uploads"), named("derivatives")];
    for bucket in &buckets {
        make_bucket(&s3, bucket, context.region()).await?;
    }
    let [originals, uploads, derivatives] = buckets;
    open_for_browsers(&s3, &uploads, &wanted.public_url).await?;
    expire_uploads(&s3, &uploads).await?;

    let sqs = context.sqs();
    let dead_letter_url = make_queue(&sqs, &named("jobs-dead")).await?;
    let fortnight = (14 * 24 * 60 * 60).to_string();
    let retention = [(QueueAttributeName::MessageRetentionPeriod, fortnight)];
    set_queue(&sqs, &dead_letter_url, retention).await?;
    let dead_letter_arn = queue_arn(&sqs, &dead_letter_url).await?;
    let queue_url = make_queue(&sqs, &named("jobs")).await?;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": dead_letter_arn,
        "maxReceiveCount": MOST_DELIVERIES,
    });
    let attributes = [
        (QueueAttributeName::VisibilityTimeout, "60".to_owned()),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "20".to_owned()),
        (QueueAttributeName::RedrivePolicy, redrive.to_string()),
    ];
    set_queue(&sqs, &queue_url, attributes).await?;

    Ok(Provisioned {
        originals,
        uploads,
        derivatives,
        queue_url,
        dead_letter_url,
        topic: make_topic(context, &named("events")).await?,
    })
}

/// Whether an endpoint is this machine, its private network, or a neighbour that only a container network knows by name.
fn is_local(endpoint: &str) -> bool {
    let host = host(endpoint);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => {
            let is_url = endpoint.contains("://");
            is_url && !host.is_empty() && (!host.contains('.') || host.ends_with(".localhost"))
        }
    }
}

async fn make_bucket(s3: &aws_sdk_s3::Client, bucket: &str, region: &str) -> Result<(), PortError> {
    // The oldest region is the one that must not be named.
    let place = (region != "us-east-1").then(|| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build()
    });
    let made = s3
        .create_bucket()
        .bucket(bucket)
        .set_create_bucket_configuration(place)
        .send()
        .await;
    match made {
        Ok(_) => Ok(()),
        Err(error) if has_code(&error, &["BucketAlreadyOwnedByYou"]) => Ok(()),
        Err(error) => Err(failed(S3, format_args!("s3:CreateBucket of {bucket}"))(error)),
    }
}

/// Browsers send from the pages' origin.
async fn open_for_browsers(s3: &aws_sdk_s3::Client, bucket: &str, public_url: &str) -> Result<(), PortError> {
    let rule = CorsRule::builder()
        .allowed_methods("PUT")
        .allowed_origins(public_url.trim_end_matches('/'))
        .allowed_headers("*")
        .expose_headers("ETag")
        .max_age_seconds(3_600)
        .build()
        .map_err(PortError::unavailable(S3))?;
    let rules = CorsConfiguration::builder()
        .cors_rules(rule)
        .build()
        .map_err(PortError::unavailable(S3))?;
    s3.put_bucket_cors()
        .bucket(bucket)
        .cors_configuration(rules)
        .send()
        .await
        .map(drop)
        .map_err(failed(S3, format_args!("s3:PutBucketCORS on {bucket}")))
}

/// The net under the catalog's own sweep: what it knows nothing of goes, too.
async fn expire_uploads(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<(), PortError> {
    let rule = LifecycleRule::builder()
        .id("abandoned")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(2)
                .build(),
        )
        .expiration(LifecycleExpiration::builder().days(7).build())
        .build()
        .map_err(PortError::unavailable(S3))?;
    let rules = BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .map_err(PortError::unavailable(S3))?;
    s3.put_bucket_lifecycle_configuration()
        .bucket(bucket)
        .lifecycle_configuration(rules)
        .send()
        .await
        .map(drop)
        .map_err(failed(
            S3,
            format_args!("s3:PutLifecycleConfiguration on {bucket}"),
        ))
}

/// Without attributes, so that a queue of this name is found whatever its attributes are.
async fn make_queue(sqs: &aws_sdk_sqs::Client, name: &str) -> Result<String, PortError> {
    let made = sqs
        .create_queue()
        .queue_name(name)
        .send()
        .await
        .map_err(failed(SQS, format_args!("sqs:CreateQueue of {name}")))?;
    made.queue_url
        .ok_or_else(|| unavailable(SQS, format_args!("{name} was made and has no URL")))
}

async fn set_queue(
    sqs: &aws_sdk_sqs::Client,
    url: &str,
    attributes: impl IntoIterator<Item = (QueueAttributeName, String)>,
) -> Result<(), PortError> {
    let attributes = attributes.into_iter().collect();
    sqs.set_queue_attributes()
        .queue_url(url)
        .set_attributes(Some(attributes))
        .send()
        .await
        .map(drop)
        .map_err(failed(SQS, format_args!("sqs:SetQueueAttributes of {url}")))
}

async fn queue_arn(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<String, PortError> {
    let found = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .map_err(failed(SQS, format_args!("sqs:GetQueueAttributes of {url}")))?;
    found
        .attributes
        .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
        .ok_or_else(|| unavailable(SQS, format_args!("{url} has no ARN")))
}

async fn make_topic(context: &AwsContext, name: &str) -> Result<String, PortError> {
    let made = context
        .sns()
        .create_topic()
        .name(name)
        .send()
        .await
        .map_err(failed(SNS, format_args!("sns:CreateTopic of {name}")))?;
    made.topic_arn
        .ok_or_else(|| unavailable(SNS, format_args!("{name} was made and has no ARN")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_endpoint_is_told_from_a_remote_one() {
        for local in [
            "http://127.0.0.1:4566",
            "http://localhost:4566/",
            "http://s3.localhost:4566",
            "http://aws:4566",
            "http://10.1.2.3:9000",
            "http://[::1]:4566",
        ] {
            assert!(is_local(local), "{local}");
        }
        for remote in [
            "AWS itself",
            "https://sqs.eu-central-1.amazonaws.com",
            "https://s3.example",
            "http://203.0.113.9:4566",
            "http://127.0.0.1.example",
            "",
        ] {
            assert!(!is_local(remote), "{remote}");
        }
    }
}
