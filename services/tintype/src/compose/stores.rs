//! Which catalog and which blob store a URL of the configuration names.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use catalog::{
    CatalogRows, MysqlCatalog, MysqlDatabase, MysqlOpenError, MysqlSettings, MysqlTls, SqliteCatalog,
    SqliteDatabase,
};
use embedded::{FolderBlobStore, FolderDirectUploads, SystemEntropy};
use ports::{BlobStore, Catalog, Clock, DirectUploads, Entropy};
use runtime::{CatalogTls, Config};
use secrecy::ExposeSecret;
use telemetry::PoolUse;

use super::cloud::LazyCloud;
use crate::traced::{TracedBlobStore, TracedDirectUploads};

/// A catalog, and the SQLite file that it is in, if it is in one.
pub(super) struct OpenCatalog {
    pub(super) catalog: Arc<dyn Catalog>,
    /// The same, as plain rows.
    pub(super) rows: Arc<dyn CatalogRows>,
    pub(super) sqlite: Option<SqliteDatabase>,
}

/// A blob store.
pub(super) struct OpenBlobs {
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) direct_uploads: Arc<dyn DirectUploads>,
    pub(super) in_a_folder: bool,
}

/// The catalog at catalog.url. A SQLite file is brought to this release's schema by opening it; MySQL by [`migrate`] alone.
pub(super) async fn open_catalog(
    config: &Config,
    cloud: &LazyCloud,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<OpenCatalog> {
    if on_mysql(config) {
        let settings = mysql_settings(config, cloud).await?;
        let database = MysqlDatabase::open(settings, entropy)
            .await
            .context("catalog.url")?;
        let observed = database.clone();
        telemetry::observe_pool("mysql", move || {
            let (used, idle) = observed.connections();
            PoolUse { used, idle }
        });
        let catalog = Arc::new(MysqlCatalog::new(database));
        return Ok(OpenCatalog {
            rows: catalog.clone(),
            catalog,
            sqlite: None,
        });
    }
    let url = config.catalog.url.expose_secret();
    let path = path_of(url, "sqlite", config.data.join("tintype.sqlite"));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let database = SqliteDatabase::open(&path).await?;
    let catalog = Arc::new(SqliteCatalog::new(database.clone()));
    Ok(OpenCatalog {
        rows: catalog.clone(),
        catalog,
        sqlite: Some(database),
    })
}

/// Brings the catalog to this release's schema.
pub(super) async fn migrate(config: &Config, cloud: &LazyCloud) -> anyhow::Result<()> {
    if on_mysql(config) {
        let settings = mysql_settings(config, cloud).await?;
        return MysqlDatabase::migrate(&settings).await.context("catalog.url");
    }
    open_catalog(config, cloud, Arc::new(SystemEntropy))
        .await
        .map(drop)
}

/// Whether a start failed since the catalog's server is away, and for nothing that somebody would have to mend: then it may be tried
/// again.
pub fn is_absence(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(MysqlOpenError::is_absence)
}

fn on_mysql(config: &Config) -> bool {
    config.catalog.url.expose_secret().starts_with("mysql://")
}

async fn mysql_settings(config: &Config, cloud: &LazyCloud) -> anyhow::Result<MysqlSettings> {
    let catalog = &config.catalog;
    let password = if catalog.password_secret.is_empty() {
        None
    } else {
        Some(cloud.open("catalog.password_secret").await?.password(catalog))
    };
    Ok(MysqlSettings {
        password,
        max_connections: catalog.max_connections,
        statement_timeout: Duration::from_millis(catalog.statement_timeout_ms),
        patience: Duration::from_millis(catalog.patience_ms),
        tls: match catalog.tls {
            CatalogTls::Auto => MysqlTls::Auto,
            CatalogTls::Required => MysqlTls::Required,
            CatalogTls::Verify => MysqlTls::Verify,
            CatalogTls::Off => MysqlTls::Off,
        },
        ca_file: (!catalog.ca_file.as_os_str().is_empty()).then(|| catalog.ca_file.clone()),
        ..MysqlSettings::new(catalog.url.clone())
    })
}

/// The blob store at blobs.url.
pub(super) async fn open_blobs(
    config: &Config,
    cloud: &LazyCloud,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<OpenBlobs> {
    let url = &config.blobs.url;
    if url.starts_with("s3://") {
        let (blobs, direct_uploads) = cloud.open("blobs.url").await?.buckets(&config.blobs, clock)?;
        return Ok(OpenBlobs {
            blobs: Arc::new(TracedBlobStore::new(blobs)),
            direct_uploads: Arc::new(TracedDirectUploads::new(direct_uploads)),
            in_a_folder: false,
        });
    }
    let path = path_of(url, "file", config.data.clone());
    let store = FolderBlobStore::open(&path, entropy)
        .with_context(|| format!("cannot keep blobs in {}", path.display()))?;
    Ok(OpenBlobs {
        blobs: Arc::new(TracedBlobStore::new(Arc::new(store.clone()))),
        direct_uploads: Arc::new(TracedDirectUploads::new(Arc::new(FolderDirectUploads::new(
            store,
        )))),
        in_a_folder: true,
    })
}

/// The path of `scheme://path`; `default` where there is none. Other schemes do not come here: the configuration was checked.
fn path_of(url: &str, scheme: &str, default: PathBuf) -> PathBuf {
    url.strip_prefix(scheme)
        .and_then(|rest| rest.strip_prefix("://"))
        .filter(|path| !path.is_empty())
        .map_or(default, PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_path_and_nothing_the_folder_of_data() {
        let path = |url| path_of(url, "sqlite", "data/x".into());
        assert_eq!(path(""), PathBuf::from("data/x"));
        assert_eq!(path("sqlite://"), PathBuf::from("data/x"));
        assert_eq!(path("sqlite:///var/x"), PathBuf::from("/var/x"));
    }
}
