//! Storing and removing presets: for the routes, and for `tintype preset`.

use domain::{ImageId, Job, MAX_PRESETS, OutboxMessage, Preset, PresetMeaning, PresetName, Watermark};
use ports::{Catalog, Clock, Entropy, PortError, PresetStored, job_message};

use super::rules::{OptionsRefused, canonical_options, uses_watermark};

/// How often a change is tried against others before it is given up: each round means that another one succeeded.
const MAX_ATTEMPTS: u32 = 16;

/// What a preset is to stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// Options, as somebody wrote them.
    Options(String),
    /// A watermark.
    Watermark(Watermark),
}

/// The preset was not stored, or not removed.
#[derive(Debug, thiserror::Error)]
pub enum PresetRefused {
    /// It cannot stand for these options.
    #[error(transparent)]
    Options(#[from] OptionsRefused),
    /// Its image cannot be laid on others. Reads after the field's name.
    #[error("must be the id of an image that is ready and not in the trash, and {0} is none")]
    Image(ImageId),
    /// Somebody else was faster.
    #[error("Somebody else changed this preset meanwhile: {}. Look at it again.", now_at(.now))]
    Changed {
        /// The version that it has; none where it is gone.
        now: Option<u64>,
    },
    /// Other presets need it.
    #[error("The watermark {name} is laid on the pictures of {users}: change those presets first.")]
    InUse {
        /// Which one.
        name: PresetName,
        /// Who needs it.
        users: String,
    },
    /// There is no room for a new one.
    #[error("There are {MAX_PRESETS} presets, which is as many as there may be: remove one first.")]
    Full,
    /// The catalog failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

fn now_at(version: &Option<u64>) -> String {
    match version {
        Some(version) => format!("it is at version {version} now"),
        None => "it is gone".to_owned(),
    }
}

/// Stores the draft under the name, with the job that tells delivery, if the preset has the version `expected` (0 where
/// there must be none). What is there already is not stored again.
///
/// # Errors
/// As [`PresetRefused`] says.
pub async fn put_preset(
    catalog: &dyn Catalog,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    name: &PresetName,
    draft: &Draft,
    expected: Option<u64>,
) -> Result<Preset, PresetRefused> {
    for _ in 0..MAX_ATTEMPTS {
        let presets = catalog.presets().await?;
        let present = presets.iter().find(|preset| preset.name == *name);
        let version = present.map_or(0, |preset| preset.version);
        if expected.is_some_and(|expected| expected != version) {
            let now = present.map(|preset| preset.version);
            return Err(PresetRefused::Changed { now });
        }
        let meaning = meaning(catalog, name, draft, &presets).await?;
        if let Some(present) = present.filter(|present| present.meaning == meaning) {
            return Ok(present.clone());
        }
        let preset = Preset {
            name: name.clone(),
            version: version + 1,
            meaning,
            updated_at: clock.now(),
        };
        let publish = publish(clock, entropy);
        match catalog.store_preset(&preset, MAX_PRESETS, &[publish]).await? {
            PresetStored::Yes => return Ok(preset),
            PresetStored::Full => return Err(PresetRefused::Full),
            PresetStored::Conflict => {}
        }
    }
    Err(PortError::unavailable("the preset")("others kept changing it").into())
}

/// Removes a preset that no other one needs, with the job that tells delivery. False where there is none.
///
/// # Errors
/// As [`PresetRefused`] says.
pub async fn remove_preset(
    catalog: &dyn Catalog,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    name: &PresetName,
) -> Result<bool, PresetRefused> {
    // Whoever begins to use it in this instant is told by delivery that it is gone.
    check_unused(name, &catalog.presets().await?)?;
    let publish = publish(clock, entropy);
    Ok(catalog.remove_preset(name, &[publish]).await?)
}

fn publish(clock: &dyn Clock, entropy: &dyn Entropy) -> OutboxMessage {
    job_message(clock, entropy, Job::PublishPresets)
}

async fn meaning(
    catalog: &dyn Catalog,
    name: &PresetName,
    draft: &Draft,
    presets: &[Preset],
) -> Result<PresetMeaning, PresetRefused> {
    match draft {
        Draft::Options(text) => {
            check_unused(name, presets)?;
            let canonical = canonical_options(text, presets)?;
            if uses_watermark(&canonical, name) {
                // It would be no watermark any more.
                return Err(OptionsRefused::NoWatermark(name.clone()).into());
            }
            Ok(PresetMeaning::Options(canonical))
        }
        Draft::Watermark(watermark) => {
            let image = catalog.image(watermark.image_id).await?;
            if image.is_some_and(|image| image.is_deliverable()) {
                Ok(PresetMeaning::Watermark(*watermark))
            } else {
                Err(PresetRefused::Image(watermark.image_id))
            }
        }
    }
}

/// Refuses to take a watermark away from the presets that lay it on their pictures.
fn check_unused(name: &PresetName, presets: &[Preset]) -> Result<(), PresetRefused> {
    let users: Vec<&str> = presets
        .iter()
        .filter(|preset| {
            preset
                .meaning
                .options()
                .is_some_and(|options| uses_watermark(options, name))
        })
        .map(|preset| preset.name.as_str())
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    Err(PresetRefused::InUse {
        name: name.clone(),
        users: users.join(", "),
    })
}
