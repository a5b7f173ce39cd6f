//! What was asked for, and the one text for it.

use std::fmt::{Display, Write as _};

use imaging::{
    Adjustments, Border, Colour, ColourSpace, Effort, Fit, Flip, Gravity, MetadataPolicy, OutputFormat,
    Quality, RenderOptions, Rotation,
};

use domain::PresetName;

use crate::{
    names::OptionName,
    values::{
        AUTO, COLOUR_SPACES, Decimal, EFFORTS, FITS, FLIPS, GRAVITIES, Hex, Hundredths, JSON, METADATA,
        ROTATIONS, Thousandths, name_in,
    },
};

/// Device pixels a CSS pixel, in tenths: an exact number, so that equal texts are equal options.
pub(crate) const DPR_ONE: u8 = 10;

/// The format that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormatChoice {
    /// What suits the client and the image best.
    #[default]
    Auto,
    /// This one, whatever the client says.
    Fixed(OutputFormat),
    /// No picture: what is known of it.
    Json,
}

/// What was asked for: in its own words, and nothing in it that would not change the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    /// In lowest terms.
    pub(crate) aspect_ratio: Option<(u32, u32)>,
    pub(crate) dpr_tenths: u8,
    pub(crate) fit: Fit,
    pub(crate) gravity: Gravity,
    pub(crate) trim: Option<u8>,
    pub(crate) rotate: Rotation,
    pub(crate) flip: Flip,
    pub(crate) background: Option<Colour>,
    pub(crate) border: Option<Border>,
    pub(crate) tones: Tones,
    /// What the bytes are to be.
    pub format: FormatChoice,
    pub(crate) quality: Quality,
    pub(crate) effort: Option<Effort>,
    pub(crate) max_bytes: Option<u32>,
    pub(crate) metadata: MetadataPolicy,
    pub(crate) colour_space: ColourSpace,
    /// Whether an animation stays one, where the format can be.
    pub animate: bool,
    /// The frame that is asked for, counted from 0: a still picture of it.
    pub(crate) page: Option<u32>,
    /// The preset of the picture that is laid over it.
    pub watermark: Option<PresetName>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            aspect_ratio: None,
            dpr_tenths: DPR_ONE,
            fit: Fit::default(),
            gravity: Gravity::default(),
            trim: None,
            rotate: Rotation::default(),
            flip: Flip::default(),
            background: None,
            border: None,
            tones: Tones::default(),
            format: FormatChoice::default(),
            quality: Quality::default(),
            effort: None,
            max_bytes: None,
            metadata: MetadataPolicy::default(),
            colour_space: ColourSpace::default(),
            animate: true,
            page: None,
            watermark: None,
        }
    }
}

/// Blur, sharpness and tones, in hundredths: exact numbers, so that equal texts are equal options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tones {
    pub(crate) blur: Hundredths,
    pub(crate) sharpen: Hundredths,
    pub(crate) brightness: Hundredths,
    pub(crate) contrast: Hundredths,
    pub(crate) gamma: Hundredths,
    pub(crate) saturation: Hundredths,
}

impl Default for Tones {
    fn default() -> Self {
        let (none, one) = (Hundredths::of_steps(0), Hundredths::of_steps(100));
        Self {
            blur: none,
            sharpen: none,
            brightness: one,
            contrast: one,
            gamma: one,
            saturation: one,
        }
    }
}

impl Options {
    /// The same request without what does not change the picture, so that it has one key.
    pub(crate) fn without_idle_options(mut self) -> Self {
        let sides = usize::from(self.width.is_some()) + usize::from(self.height.is_some());
        if sides == 2 || sides == 0 && self.fit == Fit::Contain {
            // Two sides are a ratio already; and a whole picture without a box has its own.
            self.aspect_ratio = None;
        }
        let has_ratio = self.aspect_ratio.is_some();
        if sides == 0 && self.border.is_none() {
            // There is nothing to multiply.
            self.dpr_tenths = DPR_ONE;
        }
        if sides == 0 && !has_ratio || has_ratio && self.fit == Fit::Crop {
            // There is no box to fit into; or to keep a ratio without enlarging is what is done anyway.
            self.fit = Fit::default();
        }
        if sides == 0 && self.fit == Fit::Cover {
            // Nothing is enlarged.
            self.fit = Fit::default();
        }
        let cuts_or_adds = match self.fit {
            Fit::Cover | Fit::Crop | Fit::Pad => sides == 2 || has_ratio,
            Fit::ScaleDown => has_ratio,
            Fit::Contain | Fit::Squeeze => false,
        };
        if !cuts_or_adds {
            self.gravity = Gravity::default();
        }
        if self.page.is_some() {
            // Who asks for one frame does not want them all.
            self.animate = false;
            self.page = self.page.filter(|page| *page > 0);
        }
        (self.rotate, self.flip) = turned(self.rotate, self.flip);
        if self.background.is_some_and(|colour| colour.alpha == 0) {
            self.background = None;
        }
        if let FormatChoice::Fixed(format) = self.format {
            if !format.is_lossy() {
                self.quality = Quality::default();
                self.effort = None;
            }
            if !format.can_animate() && self.page.is_none() {
                self.animate = true;
            }
            if !format.has_alpha() && self.background == Some(Colour::WHITE) {
                // It is white anyway.
                self.background = None;
            }
        }
        let usual = Effort::usual(self.quality, self.max_bytes.is_some());
        self.effort = self.effort.filter(|effort| *effort != usual);
        self
    }

    /// Of these options with the format that was chosen: what is rendered, and what its key is made of.
    pub fn of_variant(&self, format: OutputFormat) -> Self {
        Self {
            format: FormatChoice::Fixed(format),
            ..self.clone()
        }
        .without_idle_options()
    }

    /// The one text of these options: short names, sorted, without defaults. Empty where nothing is asked for.
    pub fn canonical(&self) -> String {
        let plain = Self::default();
        let format = match self.format {
            FormatChoice::Auto => None,
            FormatChoice::Fixed(format) => Some(format.format().name()),
            FormatChoice::Json => Some(JSON),
        };
        // In the order of the short names.
        let mut text = Text::default();
        let stands_still = !self.animate && self.page.is_none();
        text.put(OptionName::Animate, stands_still.then_some("false"));
        text.put(
            OptionName::AspectRatio,
            self.aspect_ratio.map(|(across, down)| format!("{across}:{down}")),
        );
        text.put(OptionName::Background, self.background.map(Hex));
        text.put(OptionName::Blur, changed(self.tones.blur, plain.tones.blur));
        text.put(
            OptionName::Border,
            self.border
                .map(|border| format!("{}:{}", border.width, Hex(border.colour))),
        );
        text.put(
            OptionName::Brightness,
            changed(self.tones.brightness, plain.tones.brightness),
        );
        text.put(
            OptionName::Contrast,
            changed(self.tones.contrast, plain.tones.contrast),
        );
        text.put(
            OptionName::ColourSpace,
            changed(self.colour_space, plain.colour_space).map(|colours| name_in(&COLOUR_SPACES, colours)),
        );
        text.put(
            OptionName::Dpr,
            changed(self.dpr_tenths, plain.dpr_tenths).map(|tenths| Decimal::<1>::of_steps(tenths.into())),
        );
        text.put(
            OptionName::Effort,
            self.effort.map(|effort| name_in(&EFFORTS, effort)),
        );
        text.put(OptionName::Format, format);
        text.put(
            OptionName::Fit,
            changed(self.fit, plain.fit).map(|fit| name_in(&FITS, fit)),
        );
        text.put(
            OptionName::Flip,
            changed(self.flip, plain.flip).map(|flip| name_in(&FLIPS, flip)),
        );
        text.put(OptionName::Gravity, gravity_text(self.gravity));
        text.put(OptionName::Gamma, changed(self.tones.gamma, plain.tones.gamma));
        text.put(OptionName::Height, self.height);
        text.put(OptionName::MaxBytes, self.max_bytes);
        text.put(
            OptionName::Metadata,
            changed(self.metadata, plain.metadata).map(|metadata| name_in(&METADATA, metadata)),
        );
        text.put(OptionName::Page, self.page);
        text.put(
            OptionName::Quality,
            changed(self.quality, plain.quality).map(|quality| match quality {
                Quality::Fixed(quality) => quality.to_string(),
                Quality::Auto => AUTO.to_owned(),
            }),
        );
        text.put(
            OptionName::Rotate,
            changed(self.rotate, plain.rotate).map(|rotate| name_in(&ROTATIONS, rotate)),
        );
        text.put(
            OptionName::Saturation,
            changed(self.tones.saturation, plain.tones.saturation),
        );
        text.put(
            OptionName::Sharpen,
            changed(self.tones.sharpen, plain.tones.sharpen),
        );
        text.put(OptionName::Trim, self.trim);
        text.put(OptionName::Width, self.width);
        text.put(OptionName::Watermark, self.watermark.as_ref());
        text.0
    }

    /// What the engine is asked for.
    ///
    /// The watermark is none of it: whose picture it is, only the preset knows.
    pub fn render_options(&self, format: OutputFormat) -> RenderOptions {
        RenderOptions {
            width: self.width,
            height: self.height,
            aspect_ratio: self.aspect_ratio,
            dpr: f32::from(self.dpr_tenths) / 10.0,
            fit: self.fit,
            gravity: self.gravity,
            trim: self.trim,
            rotate: self.rotate,
            flip: self.flip,
            background: self.background,
            border: self.border,
            adjustments: Adjustments {
                blur: self.tones.blur.number(),
                sharpen: self.tones.sharpen.number(),
                brightness: self.tones.brightness.number(),
                contrast: self.tones.contrast.number(),
                gamma: self.tones.gamma.number(),
                saturation: self.tones.saturation.number(),
            },
            format,
            quality: self.quality,
            effort: self.effort,
            max_bytes: self.max_bytes.map(u64::from),
            metadata: self.metadata,
            colour_space: self.colour_space,
            animate: self.animate,
            page: self.page.unwrap_or_default(),
        }
    }
}

/// A canonical form that is being written.
#[derive(Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn put(&mut self, name: OptionName, value: Option<impl Display>) {
        if let Some(value) = value {
            let comma = if self.0.is_empty() { "" } else { "," };
            write!(self.0, "{comma}{}={value}", name.short()).expect("a String takes any text");
        }
    }
}

fn changed<T: PartialEq>(value: T, default: T) -> Option<T> {
    (value != default).then_some(value)
}

fn gravity_text(gravity: Gravity) -> Option<String> {
    match gravity {
        Gravity::Center => None,
        Gravity::Point { x, y } => Some(format!("{}x{}", Thousandths::near(x), Thousandths::near(y))),
        named => Some(name_in(&GRAVITIES, named).to_owned()),
    }
}

/// The same mirror and turn, in that order, in the one pair of words that stands for it: two mirrors are half a turn, and
/// so is what is left of a turn by more than a quarter beside a mirror.
fn turned(rotate: Rotation, flip: Flip) -> (Rotation, Flip) {
    let half_more = |rotate| match rotate {
        Rotation::None => Rotation::Half,
        Rotation::Quarter => Rotation::ThreeQuarters,
        Rotation::Half => Rotation::None,
        Rotation::ThreeQuarters => Rotation::Quarter,
    };
    match (rotate, flip) {
        (_, Flip::Both) => (half_more(rotate), Flip::None),
        (Rotation::Half | Rotation::ThreeQuarters, Flip::Horizontal) => (half_more(rotate), Flip::Vertical),
        (Rotation::Half | Rotation::ThreeQuarters, Flip::Vertical) => (half_more(rotate), Flip::Horizontal),
        same => same,
    }
}
