//! The picture formats Tintype speaks.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A file format of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// ISO/IEC 10918, `image/jpeg`.
    Jpeg,
    /// ISO/IEC 15948, `image/png`.
    Png,
    /// RFC 9649, `image/webp`.
    Webp,
    /// GIF89a, `image/gif`.
    Gif,
    /// AV1 Image File Format, `image/avif`.
    Avif,
    /// TIFF 6.0 and BigTIFF, `image/tiff`. Read, never written.
    Tiff,
    /// Windows bitmap, `image/bmp`. Read, never written.
    Bmp,
    /// Scalable Vector Graphics, `image/svg+xml`. Read, never written, and never sent as it came.
    Svg,
    /// HEVC in HEIF, `image/heic`. Read where the engine was built for it, never written.
    Heic,
}

impl ImageFormat {
    /// Every format, in the order in which they are named to people.
    pub const ALL: [Self; 9] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Gif,
        Self::Avif,
        Self::Tiff,
        Self::Bmp,
        Self::Svg,
        Self::Heic,
    ];

    /// The media type, as in `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Svg => "image/svg+xml",
            Self::Heic => "image/heic",
        }
    }

    /// The name in URLs, in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Svg => "svg",
            Self::Heic => "heic",
        }
    }

    /// Whether a browser may be given such a file as an image of this site. An SVG may carry scripts, styles and links.
    pub const fn is_inert(self) -> bool {
        !matches!(self, Self::Svg)
    }

    /// The usual ending of a file name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            other => other.name(),
        }
    }
}

impl fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ImageFormat {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or(())
    }
}
