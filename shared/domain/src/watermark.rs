//! Watermarks: which picture is laid on others, and how.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::ImageId;

/// A part of something, 0 to 1, in thousandths: so that equal ones are equal, and have one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(u16);

impl Part {
    /// The whole.
    pub const WHOLE: Self = Self(1_000);
    /// A half.
    pub const HALF: Self = Self(500);
    /// No part.
    pub const NOTHING: Self = Self(0);
    /// The smallest part that is one.
    pub const SMALLEST: Self = Self(1);

    /// The nearest part; none where the number is not from 0 to 1.
    pub fn near(number: f64) -> Option<Self> {
        // In range, so that the thousandths fit.
        (0.0..=1.0)
            .contains(&number)
            .then(|| Self((number * 1_000.0).round() as u16))
    }

    /// The part as a number.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// The part in thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.number())
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::near(number).ok_or_else(|| D::Error::custom("a part must be a number from 0 to 1"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// Where a watermark stands, by the names that `gravity` has in delivery URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatermarkGravity {
    /// The upper left corner.
    TopLeft,
    /// The middle of the upper edge.
    Top,
    /// The upper right corner.
    TopRight,
    /// The middle of the left edge.
    Left,
    /// The centre.
    Center,
    /// The middle of the right edge.
    Right,
    /// The lower left corner.
    BottomLeft,
    /// The middle of the lower edge.
    Bottom,
    /// The lower right corner.
    #[default]
    BottomRight,
}

impl WatermarkGravity {
    /// Every place, row by row.
    pub const ALL: [Self; 9] = [
        Self::TopLeft,
        Self::Top,
        Self::TopRight,
        Self::Left,
        Self::Center,
        Self::Right,
        Self::BottomLeft,
        Self::Bottom,
        Self::BottomRight,
    ];

    /// The name on the wire and to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TopLeft => "top-left",
            Self::Top => "top",
            Self::TopRight => "top-right",
            Self::Left => "left",
            Self::Center => "center",
            Self::Right => "right",
            Self::BottomLeft => "bottom-left",
            Self::Bottom => "bottom",
            Self::BottomRight => "bottom-right",
        }
    }
}

impl fmt::Display for WatermarkGravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No place is called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right")]
pub struct UnknownGravity;

impl FromStr for WatermarkGravity {
    type Err = UnknownGravity;

    fn from_str(name: &str) -> Result<Self, UnknownGravity> {
        Self::ALL
            .into_iter()
            .find(|gravity| gravity.name() == name)
            .ok_or(UnknownGravity)
    }
}

/// A picture of the library that is laid on others, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Which picture; its transparency is kept.
    pub image_id: ImageId,
    /// Where it stands.
    pub gravity: WatermarkGravity,
    /// Its longer side as a part of the shorter side of what it is laid on; never 0.
    pub scale: Part,
    /// From the edges, as a part of that same shorter side, up to a half.
    pub margin: Part,
    /// The smallest part is hardly seen, the whole is as in its file; never 0.
    pub opacity: Part,
}

impl Watermark {
    /// How large it is where nobody says: a fifth.
    pub const DEFAULT_SCALE: Part = Part(200);
    /// How far from the edges where nobody says: three hundredths.
    pub const DEFAULT_MARGIN: Part = Part(30);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_counted_in_thousandths_and_stays_in_range() {
        assert_eq!(Part::near(0.2), Some(Part(200)));
        assert_eq!(Part::near(0.333_333), Some(Part(333)));
        assert_eq!(Part::near(1.0), Some(Part::WHOLE));
        assert_eq!(Part(200).to_string(), "0.2");
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Part::near(wrong), None, "{wrong}");
        }
        assert!(serde_json::from_str::<Part>("7").is_err());
    }

    #[test]
    fn every_place_has_one_name_everywhere() {
        for gravity in WatermarkGravity::ALL {
            assert_eq!(gravity.name().parse(), Ok(gravity));
            assert_eq!(serde_json::to_string(&gravity).unwrap(), format!("\"{gravity}\""));
        }
        assert_eq!("middle".parse::<WatermarkGravity>(), Err(UnknownGravity));
    }
}
