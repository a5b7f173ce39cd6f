//! From the text of the options to what was asked for.

use std::ops::Range;

use domain::{FileName, PresetName};

use crate::{
    MAX_SIDE,
    canonical::Options,
    names::{Lookup, OptionName},
    problem::{Fault, InvalidOption},
    request::{Download, Request, Target, Terms},
    values::{
        self, COLOUR_SPACES, EFFORTS, FITS, FLIPS, FORMATS, GRAVITIES, Hundredths, METADATA, ROTATIONS,
        find_in, whole,
    },
};

/// Whether an animation stays one.
const ANIMATE: [(&str, bool); 2] = [("true", true), ("false", false)];

/// No animation or document that is taken has so many.
const MAX_PAGE: u32 = 9_999;

const SIDE: &str = "a whole number of pixels from 1 to 12000";
const RATIO: &str =
    "two numbers up to 10000 with at most two decimals and a colon between, such as 16:9 or 1.91:1";
const DPR: &str = "a number from 1 to 5 with at most one decimal, such as 2 or 1.5";
const FIT: &str = "scale-down, contain, cover, crop, pad or squeeze";
const GRAVITY: &str = "auto, center, left, right, top, bottom, top-left, top-right, bottom-left, bottom-right, or a \
                       point of two parts from 0 to 1, such as 0.5x0.33";
const TRIM: &str = "border, or a whole number from 0 to 255: how far a colour may be from the margin's";
const ROTATION: &str = "0, 90, 180 or 270, with the clock";
const FLIP: &str = "h, v or hv";
const COLOUR: &str =
    "three, four, six or eight hexadecimal digits, such as fff or 33669980, or black, white or transparent";
const BORDER: &str =
    "a whole number of pixels from 1 to 1000, a colon, and a colour, such as 4:336699 or 1:black";
const BLUR: &str = "a number of pixels from 0 to 250 with at most two decimals";
const SHARPEN: &str = "a number from 0 to 10 with at most two decimals";
const FACTOR: &str = "a number from 0 to 2 with at most two decimals, where 1 changes nothing";
const GAMMA: &str = "a number from 0.1 to 10 with at most two decimals, where 1 changes nothing";
const FORMAT: &str = "auto, avif, webp, jpeg, png, gif or json";
const QUALITY: &str = "auto, or a whole number from 1 to 100";
const EFFORT: &str = "normal or high";
const MAX_BYTES: &str = "a whole number of bytes from 1000 to 100000000";
const METADATA_KINDS: &str = "none, copyright or keep";
const COLOUR_SPACE: &str = "srgb, p3 or keep";
const ANIMATED: &str = "true or false";
const PAGE: &str = "a whole number from 0, which is the first frame, to 9999";
const NOTHING: &str = "no value: \"original\" stands alone";
const PRESET: &str = "the name of a preset: 1 to 32 of a-z, 0-9, - and _";
const DOWNLOAD: &str = "true, or a file name without a path";
const ON_ERROR: &str = "placeholder";
const ALT_TEXT: &str = "true";
const EXPIRY: &str = "when the URL ends, in whole seconds since 1970 (UTC)";
const VERSION: &str = "the image's content version, a whole number from 1";
const KEY_ID: &str = "the id of a key";
const SIGNATURE: &str = "a signature, as `tintype sign` writes it";

/// A part of the options and its place among them.
#[derive(Clone, Copy)]
struct Spanned<'a> {
    text: &'a str,
    start: usize,
}

impl Spanned<'_> {
    fn span(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn fault(self, fault: Fault) -> InvalidOption {
        InvalidOption {
            text: self.text.to_owned(),
            span: self.span(),
            fault,
        }
    }
}

/// Reads the options of a URL, percent-decoded. The empty text asks for nothing.
///
/// # Errors
/// The first option, from left to right, that is unknown, repeated, empty or out of range.
pub fn parse(text: &str) -> Result<Request, InvalidOption> {
    let mut found = Found::default();
    let mut seen: Vec<(OptionName, Spanned<'_>)> = Vec::new();
    let mut start = 0;
    let pairs = text.split(',').filter(|_| !text.is_empty());
    for pair in pairs {
        let pair = Spanned { text: pair, start };
        start += pair.text.len() + 1;
        let (name, value) = split(pair)?;
        let option = match OptionName::look_up(name.text) {
            Lookup::Known(option) => option,
            Lookup::Unknown { nearest } => return Err(name.fault(Fault::Unknown { nearest })),
        };
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == option) {
            return Err(name.fault(Fault::Repeated {
                first: first.text.to_owned(),
                first_at: first.start,
            }));
        }
        seen.push((option, name));
        set(&mut found, option, name, value)?;
    }
    check_together(&seen)?;
    Ok(Request {
        target: match found.whole {
            Some(target) => target,
            None => Target::Options(found.options.without_idle_options()),
        },
        terms: found.terms,
        signed: seen.iter().any(|(name, _)| *name == OptionName::Signature),
    })
}

/// What was read so far.
#[derive(Default)]
struct Found {
    options: Options,
    /// What decides the whole picture.
    whole: Option<Target>,
    terms: Terms,
}

/// What may stand beside what.
fn check_together(seen: &[(OptionName, Spanned<'_>)]) -> Result<(), InvalidOption> {
    let find = |wanted: OptionName| seen.iter().find(|(name, _)| *name == wanted);
    if find(OptionName::Signature).is_none() {
        if let Some((_, name)) = find(OptionName::KeyId) {
            return Err(name.fault(Fault::KeyWithoutSignature));
        }
        if let Some((_, name)) = find(OptionName::Expiry) {
            return Err(name.fault(Fault::ExpiryWithoutSignature));
        }
    }
    let whole = find(OptionName::Preset).or_else(|| find(OptionName::Original));
    let Some((whole, _)) = whole else {
        return Ok(());
    };
    match seen
        .iter()
        .find(|(name, _)| name != whole && name.decides_the_picture())
    {
        Some((_, name)) => Err(name.fault(Fault::Beside { whole: whole.short() })),
        None => Ok(()),
    }
}

fn split(pair: Spanned<'_>) -> Result<(Spanned<'_>, Spanned<'_>), InvalidOption> {
    if let Some(equals) = pair.text.find('=') {
        let (name, value) = (&pair.text[..equals], &pair.text[equals + 1..]);
        let name = Spanned { text: name, ..pair };
        let value = Spanned {
            text: value,
            start: pair.start + equals + 1,
        };
        return Ok((name, value));
    }
    if pair.text == OptionName::Original.short() {
        // The one option that needs no value.
        let end = Spanned {
            text: "",
            start: pair.start + pair.text.len(),
        };
        return Ok((pair, end));
    }
    let fault = if pair.text.is_empty() {
        Fault::Empty
    } else {
        Fault::NotAPair
    };
    Err(pair.fault(fault))
}

fn set(
    found: &mut Found,
    option: OptionName,
    name: Spanned<'_>,
    value: Spanned<'_>,
) -> Result<(), InvalidOption> {
    let wrong = |expected: &str, nearest| {
        value.fault(Fault::Value {
            name: name.text.to_owned(),
            expected: expected.to_owned(),
            nearest,
        })
    };
    let text = value.text;
    let Found {
        options,
        whole: target,
        terms,
    } = found;
    match option {
        OptionName::Width => {
            options.width = Some(whole(text, 1..=MAX_SIDE).ok_or_else(|| wrong(SIDE, None))?);
        }
        OptionName::Height => {
            options.height = Some(whole(text, 1..=MAX_SIDE).ok_or_else(|| wrong(SIDE, None))?);
        }
        OptionName::AspectRatio => {
            options.aspect_ratio = Some(values::ratio(text).ok_or_else(|| wrong(RATIO, None))?);
        }
        OptionName::Dpr => options.dpr_tenths = values::dpr(text).ok_or_else(|| wrong(DPR, None))?,
        OptionName::Fit => {
            options.fit = find_in(&FITS, text).map_err(|nearest| wrong(FIT, nearest))?;
        }
        OptionName::Gravity => {
            options.gravity = match values::point(text) {
                Some(point) => point,
                None => find_in(&GRAVITIES, text).map_err(|nearest| wrong(GRAVITY, nearest))?,
            };
        }
        OptionName::Trim => options.trim = Some(values::trim(text).ok_or_else(|| wrong(TRIM, None))?),
        OptionName::Rotate => {
            options.rotate = find_in(&ROTATIONS, text).map_err(|nearest| wrong(ROTATION, nearest))?;
        }
        OptionName::Flip => {
            options.flip = find_in(&FLIPS, text).map_err(|nearest| wrong(FLIP, nearest))?;
        }
        OptionName::Background => {
            options.background = Some(values::colour(text).map_err(|nearest| wrong(COLOUR, nearest))?);
        }
        OptionName::Border => {
            options.border = Some(values::border(text).ok_or_else(|| wrong(BORDER, None))?);
        }
        OptionName::Blur => {
            options.tones.blur = Hundredths::read(text, 0..=25_000).ok_or_else(|| wrong(BLUR, None))?;
        }
        OptionName::Sharpen => {
            options.tones.sharpen = Hundredths::read(text, 0..=1_000).ok_or_else(|| wrong(SHARPEN, None))?;
        }
        OptionName::Brightness => {
            options.tones.brightness = factor(text).ok_or_else(|| wrong(FACTOR, None))?;
        }
        OptionName::Contrast => {
            options.tones.contrast = factor(text).ok_or_else(|| wrong(FACTOR, None))?;
        }
        OptionName::Gamma => {
            options.tones.gamma = Hundredths::read(text, 10..=1_000).ok_or_else(|| wrong(GAMMA, None))?;
        }
        OptionName::Saturation => {
            options.tones.saturation = factor(text).ok_or_else(|| wrong(FACTOR, None))?;
        }
        OptionName::Format => {
            options.format = find_in(&FORMATS, text).map_err(|nearest| wrong(FORMAT, nearest))?;
        }
        OptionName::Quality => {
            options.quality = values::quality(text).ok_or_else(|| wrong(QUALITY, None))?;
        }
        OptionName::Effort => {
            options.effort = Some(find_in(&EFFORTS, text).map_err(|nearest| wrong(EFFORT, nearest))?);
        }
        OptionName::MaxBytes => {
            let bytes = whole(text, 1_000..=100_000_000).ok_or_else(|| wrong(MAX_BYTES, None))?;
            options.max_bytes = Some(bytes);
        }
        OptionName::Metadata => {
            options.metadata = find_in(&METADATA, text).map_err(|nearest| wrong(METADATA_KINDS, nearest))?;
        }
        OptionName::ColourSpace => {
            options.colour_space =
                find_in(&COLOUR_SPACES, text).map_err(|nearest| wrong(COLOUR_SPACE, nearest))?;
        }
        OptionName::Animate => {
            options.animate = find_in(&ANIMATE, value.text).map_err(|nearest| wrong(ANIMATED, nearest))?;
        }
        OptionName::Page => {
            options.page = Some(whole(value.text, 0..=MAX_PAGE).ok_or_else(|| wrong(PAGE, None))?);
        }
        OptionName::Watermark => {
            options.watermark = Some(preset(text).ok_or_else(|| wrong(PRESET, None))?);
        }
        OptionName::Preset => {
            *target = Some(Target::Preset(preset(text).ok_or_else(|| wrong(PRESET, None))?));
        }
        OptionName::Original if text.is_empty() => *target = Some(Target::Original),
        OptionName::Original => return Err(wrong(NOTHING, None)),
        OptionName::Version => {
            terms.version = Some(whole(text, 1..=u32::MAX).ok_or_else(|| wrong(VERSION, None))?);
        }
        OptionName::Download => {
            terms.download = Some(download(text).ok_or_else(|| wrong(DOWNLOAD, None))?);
        }
        OptionName::OnError => {
            find_in(&[(ON_ERROR, ())], text).map_err(|nearest| wrong(ON_ERROR, nearest))?;
            terms.placeholder_on_error = true;
        }
        OptionName::AltText => {
            find_in(&[(ALT_TEXT, ())], text).map_err(|nearest| wrong(ALT_TEXT, nearest))?;
            terms.alt_text = true;
        }
        OptionName::Expiry => {
            terms.expires_at_s = Some(whole(text, 1..=u32::MAX).ok_or_else(|| wrong(EXPIRY, None))?);
        }
        OptionName::KeyId if !is_base64url(text) => return Err(wrong(KEY_ID, None)),
        OptionName::Signature if !is_base64url(text) => return Err(wrong(SIGNATURE, None)),
        // Whether they are right is for the key ring to say, over the path as it came.
        OptionName::KeyId | OptionName::Signature => {}
    }
    Ok(())
}

fn preset(text: &str) -> Option<PresetName> {
    text.parse().ok()
}

fn download(text: &str) -> Option<Download> {
    if text == "true" {
        return Some(Download::Named);
    }
    // A name whose spaces are cut away would sign as another text than it reads as.
    let name: FileName = text.parse().ok()?;
    (name.as_str() == text).then_some(Download::As(name))
}

fn factor(text: &str) -> Option<Hundredths> {
    Hundredths::read(text, 0..=200)
}

/// Whether every letter is one of base64url's (RFC 4648, section 5), which the ids of keys keep to as well. A slash, which
/// may come percent-encoded, would make the signed path read otherwise than this parser does.
fn is_base64url(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(letter)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
