//! `tintype setup-link`, and the same link where a start or a migration finds no administrator.

use std::net::SocketAddr;

use anyhow::ensure;
use embedded::SystemEntropy;
use ports::Catalog;
use runtime::Config;
use tintype_api::new_token;

use crate::{compose::open_catalog, output::say};

pub(crate) async fn setup_link(config: &Config) -> anyhow::Result<()> {
    let catalog = open_catalog(config).await?;
    ensure!(
        !catalog.has_admin().await?,
        "there is an administrator already, who can add others; 'tintype user add --role admin' adds one, too"
    );
    offer_setup(&*catalog, &base_url(&config.public_url, config.listen)).await
}

/// Prints the link that makes the first administrator: a new one each time, until there is one. It replaces those before.
pub(super) async fn offer_setup(catalog: &dyn Catalog, base_url: &str) -> anyhow::Result<()> {
    if catalog.has_admin().await? {
        return Ok(());
    }
    let token = new_token(&SystemEntropy);
    catalog.replace_setup_token(&token.hash).await?;
    say(&format!(
        "Make the first administrator (this link works once): {base_url}/setup?token={}",
        token.text
    ))
}

/// Where people find it: as configured, else as they reach it from this machine.
pub(super) fn base_url(public_url: &str, address: SocketAddr) -> String {
    if !public_url.is_empty() {
        return public_url.trim_end_matches('/').to_owned();
    }
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
