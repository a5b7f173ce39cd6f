//! What a caller may ask of a render. The words are those of Cloudflare Images
//! (developers.cloudflare.com/images/transform-images/transform-via-url).

use domain::ImageFormat;

/// What a caller asks of a render. The default asks for nothing but a JPEG of quality 80.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenderOptions {
    /// Pixels across, before `dpr`; follows from `height` and the ratio where it is none.
    pub width: Option<u32>,
    /// Pixels down, before `dpr`; follows from `width` and the ratio where it is none.
    pub height: Option<u32>,
    /// Device pixels a CSS pixel, 1 to 5: multiplies width and height. Anything else is clamped.
    pub dpr: f32,
    /// How the picture is fitted into width and height.
    pub fit: Fit,
    /// What is kept where something is cut off, and where the picture stands where something is added.
    pub gravity: Gravity,
    /// The format to write.
    pub format: OutputFormat,
    /// 1 to 100; anything else is clamped. Without effect on PNG.
    pub quality: u8,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            dpr: 1.0,
            fit: Fit::default(),
            gravity: Gravity::default(),
            format: OutputFormat::Jpeg,
            quality: 80,
        }
    }
}

/// How a picture is fitted into a width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fit {
    /// Whole, as large as fits, never enlarged.
    #[default]
    ScaleDown,
    /// Whole, as large as fits, enlarged where needed.
    Contain,
    /// Fills the box exactly: the rest is cut off; enlarged where needed.
    Cover,
    /// As `Cover`, but never enlarged: a smaller picture gives a smaller answer.
    Crop,
    /// As `Contain`, on a background that fills the box: white, or transparent where the format can.
    Pad,
    /// Fills the box exactly and ignores the ratio.
    Squeeze,
}

/// Which part of the picture matters. Used by `Cover`, `Crop` and `Pad`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Gravity {
    /// The part with the most detail; the centre for `Pad`.
    Auto,
    /// The centre.
    #[default]
    Center,
    /// The left edge.
    Left,
    /// The right edge.
    Right,
    /// The upper edge.
    Top,
    /// The lower edge.
    Bottom,
    /// The upper left corner.
    TopLeft,
    /// The upper right corner.
    TopRight,
    /// The lower left corner.
    BottomLeft,
    /// The lower right corner.
    BottomRight,
    /// A focal point, each part 0 to 1 from the upper left corner; anything else is clamped.
    Point {
        /// Across.
        x: f32,
        /// Down.
        y: f32,
    },
}

/// A format that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// Opaque: transparency is laid on white.
    Jpeg,
    /// Lossy, with transparency.
    Webp,
    /// Lossless, with transparency.
    Png,
}

impl OutputFormat {
    /// The format as the rest of the system names it.
    pub const fn format(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Webp => ImageFormat::Webp,
            Self::Png => ImageFormat::Png,
        }
    }

    /// Whether pixels may be less than opaque.
    pub const fn has_alpha(self) -> bool {
        !matches!(self, Self::Jpeg)
    }
}
