//! Which options a preset may stand for.

use delivery_url::{FormatChoice, InvalidOption, Request, Target, Terms};
use domain::{Preset, PresetName};

/// The longest text of options: every option with its longest value fits.
const MAX_OPTIONS_BYTES: usize = 1_000;

/// A preset cannot stand for these options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsRefused {
    /// They are none.
    #[error(transparent)]
    Invalid(#[from] InvalidOption),
    /// They are too many.
    #[error("The options have {0} bytes, and may have {MAX_OPTIONS_BYTES}.")]
    TooLong(usize),
    /// One of them belongs in the URL.
    #[error("The option {option:?} cannot stand in a preset: {reason}.")]
    NotHere {
        /// Its name in URLs.
        option: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// `wm` names nothing.
    #[error("The option \"wm\" names the preset {0}, which there is not: add it first, as a watermark.")]
    NoSuchWatermark(PresetName),
    /// `wm` names options.
    #[error(
        "The option \"wm\" names the preset {0}, which stands for options: give the name of a watermark."
    )]
    NoWatermark(PresetName),
}

/// The canonical form of options that a preset may stand for, beside the presets that there are.
pub(super) fn canonical_options(text: &str, presets: &[Preset]) -> Result<String, OptionsRefused> {
    if text.len() > MAX_OPTIONS_BYTES {
        return Err(OptionsRefused::TooLong(text.len()));
    }
    let Request {
        target,
        terms,
        signed,
    } = delivery_url::parse(text)?;
    let not_here = |option, reason| Err(OptionsRefused::NotHere { option, reason });
    let options = match target {
        Target::Options(options) => options,
        Target::Preset(_) => return not_here("p", "presets do not stand for presets"),
        Target::Original => return not_here("original", "it is a URL of its own"),
    };
    if options.format == FormatChoice::Json {
        return not_here("f=json", "a preset stands for a picture");
    }
    if let Some(option) = url_only(&terms, signed) {
        return not_here(option, "it belongs in the URL, beside \"p\"");
    }
    if let Some(name) = &options.watermark {
        match presets.iter().find(|preset| preset.name == *name) {
            None => return Err(OptionsRefused::NoSuchWatermark(name.clone())),
            Some(preset) if preset.meaning.watermark().is_none() => {
                return Err(OptionsRefused::NoWatermark(name.clone()));
            }
            Some(_) => {}
        }
    }
    Ok(options.canonical())
}

/// The name of a term that stands in the options.
const fn url_only(terms: &Terms, signed: bool) -> Option<&'static str> {
    if signed {
        // An expiry and a key's id come with a signature alone.
        Some("sig")
    } else if terms.version.is_some() {
        Some("v")
    } else if terms.download.is_some() {
        Some("dl")
    } else if terms.placeholder_on_error {
        Some("onerror")
    } else if terms.alt_text {
        Some("alt")
    } else {
        None
    }
}

/// Whether these options, in their canonical form, lay the watermark `name` on the picture.
pub(super) fn uses_watermark(options: &str, name: &PresetName) -> bool {
    options
        .split(',')
        .any(|pair| pair.strip_prefix("wm=") == Some(name.as_str()))
}

#[cfg(test)]
mod tests {
    use domain::{ImageId, Part, PresetMeaning, Watermark, WatermarkGravity};
    use jiff::Timestamp;

    use super::*;

    fn presets() -> Vec<Preset> {
        let watermark = Watermark {
            image_id: ImageId::new(Timestamp::UNIX_EPOCH, [1; 10]),
            gravity: WatermarkGravity::Center,
            scale: Part::HALF,
            margin: Part::NOTHING,
            opacity: Part::WHOLE,
        };
        [
            ("card", PresetMeaning::Options("w=4".into())),
            ("logo", PresetMeaning::Watermark(watermark)),
        ]
        .map(|(name, meaning)| Preset {
            name: name.parse().unwrap(),
            version: 1,
            meaning,
            updated_at: Timestamp::UNIX_EPOCH,
        })
        .into()
    }

    #[test]
    fn equal_options_have_one_text() {
        for (text, canonical) in [
            ("w=400,h=300,fit=cover,g=auto", "fit=cover,g=auto,h=300,w=400"),
            (
                "height=300,width=400,gravity=auto,fit=cover",
                "fit=cover,g=auto,h=300,w=400",
            ),
            ("w=800,wm=logo", "w=800,wm=logo"),
            ("", ""),
        ] {
            assert_eq!(
                canonical_options(text, &presets()),
                Ok(canonical.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_belongs_in_the_url_is_refused_by_its_name() {
        for (text, option) in [
            ("p=card", "\"p\""),
            ("original", "\"original\""),
            ("w=4,v=3", "\"v\""),
            ("w=4,dl=x.jpg", "\"dl\""),
            ("w=4,onerror=placeholder", "\"onerror\""),
            ("w=4,alt=true", "\"alt\""),
            ("w=4,f=json", "\"f=json\""),
            ("w=4,kid=a,sig=b", "\"sig\""),
            ("w=4,exp=5,kid=a,sig=b", "\"sig\""),
            ("w=4,kid=a", "\"kid\""),
            ("w=4,exp=5", "\"exp\""),
            ("widht=4", "\"widht\""),
            ("wm=nobody", "nobody"),
            ("wm=card", "card"),
            (&"w=4,".repeat(300), "1200 bytes"),
        ] {
            let refused = canonical_options(text, &presets()).unwrap_err().to_string();
            assert!(refused.contains(option), "{text}: {refused}");
        }
    }

    #[test]
    fn a_watermark_in_use_is_found_by_its_whole_name() {
        let name = "logo".parse().unwrap();
        assert!(uses_watermark("w=4,wm=logo", &name) && uses_watermark("wm=logo", &name));
        assert!(!uses_watermark("w=4,wm=logo-2", &name) && !uses_watermark("w=4", &name));
    }
}
