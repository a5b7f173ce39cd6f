//! The library alone: what a backup is made of, and a restore fills. No queue, and nobody who is told.

use std::sync::Arc;

use anyhow::Context;
use catalog::CatalogRows;
use domain::KeyRing;
use embedded::{SystemClock, SystemEntropy};
use ports::{BlobStore, Catalog, Clock, Entropy};
use runtime::Config;
use secrecy::ExposeSecret;

use super::{
    cloud::LazyCloud,
    keys::{KeysFile, kept_signing_keys},
    stores::{OpenBlobs, OpenCatalog, open_blobs, open_catalog},
};

/// Where the keys of signed URLs belong.
pub(crate) enum SigningKeysPlace {
    /// Into the data folder, for as long as none are configured.
    File(KeysFile),
    /// They are configured.
    Configured(KeyRing),
    /// They have to be configured, and are not yet.
    Nowhere,
}

/// Everything that a library is made of.
pub(crate) struct Library {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) rows: Arc<dyn CatalogRows>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The file of keys in the data folder; none where it is not there, or does not count.
    pub(crate) signing_keys: Option<String>,
    pub(crate) signing_keys_place: SigningKeysPlace,
    /// What it is, for people.
    pub(crate) description: String,
}

impl Library {
    /// Opens what the configuration names.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        let (cloud, clock, entropy) = (
            LazyCloud::default(),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        );
        let OpenCatalog {
            catalog,
            rows,
            sqlite,
        } = open_catalog(config, &cloud, entropy.clone()).await?;
        let OpenBlobs {
            blobs, in_a_folder, ..
        } = open_blobs(config, &cloud, clock.clone(), entropy.clone()).await?;
        let are_configured = !config.delivery.signing_keys.expose_secret().is_empty();
        let file = KeysFile::of(config);
        let signing_keys_place = match kept_signing_keys(config).context("the keys of signed URLs")? {
            Some(keys) if are_configured => SigningKeysPlace::Configured(keys),
            _ if in_a_folder => SigningKeysPlace::File(file.clone()),
            _ => SigningKeysPlace::Nowhere,
        };
        let signing_keys = match &signing_keys_place {
            SigningKeysPlace::File(_) => file.read()?,
            _ => None,
        };
        let kinds = [
            if sqlite.is_some() { "SQLite" } else { "MySQL" },
            if in_a_folder { "a folder" } else { "S3" },
        ];
        Ok(Self {
            catalog,
            rows,
            blobs,
            clock,
            entropy,
            signing_keys,
            signing_keys_place,
            description: kinds.join(", "),
        })
    }
}
