//! In place of the adapters on AWS, in a build without the Cargo feature `aws`: what names one is refused.

use std::sync::Arc;

use anyhow::bail;
use catalog::PasswordSource;
use ports::{BlobStore, Clock, DirectUploads, Entropy, Notifier, Queue};
use runtime::{BlobsConfig, CatalogConfig, EdgeConfig, EventsConfig, QueueConfig};

use super::edge::Edge;

#[derive(Default)]
pub(super) struct LazyCloud;

impl LazyCloud {
    pub(super) async fn open(&self, key: &str) -> anyhow::Result<&Cloud> {
        bail!(
            "{key}: this build has no adapters for AWS; build Tintype with its default features, as the images are"
        )
    }
}

/// There is none.
pub(super) enum Cloud {}

impl Cloud {
    pub(super) fn buckets(
        &self,
        _: &BlobsConfig,
        _: Arc<dyn Clock>,
    ) -> anyhow::Result<(Arc<dyn BlobStore>, Arc<dyn DirectUploads>)> {
        match *self {}
    }

    pub(super) fn queue(&self, _: &QueueConfig) -> Arc<dyn Queue> {
        match *self {}
    }

    pub(super) fn notifier(&self, _: &EventsConfig) -> Arc<dyn Notifier> {
        match *self {}
    }

    pub(super) fn edge(&self, _: &EdgeConfig, _: Arc<dyn Clock>, _: Arc<dyn Entropy>) -> Arc<dyn Edge> {
        match *self {}
    }

    pub(super) fn password(&self, _: &CatalogConfig) -> Arc<dyn PasswordSource> {
        match *self {}
    }

    pub(super) async fn provision(
        &self,
        _: &str,
        _: &str,
        _: bool,
    ) -> anyhow::Result<Vec<(&'static str, String)>> {
        match *self {}
    }
}
