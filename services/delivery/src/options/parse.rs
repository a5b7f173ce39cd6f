//! From the text of the options to what was asked for.

use std::ops::Range;

use imaging::{Gravity, OutputFormat};

use super::{
    MAX_SIDE,
    canonical::{FITS, FormatChoice, GRAVITIES, Options, Thousandths},
    names::{Lookup, OptionName, nearest},
    problem::{Fault, InvalidOption},
};

/// The formats that can be asked for by name. `jpg` is what half the world writes.
const FORMATS: [(&str, FormatChoice); 6] = [
    ("auto", FormatChoice::Auto),
    ("jpeg", FormatChoice::Fixed(OutputFormat::Jpeg)),
    ("jpg", FormatChoice::Fixed(OutputFormat::Jpeg)),
    ("webp", FormatChoice::Fixed(OutputFormat::Webp)),
    ("png", FormatChoice::Fixed(OutputFormat::Png)),
    ("gif", FormatChoice::Fixed(OutputFormat::Gif)),
];

/// Formats of the whole grammar that are not built yet.
const LATER_FORMATS: [&str; 2] = ["avif", "json"];

/// Whether an animation stays one.
const ANIMATE: [(&str, bool); 2] = [("true", true), ("false", false)];

/// No animation or document that is taken has so many.
const MAX_PAGE: u32 = 9_999;

const SIDE: &str = "a whole number of pixels from 1 to 12000";
const DPR: &str = "a number from 1 to 5 with at most one decimal, such as 2 or 1.5";
const FIT: &str = "scale-down, contain, cover, crop, pad or squeeze";
const GRAVITY: &str = "auto, center, left, right, top, bottom, top-left, top-right, bottom-left, bottom-right, or a \
                       point of two parts from 0 to 1, such as 0.5x0.33";
const FORMAT: &str = "auto, jpeg, webp, png or gif";
const QUALITY: &str = "a whole number from 1 to 100";
const ANIMATED: &str = "true or false";
const PAGE: &str = "a whole number from 0, which is the first frame, to 9999";
const VERSION: &str = "the image's content version, a whole number from 1";
const KEY_ID: &str = "the id of a key";
const SIGNATURE: &str = "a signature, as `tintype sign` writes it";

/// What stood in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Parsed {
    /// What was asked for.
    pub(crate) options: Options,
    /// Whether there is a signature, which the caller must check.
    pub(crate) signed: bool,
}

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
pub(crate) fn parse(text: &str) -> Result<Parsed, InvalidOption> {
    let mut options = Options::default();
    let mut seen: Vec<(OptionName, Spanned<'_>)> = Vec::new();
    let mut start = 0;
    let pairs = text.split(',').filter(|_| !text.is_empty());
    for pair in pairs {
        let pair = Spanned { text: pair, start };
        start += pair.text.len() + 1;
        let (name, value) = split(pair)?;
        let option = match OptionName::look_up(name.text) {
            Lookup::Known(option) => option,
            Lookup::Later => return Err(name.fault(Fault::Later)),
            Lookup::Unknown { nearest } => return Err(name.fault(Fault::Unknown { nearest })),
        };
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == option) {
            return Err(name.fault(Fault::Repeated {
                first: first.text.to_owned(),
                first_at: first.start,
            }));
        }
        seen.push((option, name));
        set(&mut options, option, name, value)?;
    }
    let find = |wanted: OptionName| seen.iter().find(|(name, _)| *name == wanted);
    let signed = find(OptionName::Signature).is_some();
    match find(OptionName::KeyId) {
        Some((_, name)) if !signed => Err(name.fault(Fault::KeyWithoutSignature)),
        _ => Ok(Parsed {
            options: options.without_idle_options(),
            signed,
        }),
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
    let fault = if pair.text.is_empty() {
        Fault::Empty
    } else if OptionName::look_up(pair.text) == Lookup::Later {
        // `original` has no value in the grammar.
        Fault::Later
    } else {
        Fault::NotAPair
    };
    Err(pair.fault(fault))
}

fn set(
    options: &mut Options,
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
    match option {
        OptionName::Width => {
            options.width = Some(whole(value.text, 1..=MAX_SIDE).ok_or_else(|| wrong(SIDE, None))?);
        }
        OptionName::Height => {
            options.height = Some(whole(value.text, 1..=MAX_SIDE).ok_or_else(|| wrong(SIDE, None))?);
        }
        OptionName::Dpr => options.dpr_tenths = tenths(value.text).ok_or_else(|| wrong(DPR, None))?,
        OptionName::Fit => {
            options.fit = find_in(&FITS, value.text).map_err(|nearest| wrong(FIT, nearest))?;
        }
        OptionName::Gravity => {
            options.gravity = match point(value.text) {
                Some(point) => point,
                None => find_in(&GRAVITIES, value.text).map_err(|nearest| wrong(GRAVITY, nearest))?,
            };
        }
        OptionName::Format if LATER_FORMATS.contains(&value.text) => {
            return Err(later_value(name, value, FORMAT));
        }
        OptionName::Format => {
            options.format = find_in(&FORMATS, value.text).map_err(|nearest| wrong(FORMAT, nearest))?;
        }
        OptionName::Quality if value.text == "auto" => return Err(later_value(name, value, QUALITY)),
        OptionName::Quality => {
            let quality = whole(value.text, 1..=100).ok_or_else(|| wrong(QUALITY, None))?;
            options.quality = u8::try_from(quality).map_err(|_| wrong(QUALITY, None))?;
        }
        OptionName::Animate => {
            options.animate = find_in(&ANIMATE, value.text).map_err(|nearest| wrong(ANIMATED, nearest))?;
        }
        OptionName::Page => {
            options.page = Some(whole(value.text, 0..=MAX_PAGE).ok_or_else(|| wrong(PAGE, None))?);
        }
        OptionName::Version => {
            options.version = Some(whole(value.text, 1..=u32::MAX).ok_or_else(|| wrong(VERSION, None))?);
        }
        OptionName::KeyId if !is_base64url(value.text) => return Err(wrong(KEY_ID, None)),
        OptionName::Signature if !is_base64url(value.text) => return Err(wrong(SIGNATURE, None)),
        // Whether they are right is for the key ring to say, over the path as it came.
        OptionName::KeyId | OptionName::Signature => {}
    }
    Ok(())
}

fn later_value(name: Spanned<'_>, value: Spanned<'_>, expected: &str) -> InvalidOption {
    value.fault(Fault::LaterValue {
        name: name.text.to_owned(),
        expected: expected.to_owned(),
    })
}

/// Whether every letter is one of base64url's (RFC 4648, section 5), which the ids of keys keep to as well. A slash, which
/// may come percent-encoded, would make the signed path read otherwise than this parser does.
fn is_base64url(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(letter)
}

/// Digits alone: `parse` would take a sign as well.
fn whole(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| digits && range.contains(number))
}

/// A decimal number without a sign or an exponent, cut at its point.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = match text.split_once('.') {
        // `.5` and `2.` are slips more often than numbers.
        Some((whole, fraction)) if !whole.is_empty() && !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(fraction) && !whole.is_empty()).then_some((whole, fraction))
}

fn tenths(text: &str) -> Option<u8> {
    let (whole, fraction) = decimal(text)?;
    let tenth = match fraction.trim_end_matches('0') {
        "" => 0,
        one if one.len() == 1 => one.parse().ok()?,
        _ => return None,
    };
    let whole: u8 = whole.parse().ok().filter(|whole| *whole <= 5)?;
    Some(whole * 10 + tenth).filter(|tenths| (10..=50).contains(tenths))
}

fn point(text: &str) -> Option<Gravity> {
    let (x, y) = text.split_once('x')?;
    // Programs that divide write many digits: they are rounded and not refused.
    let part = |text: &str| {
        decimal(text)?;
        let part: f32 = text.parse().ok()?;
        (0.0..=1.0).contains(&part).then(|| Thousandths::of(part))
    };
    let (x, y) = (part(x)?, part(y)?);
    let (x, y) = (x.part(), y.part());
    let point = Gravity::Point { x, y };
    // The middle has a name already, and one place has one key.
    Some(if point == (Gravity::Point { x: 0.5, y: 0.5 }) {
        Gravity::Center
    } else {
        point
    })
}

fn find_in<T: Copy>(table: &[(&'static str, T)], text: &str) -> Result<T, Option<&'static str>> {
    table
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| nearest(text, table.iter().map(|(name, _)| *name)))
}

#[cfg(test)]
mod tests;
