//! `tintype webhook add`, `list`, `test`, `enable`, `disable` and `remove`.

use anyhow::{Context, bail, ensure};
use domain::{Webhook, WebhookId, WebhookState};
use jiff::Timestamp;
use runtime::Config;
use tintype_api::{WebhookChange, add_webhook, change_webhook, try_webhook};

use crate::{compose::Adapters, output::say};

pub(crate) async fn add(config: &Config, url: &str, kinds: &[String]) -> anyhow::Result<()> {
    let adapters = Adapters::open(config).await?;
    let (clock, entropy) = (&*adapters.clock, &*adapters.entropy);
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.trim().to_owned()).collect();
    let webhook = add_webhook(&*adapters.catalog, &*adapters.poster, clock, entropy, url, &kinds)
        .await
        .context("the webhook")?;
    say(&format!("{}\t{}", webhook.id, webhook.secret.reveal()))
}

pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    let catalog = Adapters::open(config).await?.catalog;
    for webhook in catalog.webhooks().await? {
        let waiting = catalog.waiting_webhook_messages(webhook.id).await?;
        let kinds: Vec<&str> = webhook.kinds.iter().map(|kind| kind.name()).collect();
        let kinds = if kinds.is_empty() {
            "all".into()
        } else {
            kinds.join(",")
        };
        say(&format!(
            "{}\t{}\t{}\t{kinds}\t{waiting} waiting\t{}",
            webhook.id,
            webhook.state,
            webhook.url,
            fares(&webhook)
        ))?;
    }
    Ok(())
}

fn fares(webhook: &Webhook) -> String {
    let at = |at: Timestamp| at.strftime("%FT%TZ").to_string();
    let mut words = match webhook.delivered_at {
        Some(delivered) => format!("took a message at {}", at(delivered)),
        None => "took no message yet".to_owned(),
    };
    if let Some(since) = webhook.failing_since {
        words.push_str(&format!("; fails since {}", at(since)));
    }
    if let Some(error) = &webhook.last_error {
        words.push_str(": ");
        words.push_str(error);
    }
    words
}

pub(crate) async fn test(config: &Config, id: WebhookId) -> anyhow::Result<()> {
    let adapters = Adapters::open(config).await?;
    let Some(webhook) = adapters.catalog.webhook(id).await? else {
        bail!(missing(id));
    };
    let (clock, entropy) = (&*adapters.clock, &*adapters.entropy);
    let trial = try_webhook(&*adapters.poster, clock, entropy, &webhook).await;
    match (trial.reason(), &trial.answer) {
        (None, Ok(answer)) => say(&format!(
            "taken: {} after {} ms",
            answer.status, trial.duration_ms
        )),
        (reason, _) => bail!("not taken: {}", reason.unwrap_or_default()),
    }
}

pub(crate) async fn set_state(config: &Config, id: WebhookId, state: WebhookState) -> anyhow::Result<()> {
    let adapters = Adapters::open(config).await?;
    let change = WebhookChange {
        state: Some(state),
        ..WebhookChange::default()
    };
    let webhook = change_webhook(
        &*adapters.catalog,
        &*adapters.poster,
        &*adapters.clock,
        id,
        &change,
    )
    .await?;
    say(&format!("{} {}", webhook.state, webhook.id))
}

pub(crate) async fn remove(config: &Config, id: WebhookId) -> anyhow::Result<()> {
    let removed = Adapters::open(config).await?.catalog.remove_webhook(id).await?;
    ensure!(removed, missing(id));
    say(&format!("removed {id}"))
}

fn missing(id: WebhookId) -> String {
    format!("there is no webhook {id}: see 'tintype webhook list'")
}
