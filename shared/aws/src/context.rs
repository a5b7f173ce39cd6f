//! The one configuration of the SDK: region, credentials, endpoint, patience.

use std::{env, time::Duration};

use aws_config::{
    AppName, BehaviorVersion, SdkConfig,
    retry::RetryConfig,
    timeout::{TimeoutConfig, TimeoutConfigBuilder},
};

/// How long a connection may take: within a region it takes a millisecond.
const CONNECT: Duration = Duration::from_secs(3);

/// How long an answer may take to begin, sending the request included: a part of 5 MiB at 2 Mbit/s.
const ANSWER: Duration = Duration::from_secs(20);

/// How long one try of a small call may take.
const SMALL_TRY: Duration = Duration::from_secs(10);

/// How long one try of a call with bytes may take until its answer begins; a copy within S3 answers at its end.
const LARGE_TRY: Duration = Duration::from_secs(60);

/// How often a call is tried. With the pauses between, an endpoint that stops for 20 s is waited for.
const TRIES: u32 = 5;

/// The longest that SQS lets a receiver wait.
pub(crate) const LONGEST_POLL: Duration = Duration::from_secs(20);

/// What the SDK's own chain lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsConfigError {
    /// Nobody names a region.
    #[error(
        "no AWS region: set AWS_REGION (eu-central-1, say), or a region in the profile that AWS_PROFILE names"
    )]
    NoRegion,
}

/// The clients' common ground: made once by a process, and shared by its adapters.
#[derive(Clone)]
pub struct AwsContext {
    config: SdkConfig,
    s3_endpoint: Option<String>,
}

impl AwsContext {
    /// Reads region, credentials and endpoint where the SDK looks for them: the environment, the profile, the container's
    /// or the machine's role. `AWS_ENDPOINT_URL` names another endpoint than AWS.
    ///
    /// # Errors
    /// When there is no region. Credentials are looked for when they are needed.
    pub async fn load() -> Result<Self, AwsConfigError> {
        Self::finish(base().load().await)
    }

    /// The same with another endpoint than the environment's; for tests and for what is made on a local endpoint.
    ///
    /// # Errors
    /// When there is no region.
    pub async fn load_for_endpoint(endpoint: &str) -> Result<Self, AwsConfigError> {
        Self::finish(base().endpoint_url(endpoint).load().await)
    }

    fn finish(config: SdkConfig) -> Result<Self, AwsConfigError> {
        if config.region().is_none() {
            return Err(AwsConfigError::NoRegion);
        }
        // The SDK reads the variable of the one service by itself, and prefers it; here it only decides the path style.
        let s3_endpoint = env::var("AWS_ENDPOINT_URL_S3")
            .ok()
            .or_else(|| config.endpoint_url().map(str::to_owned));
        Ok(Self { config, s3_endpoint })
    }

    /// The endpoint that is used in place of AWS, if one is.
    pub fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// The region.
    pub fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// The endpoint that is used in place of S3, if one is.
    pub(crate) fn s3_endpoint(&self) -> Option<&str> {
        self.s3_endpoint.as_deref()
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::config::Builder {
        aws_sdk_s3::config::Builder::from(&self.config)
            .timeout_config(patience().operation_attempt_timeout(LARGE_TRY).build())
            .force_path_style(self.s3_endpoint.as_deref().is_some_and(needs_path_style))
    }

    /// The same at another address, if there is one.
    pub(crate) fn s3_at(&self, endpoint: Option<String>) -> aws_sdk_s3::config::Builder {
        match endpoint {
            Some(endpoint) => self
                .s3()
                .force_path_style(needs_path_style(&endpoint))
                .endpoint_url(endpoint),
            None => self.s3(),
        }
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let timeouts = patience()
            .read_timeout(LONGEST_POLL + SMALL_TRY)
            .operation_attempt_timeout(LONGEST_POLL + SMALL_TRY)
            .build();
        let config = aws_sdk_sqs::config::Builder::from(&self.config)
            .timeout_config(timeouts)
            .build();
        aws_sdk_sqs::Client::from_conf(config)
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config)
    }

    pub(crate) fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    pub(crate) fn cloudfront(&self) -> aws_sdk_cloudfront::Client {
        aws_sdk_cloudfront::Client::new(&self.config)
    }
}

fn base() -> aws_config::ConfigLoader {
    let retries = RetryConfig::standard()
        .with_max_attempts(TRIES)
        .with_initial_backoff(Duration::from_millis(200))
        .with_max_backoff(Duration::from_secs(5));
    aws_config::defaults(BehaviorVersion::latest())
        .app_name(AppName::new("tintype").expect("the name has no character that is not allowed"))
        .retry_config(retries)
        .timeout_config(patience().operation_attempt_timeout(SMALL_TRY).build())
}

fn patience() -> TimeoutConfigBuilder {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ANSWER)
}

/// Other stores answer under one host name, and tests under an address: no bucket can stand before it.
fn needs_path_style(endpoint: &str) -> bool {
    let host = host(endpoint);
    let aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    !aws.iter().any(|suffix| host.ends_with(suffix))
}

/// The host in a URL, without its port.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(literal) = authority.strip_prefix('[') {
        return literal.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_region_the_error_says_what_to_set() {
        let config = SdkConfig::builder().build();
        let error = AwsContext::finish(config).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("AWS_REGION"));
    }

    #[test]
    fn buckets_stand_before_the_host_of_aws_alone() {
        assert!(!needs_path_style("https://s3.eu-central-1.amazonaws.com"));
        assert!(!needs_path_style("https://s3.cn-north-1.amazonaws.com.cn/"));
        for other in [
            "http://127.0.0.1:4566",
            "https://minio.example:9000",
            "http://[::1]:4566/x",
            "https://amazonaws.com.example",
        ] {
            assert!(needs_path_style(other), "{other}");
        }
    }
}
