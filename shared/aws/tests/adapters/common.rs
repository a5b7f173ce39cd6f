//! What the tests run against: an emulator, or resources that somebody gives them.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use aws::{AwsContext, Provision, Provisioned, S3Buckets, S3Location, S3Places, S3Settings};
use aws_config::{BehaviorVersion, SdkConfig};
use jiff::Timestamp;
use ports::Clock;

/// The machine's clock: what AWS verifies and counts goes by it.
#[derive(Debug, Clone, Copy)]
pub struct MachineClock;

#[async_trait]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Where AWS, or what stands for it, is.
pub async fn context() -> AwsContext {
    let endpoint = env::var("TINTYPE_TEST_AWS_ENDPOINT").expect(
        "this test needs an AWS: run it by ./test, or by `dev/aws run cargo test -p aws`, which start an emulator, \
         or set TINTYPE_TEST_AWS_ENDPOINT",
    );
    AwsContext::load_for_endpoint(&endpoint)
        .await
        .expect("AWS_REGION is set by dev/aws")
}

/// A name that no other test has, nor another run.
pub fn unique(name: &str) -> String {
    format!("tintype-{name}-{:x}", RandomState::new().hash_one(name))
}

/// Buckets, queues and a topic of this test's own.
pub async fn provisioned(context: &AwsContext, name: &str) -> Provisioned {
    let wanted = Provision {
        prefix: unique(name),
        public_url: "http://127.0.0.1:8080".into(),
        allow_remote: false,
    };
    aws::provision(context, &wanted)
        .await
        .expect("an emulator can be provisioned")
}

/// Empty buckets: three of this test's own, or a part of the one that `TINTYPE_TEST_S3_BUCKET` names.
pub async fn buckets(context: &AwsContext, name: &str) -> S3Buckets {
    let at = |url: String| S3Location::parse(&url).expect("a bucket's URL");
    let places = match env::var("TINTYPE_TEST_S3_BUCKET") {
        Ok(bucket) => S3Places::new(at(format!("s3://{bucket}/{}", unique(name))), None, None),
        Err(_) => {
            let made = provisioned(context, name).await;
            S3Places::new(
                at(format!("s3://{}", made.originals)),
                Some(at(format!("s3://{}/some/prefix", made.uploads))),
                Some(at(format!("s3://{}", made.derivatives))),
            )
        }
    };
    S3Buckets::new(context, S3Settings::new(places), Arc::new(MachineClock))
}

/// What a test's own clients are made from, to see what others see.
pub async fn sdk_config(context: &AwsContext) -> SdkConfig {
    let endpoint = context.endpoint().expect("the tests have an endpoint");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .load()
        .await
}
