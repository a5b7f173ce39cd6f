//! The adapters on AWS, where they are in this build (Cargo feature `aws`).

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use aws::{
    AwsContext, CloudFrontPurger, Provision, S3Buckets, S3Location, S3Places, S3Settings, SecretsManager,
    SnsNotifier, SqsQueue, provision,
};
use catalog::PasswordSource;
use ports::{BlobStore, Clock, DirectUploads, Entropy, Notifier, PortError, Queue};
use runtime::{BlobsConfig, CatalogConfig, EdgeConfig, EventsConfig, QueueConfig};
use secrecy::SecretString;
use tokio::sync::OnceCell;

use super::edge::Edge;

/// Opened by the first key that needs it: an installation without AWS has no region to name.
#[derive(Default)]
pub(super) struct LazyCloud(OnceCell<Cloud>);

impl LazyCloud {
    /// AWS, for what `key` names.
    pub(super) async fn open(&self, key: &str) -> anyhow::Result<&Cloud> {
        let open = async || AwsContext::load().await.map(|context| Cloud { context });
        self.0.get_or_try_init(open).await.with_context(|| key.to_owned())
    }
}

/// AWS, or what speaks its language at `AWS_ENDPOINT_URL`.
pub(super) struct Cloud {
    context: AwsContext,
}

impl Cloud {
    pub(super) fn buckets(
        &self,
        config: &BlobsConfig,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<(Arc<dyn BlobStore>, Arc<dyn DirectUploads>)> {
        let location = |key: &'static str, url: &str| S3Location::parse(url).context(key);
        let own = |key, url: &str| (!url.is_empty()).then(|| location(key, url)).transpose();
        let places = S3Places::new(
            location("blobs.url", &config.url)?,
            own("blobs.uploads_url", &config.uploads_url)?,
            own("blobs.derivatives_url", &config.derivatives_url)?,
        );
        let named = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let settings = S3Settings {
            places,
            kms_key: named(&config.kms_key),
            public_endpoint: named(&config.public_endpoint),
        };
        let buckets = S3Buckets::new(&self.context, settings, clock);
        Ok((Arc::new(buckets.blob_store()), Arc::new(buckets.direct_uploads())))
    }

    pub(super) fn queue(&self, config: &QueueConfig) -> Arc<dyn Queue> {
        Arc::new(SqsQueue::new(&self.context, &config.url, &config.dead_letter_url))
    }

    pub(super) fn notifier(&self, config: &EventsConfig) -> Arc<dyn Notifier> {
        Arc::new(SnsNotifier::new(&self.context, &config.topic))
    }

    pub(super) fn edge(
        &self,
        config: &EdgeConfig,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Arc<dyn Edge> {
        Arc::new(CloudFrontPurger::start(
            &self.context,
            &config.distribution,
            clock,
            entropy,
        ))
    }

    pub(super) fn password(&self, config: &CatalogConfig) -> Arc<dyn PasswordSource> {
        Arc::new(SecretPassword {
            secrets: SecretsManager::new(&self.context),
            name: config.password_secret.clone(),
        })
    }

    /// Makes buckets, queues and a topic whose names begin with `prefix`; the variables that name them.
    pub(super) async fn provision(
        &self,
        prefix: &str,
        public_url: &str,
        allow_remote: bool,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        let wanted = Provision {
            prefix: prefix.to_owned(),
            public_url: public_url.to_owned(),
            allow_remote,
        };
        Ok(provision(&self.context, &wanted).await?.environment())
    }
}

#[async_trait]
impl Edge for CloudFrontPurger {
    async fn told(&self) {
        self.flush().await;
    }
}

/// The catalog's password, in Secrets Manager: read each time it is asked for, which is when the server refuses the last one.
struct SecretPassword {
    secrets: SecretsManager,
    name: String,
}

#[async_trait]
impl PasswordSource for SecretPassword {
    async fn secret(&self) -> Result<SecretString, PortError> {
        self.secrets.secret(&self.name).await
    }
}
