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
    /// Across to down, as in 16 to 9, where width and height are not both given. With one of them the other follows; with
    /// neither it is the largest part of the picture that has this ratio. What would stick out is cut off, and nothing is
    /// enlarged: so [`Fit::ScaleDown`], which cuts nothing off otherwise, is a [`Fit::Crop`] that keeps the ratio. The
    /// other fits fill the box that follows from it as they fill any, and [`Fit::Contain`] shows the picture whole. A zero
    /// is no ratio.
    pub aspect_ratio: Option<(u32, u32)>,
    /// Device pixels a CSS pixel, 1 to 5: multiplies width, height and the border. Anything else is clamped.
    pub dpr: f32,
    /// How the picture is fitted into width and height.
    pub fit: Fit,
    /// What is kept where something is cut off, and where the picture stands where something is added.
    pub gravity: Gravity,
    /// Cuts off borders of one colour first: how far, 0 to 255 a channel, a pixel may differ from the corner's colour and
    /// still belong to the border.
    pub trim: Option<u8>,
    /// Turns the picture, before anything is fitted: width and height are those of the turned one.
    pub rotate: Rotation,
    /// Mirrors the upright picture, before it is turned.
    pub flip: Flip,
    /// What stands behind transparent pixels and in what `Fit::Pad` adds. None is transparent where the format can be, and
    /// white where it cannot.
    pub background: Option<Colour>,
    /// A frame around the finished picture, inside the size that was asked for; outside, where none was.
    pub border: Option<Border>,
    /// Blur, sharpness and tones.
    pub adjustments: Adjustments,
    /// The format to write.
    pub format: OutputFormat,
    /// How much of the picture a lossy format keeps. Without effect on PNG and GIF.
    pub quality: Quality,
    /// How hard a lossy format is tried; [`Effort::usual`] where it is none. Without effect on animations.
    pub effort: Option<Effort>,
    /// The most bytes that the answer may have: quality goes down, and then the size, until it fits.
    pub max_bytes: Option<u64>,
    /// Whether an animation stays one, where the format can be. Otherwise it is one frame of it.
    pub animate: bool,
    /// Which frame of an animation or page of a document is shown where one is, counted from 0; the last one where there
    /// are fewer.
    pub page: u32,
    /// What the answer says of the picture beside its pixels.
    pub metadata: MetadataPolicy,
    /// The colours that the answer is written in.
    pub colour_space: ColourSpace,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            aspect_ratio: None,
            dpr: 1.0,
            fit: Fit::default(),
            gravity: Gravity::default(),
            trim: None,
            rotate: Rotation::default(),
            flip: Flip::default(),
            background: None,
            border: None,
            adjustments: Adjustments::default(),
            format: OutputFormat::Jpeg,
            quality: Quality::default(),
            effort: None,
            max_bytes: None,
            animate: true,
            page: 0,
            metadata: MetadataPolicy::default(),
            colour_space: ColourSpace::default(),
        }
    }
}

impl RenderOptions {
    /// Whether only the original can answer: mezzanines have neither metadata nor wide colours, and show the first frame.
    pub fn needs_original(&self, is_animated: bool) -> bool {
        self.metadata != MetadataPolicy::None
            || self.colour_space != ColourSpace::Srgb
            || is_animated && (self.page > 0 || self.animate && self.format.can_animate())
    }
}

/// A turn with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// 90°.
    Quarter,
    /// 180°.
    Half,
    /// 270°.
    ThreeQuarters,
}

/// A mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flip {
    /// None.
    #[default]
    None,
    /// Left and right change places.
    Horizontal,
    /// Top and bottom change places.
    Vertical,
    /// Both.
    Both,
}

/// A colour of sRGB, with straight alpha: 255 is opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// 0 to 255.
    pub red: u8,
    /// 0 to 255.
    pub green: u8,
    /// 0 to 255.
    pub blue: u8,
    /// 0 to 255.
    pub alpha: u8,
}

impl Colour {
    /// Opaque white.
    pub const WHITE: Self = Self {
        red: 255,
        green: 255,
        blue: 255,
        alpha: 255,
    };
}

/// A frame of one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Border {
    /// Pixels on each side, before `dpr`.
    pub width: u32,
    /// Of the frame.
    pub colour: Colour,
}

/// Blur, sharpness and tones, applied in this order. The default changes nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjustments {
    /// The standard deviation of a Gaussian blur in pixels of the answer, 0 to 250.
    pub blur: f32,
    /// How much of what a blur of one pixel takes away is added once more, 0 to 10.
    pub sharpen: f32,
    /// A factor on every channel, 0 to 2; 1 changes nothing.
    pub brightness: f32,
    /// A factor on the distance from middle gray, 0 to 2; 1 changes nothing.
    pub contrast: f32,
    /// The exponent's reciprocal: brightens above 1 and darkens below, 0.1 to 10; 1 changes nothing.
    pub gamma: f32,
    /// A factor on the distance from gray of the same luminance, 0 to 2; 1 changes nothing.
    pub saturation: f32,
}

impl Default for Adjustments {
    fn default() -> Self {
        Self {
            blur: 0.0,
            sharpen: 0.0,
            brightness: 1.0,
            contrast: 1.0,
            gamma: 1.0,
            saturation: 1.0,
        }
    }
}

/// How much of the picture a lossy format keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// The encoder's own scale, 1 to 100; anything else is clamped.
    Fixed(u8),
    /// A number for each format, so that all of them look about alike.
    Auto,
}

impl Default for Quality {
    fn default() -> Self {
        Self::Fixed(80)
    }
}

/// How hard an encoder tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effort {
    /// As hard as a fast answer allows.
    Normal,
    /// Up to three times as much of the processor for the encoding, for fewer bytes at an equal look. Not at an equal number:
    /// of the same quality an AVIF looks better, and a JPEG is smaller.
    High,
}

impl Effort {
    /// What is taken where nobody says. Whoever leaves the quality to us gets more of the processor's time, in one encode.
    /// Whoever names a number of bytes is searched for in up to eight encodes, each of which must be quick.
    pub const fn usual(quality: Quality, has_max_bytes: bool) -> Self {
        match quality {
            Quality::Auto if !has_max_bytes => Self::High,
            _ => Self::Normal,
        }
    }
}

/// What the answer says of the picture beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MetadataPolicy {
    /// Nothing.
    #[default]
    None,
    /// Whose it is: copyright and artist.
    Copyright,
    /// All that the original says, its place included.
    Keep,
}

/// The colours that the answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColourSpace {
    /// sRGB, without a profile: shown alike everywhere.
    #[default]
    Srgb,
    /// Display P3, with its profile.
    DisplayP3,
    /// Those of the original, with its profile. sRGB where the original has none, or is no RGB.
    Keep,
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
    /// Opaque.
    Jpeg,
    /// Lossy, with transparency, animated.
    Webp,
    /// AV1: lossy, with transparency; the smallest and the slowest.
    Avif,
    /// Lossless, with transparency.
    Png,
    /// 256 colours and one of them transparent; animated.
    Gif,
}

impl OutputFormat {
    /// Every format, in the order in which they are named to people.
    pub const ALL: [Self; 5] = [Self::Avif, Self::Webp, Self::Jpeg, Self::Png, Self::Gif];

    /// The format as the rest of the system names it.
    pub const fn format(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Webp => ImageFormat::Webp,
            Self::Avif => ImageFormat::Avif,
            Self::Png => ImageFormat::Png,
            Self::Gif => ImageFormat::Gif,
        }
    }

    /// Whether pixels may be less than opaque.
    pub const fn has_alpha(self) -> bool {
        !matches!(self, Self::Jpeg)
    }

    /// Whether it can hold more than one frame.
    pub const fn can_animate(self) -> bool {
        matches!(self, Self::Webp | Self::Gif)
    }

    /// Whether quality decides how much of the picture is kept.
    pub const fn is_lossy(self) -> bool {
        matches!(self, Self::Jpeg | Self::Webp | Self::Avif)
    }
}
