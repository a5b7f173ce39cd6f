//! Presets: options, or a watermark, that have a name.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Watermark;

/// The most presets that a library keeps: delivery holds all of them in memory, and people read them as one list.
pub const MAX_PRESETS: u32 = 500;

/// The longest name of a preset.
const MAX_CHARS: usize = 32;

/// What a preset is called in URLs: 1 to 32 of a-z, 0-9, - and _.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PresetName(String);

/// The text is no name of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 of a-z, 0-9, - and _, such as card or product-large")]
pub struct InvalidPresetName;

impl PresetName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PresetName {
    type Err = InvalidPresetName;

    fn from_str(text: &str) -> Result<Self, InvalidPresetName> {
        let letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let fits = (1..=MAX_CHARS).contains(&text.len()) && text.bytes().all(letter);
        fits.then(|| Self(text.to_owned())).ok_or(InvalidPresetName)
    }
}

impl TryFrom<String> for PresetName {
    type Error = InvalidPresetName;

    fn try_from(text: String) -> Result<Self, InvalidPresetName> {
        text.parse()
    }
}

impl From<PresetName> for String {
    fn from(name: PresetName) -> Self {
        name.0
    }
}

impl fmt::Display for PresetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A preset, as the library keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// What it is called in URLs.
    pub name: PresetName,
    /// Goes up by one with every change, from 1.
    pub version: u64,
    /// What it stands for.
    pub meaning: PresetMeaning,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a preset stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresetMeaning {
    /// Options of delivery, for `p=`, in their canonical form: `fit=cover,g=auto,h=300,w=400`.
    Options(String),
    /// A picture that is laid on others, for `wm=`.
    Watermark(Watermark),
}

impl PresetMeaning {
    /// The options, if it stands for options.
    pub fn options(&self) -> Option<&str> {
        match self {
            Self::Options(options) => Some(options),
            Self::Watermark(_) => None,
        }
    }

    /// The watermark, if it stands for one.
    pub const fn watermark(&self) -> Option<Watermark> {
        match self {
            Self::Options(_) => None,
            Self::Watermark(watermark) => Some(*watermark),
        }
    }
}

/// All presets, in the one object that delivery reads. Fields are only ever added, and then optional: peers of the release
/// before read it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedPresets {
    /// Of the shape; 1.
    pub v: u32,
    /// The presets, in the order of their names.
    #[serde(deserialize_with = "those_that_can_be_read")]
    pub presets: Vec<PublishedPreset>,
}

/// A preset in the published object: with its options or its watermark. One with neither comes from a later release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedPreset {
    /// What it is called.
    pub name: PresetName,
    /// The options that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// The watermark that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
}

impl PublishedPresets {
    /// The object for these presets.
    pub fn of(presets: &[Preset]) -> Self {
        let publish = |preset: &Preset| PublishedPreset {
            name: preset.name.clone(),
            options: preset.meaning.options().map(str::to_owned),
            watermark: preset.meaning.watermark(),
        };
        Self {
            v: 1,
            presets: presets.iter().map(publish).collect(),
        }
    }
}

/// A preset that only a later release can read must not hide all the others.
fn those_that_can_be_read<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PublishedPreset>, D::Error> {
    let presets = Vec::<serde_json::Value>::deserialize(deserializer)?;
    let read = |preset| serde_json::from_value(preset).ok();
    Ok(presets.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageId, Part, WatermarkGravity};

    #[test]
    fn a_name_stands_in_a_url_as_it_is() {
        for name in ["card", "a", "product-large_2", &"x".repeat(32)] {
            assert_eq!(name.parse::<PresetName>().unwrap().as_str(), name);
        }
        for wrong in ["", "Card", "a b", "a,b", "a/b", "ä", &"x".repeat(33)] {
            assert_eq!(wrong.parse::<PresetName>(), Err(InvalidPresetName), "{wrong}");
        }
    }

    fn preset(name: &str, meaning: PresetMeaning) -> Preset {
        Preset {
            name: name.parse().unwrap(),
            version: 1,
            meaning,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn published_presets_survive_their_travel() {
        let image_id = ImageId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let watermark = Watermark {
            image_id,
            gravity: WatermarkGravity::BottomRight,
            scale: Part::near(0.2).unwrap(),
            margin: Part::near(0.03).unwrap(),
            opacity: Part::near(1.0).unwrap(),
        };
        let published = PublishedPresets::of(&[
            preset("card", PresetMeaning::Options("h=300,w=400".into())),
            preset("logo", PresetMeaning::Watermark(watermark)),
        ]);
        let text = serde_json::to_string(&published).unwrap();
        let expected = format!(
            "{{\"v\":1,\"presets\":[{{\"name\":\"card\",\"options\":\"h=300,w=400\"}},{{\"name\":\"logo\",\"watermark\":\
             {{\"image_id\":\"{image_id}\",\"gravity\":\"bottom-right\",\"scale\":0.2,\"margin\":0.03,\"opacity\":1.0}}}}]}}"
        );
        assert_eq!(text, expected);
        assert_eq!(
            serde_json::from_str::<PublishedPresets>(&text).unwrap(),
            published
        );
    }

    #[test]
    fn a_preset_of_a_later_release_does_not_hide_the_others() {
        let text = r#"{"v":1,"by":"x","presets":[{"name":"Later!"},{"name":"card","options":"w=4","why":1},
            {"name":"logo","watermark":{"gravity":"spiral"}}]}"#;
        let read: PublishedPresets = serde_json::from_str(text).unwrap();
        assert_eq!(read.presets.len(), 1);
        assert_eq!(read.presets[0].options.as_deref(), Some("w=4"));
    }
}
