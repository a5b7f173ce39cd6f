//! `tintype migrate`, `config` and `sweep`.

use std::time::Duration;

use runtime::{Config, LoadedConfig};

use super::{
    setup::{base_url, offer_setup},
    waiting::within,
};
use crate::{
    compose::{self, Adapters, open_catalog},
    output::say,
};

pub(crate) async fn migrate(config: &Config) -> anyhow::Result<()> {
    let at_most = Duration::from_secs(config.catalog.migrate_wait_s);
    within(at_most, "catalog.migrate_wait_s", async || {
        compose::migrate(config).await
    })
    .await?;
    let catalog = open_catalog(config).await?;
    say("the catalog has this release's schema")?;
    offer_setup(&*catalog, &base_url(&config.public_url, config.listen)).await
}

pub(crate) fn config(loaded: &LoadedConfig) -> anyhow::Result<()> {
    let width = loaded
        .effective
        .iter()
        .map(|value| value.key.len() + value.value.len() + 3)
        .max()
        .unwrap_or_default();
    for value in &loaded.effective {
        let assignment = format!("{} = {}", value.key, value.value);
        say(&format!("{assignment:width$}  # {}", value.source))?;
    }
    Ok(())
}

pub(crate) fn reference() -> anyhow::Result<()> {
    say(runtime::configuration_reference().trim_end())
}

pub(crate) async fn sweep(config: &Config, min_age: Option<Duration>) -> anyhow::Result<()> {
    let min_age = min_age.unwrap_or(Duration::from_secs(config.worker.sweep_min_age_s));
    let report = Adapters::open(config)
        .await?
        .worker(config)
        .sweep(min_age)
        .await?;
    say(&format!(
        "removed {} originals and {} derived blobs without an image, {} unfinished ones, and {} uploads",
        report.originals, report.derived, report.unfinished, report.uploads
    ))
}
