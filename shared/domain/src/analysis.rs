//! What the worker finds in a picture. Written as JSON beside the mezzanines and kept in the catalog.

use serde::{Deserialize, Serialize};

use crate::ImageFormat;

/// Everything that was found in one picture. Fields are only ever added, and then optional: peers of the release
/// before read it too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Of the shape; 1.
    pub v: u32,
    /// The format of the original.
    pub format: ImageFormat,
    /// Pixels across, after the orientation was applied.
    pub width: u32,
    /// Pixels down, after the orientation was applied.
    pub height: u32,
    /// The EXIF orientation that the original asks for, 1 to 8; 1 where it asks for none.
    pub orientation: u8,
    /// Whether any pixel is less than opaque.
    pub has_alpha: bool,
    /// The description of the embedded colour profile, where there is one.
    pub colour_profile: Option<String>,
    /// ThumbHash (evanw.github.io/thumbhash), base64 without padding.
    pub thumbhash: String,
    /// 64-bit difference hash of the luminance, 16 hexadecimal digits: near duplicates differ in few bits.
    pub perceptual_hash: String,
    /// The main colours, the largest share first.
    pub palette: Vec<PaletteColour>,
    /// What the file says of itself.
    pub metadata: Metadata,
    /// Whether the original is damaged or cut off, and only what could be shown of it was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// One of the main colours of a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaletteColour {
    /// sRGB, as in CSS: `#rrggbb`.
    pub hex: String,
    /// The part of the picture that is nearest to this colour, 0 to 1.
    pub share: f32,
}

/// What the file says of itself (EXIF). Everything is optional and nothing is trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Maker and model of camera and lens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<Camera>,
    /// How the picture was exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    /// When it was taken: `2026-05-17T14:03:12`, with an offset where the file has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
    /// Where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What the file itself says it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    /// The program that wrote the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
}

/// Maker and model of camera and lens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Camera {
    /// Such as `FUJIFILM`.
    pub make: Option<String>,
    /// Such as `X-T5`.
    pub model: Option<String>,
    /// Such as `XF23mmF2 R WR`.
    pub lens: Option<String>,
}

/// How the picture was exposed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposure {
    /// Seconds, as people write them: `1/250`.
    pub time: Option<String>,
    /// The f-number: 2.8 for f/2.8.
    pub aperture: Option<f64>,
    /// ISO speed.
    pub iso: Option<u32>,
    /// Millimetres.
    pub focal_length_mm: Option<f64>,
}

/// Where a picture was taken, WGS 84.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres above sea level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<f64>,
}
