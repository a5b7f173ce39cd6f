//! Presets: options that have a name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_a_url_as_it_is() {
        for name in ["card", "a", "product-large_2", &"x".repeat(32)] {
            assert_eq!(name.parse::<PresetName>().unwrap().as_str(), name);
        }
        for wrong in ["", "Card", "a b", "a,b", "a/b", "ä", &"x".repeat(33)] {
            assert_eq!(wrong.parse::<PresetName>(), Err(InvalidPresetName), "{wrong}");
        }
    }
}
