//! What a whole list of options asks for: a picture, and on which terms it is answered.

use domain::{FileName, PresetName};

use crate::{Options, canonical::Text, names::OptionName};

/// The options of one URL.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is to be shown.
    pub target: Target,
    /// How it is to be answered.
    pub terms: Terms,
    /// Whether there is a signature, which the caller must check.
    pub signed: bool,
}

/// What a URL shows of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A picture made to these options.
    Options(Options),
    /// A picture made to the options that this preset stands for.
    Preset(PresetName),
    /// The file as it was uploaded.
    Original,
}

/// What changes the answer and not the picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The content version that the page was written for.
    pub version: Option<u32>,
    /// When the URL ends, in seconds since 1970. Never without a signature.
    pub expires_at_s: Option<u32>,
    /// Whether the picture is to be saved rather than shown, and under which name.
    pub download: Option<Download>,
    /// Whether an answer without a picture is to be a small, blurred one.
    pub placeholder_on_error: bool,
    /// Whether the alternative text is to stand in a header.
    pub alt_text: bool,
}

/// Under which name a picture is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// The one at the end of the URL.
    Named,
    /// This one.
    As(FileName),
}

impl Request {
    /// The one text of these options, without the signature: sorted, short names, no defaults.
    pub fn canonical(&self) -> String {
        let target = match &self.target {
            Target::Options(options) => options.canonical(),
            Target::Preset(name) => format!("{}={name}", OptionName::Preset.short()),
            Target::Original => OptionName::Original.short().to_owned(),
        };
        let mut terms = Text::default();
        terms.put(OptionName::AltText, self.terms.alt_text.then_some(true));
        terms.put(
            OptionName::Download,
            self.terms.download.as_ref().map(|download| match download {
                Download::Named => "true",
                Download::As(name) => name.as_str(),
            }),
        );
        terms.put(OptionName::Expiry, self.terms.expires_at_s);
        terms.put(
            OptionName::OnError,
            self.terms.placeholder_on_error.then_some("placeholder"),
        );
        terms.put(OptionName::Version, self.terms.version);
        let mut pairs: Vec<_> = target
            .split(',')
            .chain(terms.as_str().split(','))
            .filter(|pair| !pair.is_empty())
            .collect();
        pairs.sort_unstable();
        pairs.join(",")
    }
}
