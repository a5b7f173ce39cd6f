//! Paths of this site that come from outside, in `next`: where to go on after signing in.

use serde::{Deserialize, Deserializer};

/// A path with its query, on this site and no other. What is not one becomes `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

impl LocalPath {
    /// `text` where it is a local path, `/` where it is not.
    pub fn new(text: &str) -> Self {
        // Browsers read `\` as `/` and drop tabs and line breaks (WHATWG URL): "/\t/evil.example" leaves the site.
        let local = text.starts_with('/')
            && !text.starts_with("//")
            && !text.contains(|c: char| c == '\\' || c.is_control() || !c.is_ascii())
            && text.len() <= 2_000;
        Self(if local { text.to_owned() } else { "/".to_owned() })
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LocalPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl<'de> Deserialize<'de> for LocalPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for local in [
            "/",
            "/trash",
            "/images/1?x=2&next=//evil.example",
            "/?cursor=a%2Fb",
        ] {
            assert_eq!(LocalPath::new(local).as_str(), local);
        }
        for foreign in [
            "",
            "trash",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
        ] {
            assert_eq!(LocalPath::new(foreign).as_str(), "/", "{foreign:?}");
        }
    }
}
