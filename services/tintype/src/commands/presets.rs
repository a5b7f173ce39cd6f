//! `tintype preset list`, `set` and `remove`.

use anyhow::{Context, ensure};
use domain::{PresetMeaning, PresetName, Watermark};
use embedded::{SystemClock, SystemEntropy};
use runtime::Config;
use tintype_api::{Draft, put_preset, remove_preset};

use crate::{compose::open_catalog, output::say};

pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    for preset in open_catalog(config).await?.presets().await? {
        say(&format!("{}\t{}", preset.name, words(&preset.meaning)))?;
    }
    Ok(())
}

pub(crate) async fn set(config: &Config, name: &str, options: &str) -> anyhow::Result<()> {
    let name: PresetName = name.parse().with_context(|| format!("{name:?}"))?;
    let draft = Draft::Options(options.to_owned());
    let catalog = open_catalog(config).await?;
    let preset = put_preset(&*catalog, &SystemClock, &SystemEntropy, &name, &draft, None).await?;
    say(&format!("{}\t{}", preset.name, words(&preset.meaning)))
}

pub(crate) async fn remove(config: &Config, name: &str) -> anyhow::Result<()> {
    let name: PresetName = name.parse().with_context(|| format!("{name:?}"))?;
    let catalog = open_catalog(config).await?;
    let removed = remove_preset(&*catalog, &SystemClock, &SystemEntropy, &name).await?;
    ensure!(removed, "there is no preset {name}: see 'tintype preset list'");
    say(&format!("removed {name}"))
}

fn words(meaning: &PresetMeaning) -> String {
    match meaning {
        PresetMeaning::Options(options) => options.clone(),
        PresetMeaning::Watermark(Watermark {
            image_id,
            gravity,
            scale,
            margin,
            opacity,
        }) => format!(
            "watermark image={image_id} gravity={gravity} scale={scale} margin={margin} opacity={opacity}"
        ),
    }
}
