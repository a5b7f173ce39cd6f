//! Text that people type or that files bring along, checked once where it comes in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text was refused; reads after the field's name: "title must not …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space where something is needed.
    #[error("must not be empty")]
    Empty,
    /// More characters than the limit.
    #[error("must be at most {max_chars} characters long, and has {chars}")]
    TooLong {
        /// How many characters the text has.
        chars: usize,
        /// How many it may have.
        max_chars: usize,
    },
    /// A control character, which no reader could see.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A file name that names a folder as well.
    #[error("must be a plain file name: without '/' or '\\', and not '.' or '..'")]
    Path,
    /// Not of the form `somebody@example.org`.
    #[error("must be an e-mail address such as somebody@example.org")]
    NotAnEmailAddress,
}

fn checked(text: &str, max_chars: usize, line_breaks: bool) -> Result<String, TextError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars > max_chars {
        return Err(TextError::TooLong { chars, max_chars });
    }
    if text
        .chars()
        .any(|c| c.is_control() && !(line_breaks && matches!(c, '\n' | '\r' | '\t')))
    {
        return Err(TextError::ControlCharacter);
    }
    Ok(text.to_owned())
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $parse:expr);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What was stored: it was checked when it came in.
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let parse: fn(&str) -> Result<String, TextError> = $parse;
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// An image's title: one line, at most 300 characters, may be empty.
    Title, |text| checked(text, 300, false);
    /// What a picture shows, for those who cannot see it: at most 2,000 characters, may be empty.
    AltText, |text| checked(text, 2_000, true);
    /// The name a file was uploaded under: at most 255 characters, never a path.
    FileName, |text| {
        let name = checked(text, 255, false)?;
        match name.as_str() {
            "" => Err(TextError::Empty),
            "." | ".." => Err(TextError::Path),
            name if name.contains(['/', '\\']) => Err(TextError::Path),
            _ => Ok(name),
        }
    };
    /// An e-mail address, in lower case: addresses that differ in case alone are one account.
    EmailAddress, |text| {
        let address = checked(text, 254, false)?.to_lowercase();
        match address.split_once('@') {
            Some((local, host))
                if !local.is_empty() && host.contains('.') | (host == "localhost")
                    && !host.starts_with('.') && !host.ends_with('.')
                    && !host.contains('@') && !address.contains(char::is_whitespace) => Ok(address),
            _ => Err(TextError::NotAnEmailAddress),
        }
    };
}

/// Titles begin empty.
impl Default for Title {
    fn default() -> Self {
        Self(String::new())
    }
}

/// Alternative texts begin empty.
impl Default for AltText {
    fn default() -> Self {
        Self(String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_never_a_path() {
        for name in ["../etc/passwd", "a/b.jpg", "a\\b.jpg", "..", "."] {
            assert_eq!(name.parse::<FileName>(), Err(TextError::Path), "{name}");
        }
        assert_eq!("a\0b".parse::<FileName>(), Err(TextError::ControlCharacter));
        assert_eq!(" ".parse::<FileName>(), Err(TextError::Empty));
        assert_eq!(
            "Ein Foto (1).jpg".parse::<FileName>().unwrap().as_str(),
            "Ein Foto (1).jpg"
        );
    }

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(
            "Ada@Example.ORG".parse::<EmailAddress>().unwrap().as_str(),
            "ada@example.org"
        );
        for wrong in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@.org",
            "a b@example.org",
            "a@b@example.org",
        ] {
            assert_eq!(
                wrong.parse::<EmailAddress>(),
                Err(TextError::NotAnEmailAddress),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        assert!("ü".repeat(300).parse::<Title>().is_ok());
        assert_eq!(
            "ü".repeat(301).parse::<Title>(),
            Err(TextError::TooLong {
                chars: 301,
                max_chars: 300
            })
        );
    }
}
