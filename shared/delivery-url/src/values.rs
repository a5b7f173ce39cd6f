//! The values of options: exact numbers, colours, ratios and the tables of names. Equal texts are equal values, and each
//! value has one text.

use std::fmt;

use imaging::{
    Border, Colour, ColourSpace, Effort, Fit, Flip, Gravity, MetadataPolicy, OutputFormat, Quality, Rotation,
};

use crate::{canonical::FormatChoice, names::nearest};

/// The quality that the picture itself decides.
pub(crate) const AUTO: &str = "auto";

/// The format that is no picture.
pub(crate) const JSON: &str = "json";

/// The ways to fit, with their names in URLs.
pub(crate) const FITS: [(&str, Fit); 6] = [
    ("scale-down", Fit::ScaleDown),
    ("contain", Fit::Contain),
    ("cover", Fit::Cover),
    ("crop", Fit::Crop),
    ("pad", Fit::Pad),
    ("squeeze", Fit::Squeeze),
];

/// The gravities that have a name, with their names in URLs.
pub(crate) const GRAVITIES: [(&str, Gravity); 10] = [
    ("auto", Gravity::Auto),
    ("center", Gravity::Center),
    ("left", Gravity::Left),
    ("right", Gravity::Right),
    ("top", Gravity::Top),
    ("bottom", Gravity::Bottom),
    ("top-left", Gravity::TopLeft),
    ("top-right", Gravity::TopRight),
    ("bottom-left", Gravity::BottomLeft),
    ("bottom-right", Gravity::BottomRight),
];

/// The turns, in degrees with the clock.
pub(crate) const ROTATIONS: [(&str, Rotation); 4] = [
    ("0", Rotation::None),
    ("90", Rotation::Quarter),
    ("180", Rotation::Half),
    ("270", Rotation::ThreeQuarters),
];

/// The mirrors.
pub(crate) const FLIPS: [(&str, Flip); 3] =
    [("h", Flip::Horizontal), ("v", Flip::Vertical), ("hv", Flip::Both)];

/// The formats that can be asked for by name. `jpg` is what half the world writes.
pub(crate) const FORMATS: [(&str, FormatChoice); 8] = [
    ("auto", FormatChoice::Auto),
    ("avif", FormatChoice::Fixed(OutputFormat::Avif)),
    ("jpeg", FormatChoice::Fixed(OutputFormat::Jpeg)),
    ("jpg", FormatChoice::Fixed(OutputFormat::Jpeg)),
    ("webp", FormatChoice::Fixed(OutputFormat::Webp)),
    ("png", FormatChoice::Fixed(OutputFormat::Png)),
    ("gif", FormatChoice::Fixed(OutputFormat::Gif)),
    (JSON, FormatChoice::Json),
];

/// How hard an encoder tries.
pub(crate) const EFFORTS: [(&str, Effort); 2] = [("normal", Effort::Normal), ("high", Effort::High)];

/// What an answer may say beside its pixels.
pub(crate) const METADATA: [(&str, MetadataPolicy); 3] = [
    ("none", MetadataPolicy::None),
    ("copyright", MetadataPolicy::Copyright),
    ("keep", MetadataPolicy::Keep),
];

/// The colours that an answer may be written in.
pub(crate) const COLOUR_SPACES: [(&str, ColourSpace); 3] = [
    ("srgb", ColourSpace::Srgb),
    ("p3", ColourSpace::DisplayP3),
    ("keep", ColourSpace::Keep),
];

/// The colours that have a name: those that people pad and frame with.
const COLOURS: [(&str, Colour); 3] = [
    ("black", opaque([0; 3])),
    ("white", Colour::WHITE),
    ("transparent", TRANSPARENT),
];

const TRANSPARENT: Colour = Colour {
    alpha: 0,
    ..opaque([0; 3])
};

const fn opaque([red, green, blue]: [u8; 3]) -> Colour {
    Colour {
        red,
        green,
        blue,
        alpha: 255,
    }
}

/// How far from the margin's colour `trim=border` still trims: above the noise of a JPEG of quality 80 on a flat margin,
/// below what is seen as another colour.
const TRIM_TOLERANCE: u8 = 10;

/// The widest border, in pixels before `dpr`.
const MAX_BORDER: u32 = 1_000;

/// The largest number of a ratio.
const MAX_RATIO: u32 = 10_000;

/// A number that is counted in steps of a tenth to the power of `DIGITS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal<const DIGITS: usize>(u16);

/// As exact as a tone is asked for.
pub(crate) type Hundredths = Decimal<2>;

/// Finer than anybody points: points that differ by less share one key.
pub(crate) type Thousandths = Decimal<3>;

impl<const DIGITS: usize> Decimal<DIGITS> {
    /// That many steps.
    pub(crate) const fn of_steps(steps: u16) -> Self {
        Self(steps)
    }

    /// The nearest to a number from 0 on.
    pub(crate) fn near(number: f32) -> Self {
        // A float's cast saturates; nothing below 0 comes here.
        Self((number * Self::steps_of_one() as f32).round() as u16)
    }

    /// A text of digits and at most one point, with no more decimals than there are steps; nothing beyond `steps`.
    pub(crate) fn read(text: &str, steps: std::ops::RangeInclusive<u16>) -> Option<Self> {
        let found = u16::try_from(scaled(text, DIGITS)?).ok()?;
        steps.contains(&found).then_some(Self(found))
    }

    /// The number.
    pub(crate) fn number(self) -> f32 {
        f32::from(self.0) / Self::steps_of_one() as f32
    }

    fn steps_of_one() -> u32 {
        (0..DIGITS).fold(1, |steps, _| steps * 10)
    }
}

impl<const DIGITS: usize> fmt::Display for Decimal<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = Self::steps_of_one();
        match (u32::from(self.0) / one, u32::from(self.0) % one) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, rest) => {
                let rest = format!("{rest:0DIGITS$}");
                write!(f, "{whole}.{}", rest.trim_end_matches('0'))
            }
        }
    }
}

/// Digits alone: `parse` would take a sign as well.
pub(crate) fn whole(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
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

/// A decimal number in steps of a tenth to the power of `digits`, if it is a whole number of them.
fn scaled(text: &str, digits: usize) -> Option<u32> {
    let (whole, fraction) = decimal(text)?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return None;
    }
    let steps: u32 = format!("{fraction:0<digits$}").parse().ok()?;
    let one = (0..digits).try_fold(1_u32, |one, _| one.checked_mul(10))?;
    whole.parse::<u32>().ok()?.checked_mul(one)?.checked_add(steps)
}

/// `1.5`: 1 to 5, in tenths.
pub(crate) fn dpr(text: &str) -> Option<u8> {
    let tenths = u8::try_from(scaled(text, 1)?).ok()?;
    (10..=50).contains(&tenths).then_some(tenths)
}

/// `0.5x0.33`: two parts of 1.
pub(crate) fn point(text: &str) -> Option<Gravity> {
    let (x, y) = text.split_once('x')?;
    // Programs that divide write many digits: they are rounded and not refused.
    let part = |text: &str| {
        decimal(text)?;
        let part: f32 = text.parse().ok()?;
        (0.0..=1.0).contains(&part).then(|| Thousandths::near(part))
    };
    let (x, y) = (part(x)?.number(), part(y)?.number());
    let point = Gravity::Point { x, y };
    // The middle has a name already, and one place has one key.
    Some(if point == (Gravity::Point { x: 0.5, y: 0.5 }) {
        Gravity::Center
    } else {
        point
    })
}

/// `16:9`, `1.91:1`: in lowest terms, so that one ratio has one key.
pub(crate) fn ratio(text: &str) -> Option<(u32, u32)> {
    let (across, down) = text.split_once(':')?;
    let (across, down) = (scaled(across, 2)?, scaled(down, 2)?);
    let common = common_divisor(across, down);
    let lowest = (across.checked_div(common)?, down.checked_div(common)?);
    let range = 1..=MAX_RATIO;
    (range.contains(&lowest.0) && range.contains(&lowest.1)).then_some(lowest)
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// 1 to 100, or `auto`.
pub(crate) fn quality(text: &str) -> Option<Quality> {
    if text == AUTO {
        return Some(Quality::Auto);
    }
    let quality = u8::try_from(whole(text, 1..=100)?).ok()?;
    Some(Quality::Fixed(quality))
}

/// `border`, or how far from the margin's colour is margin still.
pub(crate) fn trim(text: &str) -> Option<u8> {
    if text == "border" {
        return Some(TRIM_TOLERANCE);
    }
    whole(text, 0..=255).and_then(|tolerance| u8::try_from(tolerance).ok())
}

/// `4:336699`: a width in pixels, and a colour.
pub(crate) fn border(text: &str) -> Option<Border> {
    let (width, colour) = text.split_once(':')?;
    Some(Border {
        width: whole(width, 1..=MAX_BORDER)?,
        colour: self::colour(colour).ok()?,
    })
}

/// A name, or the hexadecimal digits of CSS without their `#`, which ends a URL's path: three, four, six or eight.
pub(crate) fn colour(text: &str) -> Result<Colour, Option<&'static str>> {
    hex_colour(text).map_or_else(|| find_in(&COLOURS, text), Ok)
}

fn hex_colour(text: &str) -> Option<Colour> {
    let digits: Vec<u8> = text
        .chars()
        .take(9)
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = match digits.len() {
        3 | 4 => digits.iter().map(|digit| digit * 17).collect(),
        6 | 8 => digits.chunks_exact(2).map(|two| two[0] * 16 + two[1]).collect(),
        _ => return None,
    };
    Some(match bytes[..] {
        // Nobody sees the colour of what is transparent.
        [_, _, _, 0] => TRANSPARENT,
        [red, green, blue, alpha] => Colour {
            red,
            green,
            blue,
            alpha,
        },
        _ => opaque([bytes[0], bytes[1], bytes[2]]),
    })
}

/// A colour's one text.
pub(crate) struct Hex(pub(crate) Colour);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Colour {
            red,
            green,
            blue,
            alpha,
        } = self.0;
        write!(f, "{red:02x}{green:02x}{blue:02x}")?;
        if alpha < 255 {
            write!(f, "{alpha:02x}")?;
        }
        Ok(())
    }
}

/// The value that has this name; otherwise the name that is nearest to it.
pub(crate) fn find_in<T: Copy>(table: &[(&'static str, T)], text: &str) -> Result<T, Option<&'static str>> {
    table
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| nearest(text, table.iter().map(|(name, _)| *name)))
}

/// The name of a value that stands in the table.
pub(crate) fn name_in<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table
        .iter()
        .find(|(_, candidate)| *candidate == value)
        .map(|(name, _)| *name)
        .expect("every value stands in its table")
}

#[cfg(test)]
mod tests;
