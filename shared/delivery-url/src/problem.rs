//! What is wrong with an option, in words that let a person mend it.

use std::{fmt, ops::Range};

use crate::names::OptionName;

/// The longest part of a caller's text that is repeated to them.
const MAX_QUOTED_CHARS: usize = 40;

/// The text is not a list of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOption {
    /// The option, or the value where it is about the value, as it was written.
    pub(crate) text: String,
    /// Where `text` stands among the options, in bytes.
    pub(crate) span: Range<usize>,
    /// What is wrong with it.
    pub(crate) fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing between two commas.
    Empty,
    /// No equals sign.
    NotAPair,
    /// No such name.
    Unknown { nearest: Option<&'static str> },
    /// The same option once more; the other one's name and place.
    Repeated { first: String, first_at: usize },
    /// A value that this option does not take.
    Value {
        name: String,
        expected: String,
        nearest: Option<&'static str>,
    },
    /// An option of the picture beside a preset or the original, which decide all of it.
    Beside { whole: &'static str },
    /// `kid` without `sig`: somebody cut the signature off.
    KeyWithoutSignature,
    /// `exp` without `sig`: whoever may change a URL may change its end.
    ExpiryWithoutSignature,
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept: String = self.0.chars().take(MAX_QUOTED_CHARS).collect();
        let ellipsis = if kept.len() < self.0.len() { "…" } else { "" };
        write!(f, "{:?}{ellipsis}", kept)
    }
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Quoted(&self.text);
        // People count from one.
        let at = self.span.start + 1;
        match &self.fault {
            Fault::Empty => write!(
                f,
                "There is nothing before or after the comma at position {at}: options are name=value, with one \
                 comma between two of them."
            ),
            Fault::NotAPair => write!(
                f,
                "{text} at position {at} is not an option: options are name=value, such as w=800. Known are {}.",
                OptionName::list()
            ),
            Fault::Unknown { nearest } => {
                write!(f, "The option {text} at position {at} is not known.")?;
                if let Some(nearest) = nearest {
                    write!(f, " Did you mean {nearest:?}?")?;
                }
                write!(f, " Known are {}.", OptionName::list())
            }
            Fault::Repeated { first, first_at } => write!(
                f,
                "The option {text} at position {at} repeats {first:?} at position {}: give it once.",
                first_at + 1
            ),
            Fault::Value { name, expected, .. } if self.text.is_empty() => {
                write!(
                    f,
                    "The option {name:?} has no value at position {at}: expected {expected}."
                )
            }
            Fault::Value {
                name,
                expected,
                nearest,
            } => {
                write!(
                    f,
                    "The option {name:?} cannot be {text} (position {at}): expected {expected}."
                )?;
                match nearest {
                    Some(nearest) => write!(f, " Did you mean {nearest:?}?"),
                    None => Ok(()),
                }
            }
            Fault::Beside { whole } => write!(
                f,
                "The option {text} at position {at} cannot stand beside {whole:?}, which decides the whole picture: leave \
                 one of them out."
            ),
            Fault::KeyWithoutSignature => write!(
                f,
                "The option {text} at position {at} names the key of a signature, but there is no \"sig\": sign the \
                 URL again, or leave \"kid\" out."
            ),
            Fault::ExpiryWithoutSignature => write!(
                f,
                "The option {text} at position {at} ends the URL, but there is no \"sig\", so that anyone could change it: \
                 sign the URL with it, or leave it out."
            ),
        }
    }
}

impl std::error::Error for InvalidOption {}
