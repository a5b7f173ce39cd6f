//! The names of the grammar, and the nearest to a typo.

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptionName {
    Width,
    Height,
    AspectRatio,
    Dpr,
    Fit,
    Gravity,
    Trim,
    Rotate,
    Flip,
    Background,
    Border,
    Blur,
    Sharpen,
    Brightness,
    Contrast,
    Gamma,
    Saturation,
    Format,
    Quality,
    Effort,
    MaxBytes,
    Metadata,
    ColourSpace,
    Animate,
    Page,
    Watermark,
    Preset,
    Original,
    Version,
    Download,
    OnError,
    AltText,
    Expiry,
    KeyId,
    Signature,
}

/// What a text before an equals sign turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Known(OptionName),
    Unknown { nearest: Option<&'static str> },
}

impl OptionName {
    /// Every option, in the order in which they are named to people.
    pub(crate) const ALL: [Self; 35] = [
        Self::Width,
        Self::Height,
        Self::AspectRatio,
        Self::Dpr,
        Self::Fit,
        Self::Gravity,
        Self::Trim,
        Self::Rotate,
        Self::Flip,
        Self::Background,
        Self::Border,
        Self::Blur,
        Self::Sharpen,
        Self::Brightness,
        Self::Contrast,
        Self::Gamma,
        Self::Saturation,
        Self::Format,
        Self::Quality,
        Self::Effort,
        Self::MaxBytes,
        Self::Metadata,
        Self::ColourSpace,
        Self::Animate,
        Self::Page,
        Self::Watermark,
        Self::Preset,
        Self::Original,
        Self::Version,
        Self::Download,
        Self::OnError,
        Self::AltText,
        Self::Expiry,
        Self::KeyId,
        Self::Signature,
    ];

    /// The name in the canonical form.
    pub(crate) const fn short(self) -> &'static str {
        match self {
            Self::Width => "w",
            Self::Height => "h",
            Self::AspectRatio => "ar",
            Self::Dpr => "dpr",
            Self::Fit => "fit",
            Self::Gravity => "g",
            Self::Trim => "trim",
            Self::Rotate => "rotate",
            Self::Flip => "flip",
            Self::Background => "bg",
            Self::Border => "border",
            Self::Blur => "blur",
            Self::Sharpen => "sharpen",
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::Gamma => "gamma",
            Self::Saturation => "saturation",
            Self::Format => "f",
            Self::Quality => "q",
            Self::Effort => "effort",
            Self::MaxBytes => "mb",
            Self::Metadata => "metadata",
            Self::ColourSpace => "cs",
            Self::Animate => "anim",
            Self::Page => "page",
            Self::Watermark => "wm",
            Self::Preset => "p",
            Self::Original => "original",
            Self::Version => "v",
            Self::Download => "dl",
            Self::OnError => "onerror",
            Self::AltText => "alt",
            Self::Expiry => "exp",
            Self::KeyId => "kid",
            Self::Signature => "sig",
        }
    }

    /// The name in words; the short one where there is no other.
    pub(crate) const fn long(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Height => "height",
            Self::Gravity => "gravity",
            Self::Background => "background",
            Self::Format => "format",
            Self::Quality => "quality",
            Self::Preset => "preset",
            short => short.short(),
        }
    }

    /// Whether it decides what is seen, and so may not stand beside what decides all of it.
    pub(crate) const fn decides_the_picture(self) -> bool {
        !matches!(
            self,
            Self::Version
                | Self::Download
                | Self::OnError
                | Self::AltText
                | Self::Expiry
                | Self::KeyId
                | Self::Signature
        )
    }

    pub(crate) fn look_up(text: &str) -> Lookup {
        if let Some(name) = Self::ALL
            .into_iter()
            .find(|name| name.short() == text || name.long() == text)
        {
            Lookup::Known(name)
        } else {
            Lookup::Unknown {
                nearest: nearest(text, Self::ALL.into_iter().map(Self::long)),
            }
        }
    }

    /// Every name, as a problem lists them.
    pub(crate) fn list() -> String {
        let names: Vec<_> = Self::ALL
            .into_iter()
            .map(|name| {
                if name.short() == name.long() {
                    name.short().to_owned()
                } else {
                    format!("{} ({})", name.long(), name.short())
                }
            })
            .collect();
        names.join(", ")
    }
}

/// The candidate that `text` was probably meant to be: at most two slips away, and fewer than half of its letters.
pub(crate) fn nearest(
    text: &str,
    candidates: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    let text = text.trim().to_ascii_lowercase();
    // The distance costs length × length: nothing long is near to names of eleven letters at most.
    if text.len() > 16 {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (slips(&text, candidate), candidate))
        .filter(|(slips, candidate)| *slips <= 2 && slips * 2 < candidate.len())
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// How many letters were added, lost, changed or swapped with their neighbour (optimal string alignment distance).
fn slips(left: &str, right: &str) -> usize {
    let (left, right): (Vec<_>, Vec<_>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut next = vec![i];
        for j in 1..=right.len() {
            let changed = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + changed);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_name_that_was_meant() {
        for (typo, meant) in [
            ("wdith", "width"),
            ("widht", "width"),
            ("Width", "width"),
            ("heigth", "height"),
            ("fromat", "format"),
            ("qualitiy", "quality"),
            ("gravty", "gravity"),
            ("backround", "background"),
            ("sharp", "sharpen"),
            ("brigthness", "brightness"),
            ("meta-data", "metadata"),
        ] {
            assert_eq!(
                OptionName::look_up(typo),
                Lookup::Unknown { nearest: Some(meant) },
                "{typo}"
            );
        }
    }

    #[test]
    fn what_is_near_to_nothing_finds_nothing() {
        for text in ["", "x", "colour", "äöü", &"w".repeat(10_000)] {
            assert_eq!(
                OptionName::look_up(text),
                Lookup::Unknown { nearest: None },
                "{text:.20}"
            );
        }
    }
}
