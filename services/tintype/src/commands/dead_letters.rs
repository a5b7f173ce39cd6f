//! `tintype redrive` and `tintype dismiss`.

use anyhow::bail;
use domain::{Job, JobId};
use runtime::Config;

use crate::{compose::Adapters, output::say};

/// How many the list has; with so many dead letters it is not their ids that matter.
const LIST: u32 = 1_000;

pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    let catalog = Adapters::open(config).await?.catalog;
    let letters = catalog.dead_letters(LIST).await?;
    for letter in &letters {
        let image = Job::try_from(&letter.envelope)
            .ok()
            .and_then(|job| job.image_id());
        say(&format!(
            "{}\t{}\t{}\t{}\t{} attempts\t{}",
            letter.envelope.id,
            letter.died_at.strftime("%FT%TZ"),
            letter.envelope.kind,
            image.map_or_else(|| "-".to_owned(), |image| image.to_string()),
            letter.attempts,
            letter.reason
        ))?;
    }
    let more = catalog
        .count_dead_letters()
        .await?
        .saturating_sub(letters.len() as u64);
    if more > 0 {
        say(&format!("and {more} older ones"))?;
    }
    Ok(())
}

pub(crate) async fn redrive(config: &Config, ids: &[JobId]) -> anyhow::Result<()> {
    let Adapters {
        catalog,
        queue,
        clock,
        entropy,
        ..
    } = Adapters::open(config).await?;
    let redriven = tintype_api::redrive(&*catalog, &*queue, &*clock, &*entropy, ids).await?;
    tell("redriven", ids, &redriven)
}

pub(crate) async fn dismiss(config: &Config, ids: &[JobId]) -> anyhow::Result<()> {
    let Adapters { catalog, queue, .. } = Adapters::open(config).await?;
    let dismissed = tintype_api::dismiss(&*catalog, &*queue, None, ids).await?;
    tell("dismissed", ids, &dismissed)
}

pub(crate) async fn dismiss_all(config: &Config) -> anyhow::Result<()> {
    let Adapters {
        catalog,
        queue,
        clock,
        ..
    } = Adapters::open(config).await?;
    let dismissed = tintype_api::dismiss_all(&*catalog, &*queue, &*clock, None, usize::MAX).await?;
    say(&format!("dismissed {}", dismissed.len()))
}

/// What was done with which of them; those that were not found are an error.
fn tell(done: &str, ids: &[JobId], found: &[JobId]) -> anyhow::Result<()> {
    for id in found {
        say(&format!("{done} {id}"))?;
    }
    let missing: Vec<String> = ids
        .iter()
        .filter(|id| !found.contains(id))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() {
        bail!("no dead letters: {}; see 'tintype redrive'", missing.join(", "));
    }
    Ok(())
}

pub(crate) async fn redrive_all(config: &Config) -> anyhow::Result<()> {
    let Adapters {
        catalog,
        queue,
        clock,
        entropy,
        ..
    } = Adapters::open(config).await?;
    let redriven = tintype_api::redrive_all(&*catalog, &*queue, &*clock, &*entropy, usize::MAX).await?;
    say(&format!("redriven {}", redriven.len()))
}
