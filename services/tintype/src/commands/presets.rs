//! `tintype preset list`, `set` and `remove`.

use anyhow::{Context, ensure};
use domain::{PresetMeaning, PresetName, Watermark};
use runtime::Config;
use tintype_api::{Draft, put_preset, remove_preset};

use crate::{compose::Adapters, output::say};

pub(crate) async fn list(config: &Config) -> anyhow::Result<()> {
    for preset in Adapters::open(config).await?.catalog.presets().await? {
        say(&format!("{}\t{}", preset.name, words(&preset.meaning)))?;
    }
    Ok(())
}

pub(crate) async fn set(config: &Config, name: &str, options: &str) -> anyhow::Result<()> {
    let name: PresetName = name.parse().with_context(|| format!("{name:?}"))?;
    let draft = Draft::Options(options.to_owned());
    let adapters = Adapters::open(config).await?;
    let (clock, entropy) = (&*adapters.clock, &*adapters.entropy);
    let preset = put_preset(&*adapters.catalog, clock, entropy, &name, &draft, None).await?;
    say(&format!("{}\t{}", preset.name, words(&preset.meaning)))
}

pub(crate) async fn remove(config: &Config, name: &str) -> anyhow::Result<()> {
    let name: PresetName = name.parse().with_context(|| format!("{name:?}"))?;
    let adapters = Adapters::open(config).await?;
    let (clock, entropy) = (&*adapters.clock, &*adapters.entropy);
    let removed = remove_preset(&*adapters.catalog, clock, entropy, &name).await?;
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
