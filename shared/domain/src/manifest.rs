//! The manifest: everything that delivery needs to know of an image, in one object beside it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{BlobKey, ImageFormat, ImageId};

/// Widths in which the library's own pages show pictures. Delivery lets them through, signed, where it shows presets alone.
pub const LIBRARY_WIDTHS: [u32; 8] = [320, 480, 640, 800, 960, 1280, 1920, 2560];

/// Whether an image may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// It may.
    Available,
    /// It is in the trash, or being deleted: to the world it does not exist.
    Withdrawn,
}

/// Who may see an image that is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Whoever has its address.
    #[default]
    Public,
    /// Whoever has a signed address; to anyone else it does not exist.
    Private,
}

/// The text names no visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be public or private")]
pub struct UnknownVisibility;

impl Visibility {
    /// Every visibility.
    pub const ALL: [Self; 2] = [Self::Public, Self::Private];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Visibility {
    type Err = UnknownVisibility;

    fn from_str(name: &str) -> Result<Self, UnknownVisibility> {
        Self::ALL
            .into_iter()
            .find(|visibility| visibility.name() == name)
            .ok_or(UnknownVisibility)
    }
}

/// A smaller, high-quality intermediate of the original: upright, in sRGB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mezzanine {
    /// Where it lies.
    #[serde(with = "blob_key_text")]
    pub blob_key: BlobKey,
    /// Its format.
    pub format: ImageFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// What delivery knows of an image. Fields are only ever added, and then optional: peers of the release before read
/// it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the shape; 1.
    pub v: u32,
    /// Which image.
    pub image_id: ImageId,
    /// The version of the row it was written from.
    pub image_version: u64,
    /// Whether it may be shown.
    pub availability: Availability,
    /// Who may see it; everybody, before this field was there.
    #[serde(default)]
    pub visibility: Visibility,
    /// What it shows, in words; empty where nobody wrote any, or before this field was there.
    #[serde(default)]
    pub alt_text: String,
    /// The version of the derived blobs.
    pub content_version: u32,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// Whether any pixel is less than opaque.
    pub has_alpha: bool,
    /// Where the original lies.
    #[serde(with = "blob_key_text")]
    pub original: BlobKey,
    /// The format of the original.
    pub original_format: ImageFormat,
    /// Frames of the original; 1 for a still picture, which all were before this field was there.
    #[serde(default = "one")]
    pub frames: u32,
    /// The intermediates, the largest first; never none.
    pub mezzanines: Vec<Mezzanine>,
}

fn one() -> u32 {
    1
}

impl Manifest {
    /// Whether the original moves. The intermediates show its first frame.
    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// The smallest intermediate whose longer side has at least `min_edge` pixels.
    pub fn smallest_mezzanine(&self, min_edge: u32) -> Option<&Mezzanine> {
        self.mezzanines
            .iter()
            .filter(|mezzanine| mezzanine.width.max(mezzanine.height) >= min_edge)
            .min_by_key(|mezzanine| mezzanine.width.max(mezzanine.height))
    }
}

mod blob_key_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::BlobKey;

    pub(super) fn serialize<S: Serializer>(key: &BlobKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(key.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BlobKey, D::Error> {
        let text = String::deserialize(deserializer)?;
        BlobKey::parse(&text).map_err(D::Error::custom)
    }
}
