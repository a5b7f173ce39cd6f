//! `tintype redrive`.

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
    for id in &redriven {
        say(&format!("redriven {id}"))?;
    }
    let missing: Vec<String> = ids
        .iter()
        .filter(|id| !redriven.contains(id))
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
