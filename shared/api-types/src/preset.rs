//! Presets.

use domain::{PresetName, Watermark};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A preset: with its options, or with its watermark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetResource {
    /// What it is called in delivery URLs.
    pub name: PresetName,
    /// Goes up by one with every change, from 1.
    pub version: u64,
    /// The options that `p=` stands for, in their canonical form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// The watermark that `wm=` stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// `GET /api/v1/presets`: all of them, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetList {
    /// The presets.
    pub presets: Vec<PresetResource>,
}

/// `PUT /api/v1/presets/{name}`: options or a watermark.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutPresetRequest {
    /// Options of delivery, such as `w=400,h=300,fit=cover`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// A picture that is laid on others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<WatermarkRequest>,
    /// The version the change was made on, 0 for a preset that must be new: refused with 409 where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A watermark, as it is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatermarkRequest {
    /// Which image of the library.
    pub image_id: String,
    /// Where it stands: `bottom-right` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gravity: Option<String>,
    /// Its longer side as a part of the shorter side of what it is laid on, above 0 and up to 1: 0.2 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// From the edges, as a part of that same shorter side, 0 to 0.5: 0.03 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Above 0 and up to 1, which is as in its file: 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f64>,
}
