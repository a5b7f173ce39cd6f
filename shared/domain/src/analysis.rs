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
    /// Whether the original has more than one frame; everything else here is about its first one.
    #[serde(default)]
    pub is_animated: bool,
    /// Frames of the original; none where nobody counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
    /// The description of the embedded colour profile, where there is one.
    pub colour_profile: Option<String>,
    /// ThumbHash (evanw.github.io/thumbhash), base64 without padding.
    pub thumbhash: String,
    /// 64-bit difference hash of the luminance, 16 hexadecimal digits: near duplicates differ in few bits.
    pub perceptual_hash: String,
    /// The main colours, the largest share first.
    pub palette: Vec<PaletteColour>,
    /// How sharp it is and how it is exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measures: Option<Measures>,
    /// The centre of what stands out most, as parts of the width and the height: fit for CSS's `object-position`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focus: Option<[f32; 2]>,
    /// The texts of the QR codes in it, at most eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
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
    /// What people call it, in lower-case English: `dark red`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// How sharp a picture is and how it is exposed, each 0 to 1, measured on a small copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// 0 has no edge at all; most sharp photographs have more than 0.5, plainly blurred ones less than 0.25.
    pub sharpness: f32,
    /// The mean lightness as people see it: 0 is black, 1 is white.
    pub lightness: f32,
    /// The standard deviation of the lightness: 0 is flat, 0.5 is half black and half white.
    pub contrast: f32,
    /// The part of the picture that is so dark that nothing can be seen in it.
    pub clipped_shadows: f32,
    /// The part of the picture that is so bright that nothing can be seen in it.
    pub clipped_highlights: f32,
}

/// What the file says of itself (XMP, IPTC, EXIF). Everything is optional and nothing is trusted.
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
    /// Where it was taken, in words: `Lisbon, Portugal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// What the file itself calls the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the file itself says it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it shows, for those who cannot see it (IPTC's Alt Text).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
    /// The same at length (IPTC's Extended Description).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_description: Option<String>,
    /// Words that it can be found by, at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The stars that somebody gave it, 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// Whom to name when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analysis_of_the_first_release_is_still_read() {
        let old = r##"{"v":1,"format":"jpeg","width":4,"height":3,"orientation":1,"has_alpha":false,
            "colour_profile":null,"thumbhash":"3OcRJYB4d3h","perceptual_hash":"ffee000000000001",
            "palette":[{"hex":"#aabbcc","share":0.5}],"metadata":{"artist":"Ada"}}"##;
        let read: Analysis = serde_json::from_str(old).unwrap();
        assert!(!read.is_animated && read.codes.is_empty());
        assert_eq!((read.measures, read.focus, read.frames), (None, None, None));
        assert_eq!(read.palette[0].name, None);
        assert_eq!(read.metadata.artist.as_deref(), Some("Ada"));
        assert!(read.metadata.keywords.is_empty());
    }
}
