//! What was asked for, and the one text for it.

use std::fmt::Write as _;

use imaging::{Fit, Gravity, OutputFormat, Quality, RenderOptions};

use super::names::OptionName;

/// Device pixels a CSS pixel, in tenths: an exact number, so that equal texts are equal options.
pub(super) const DPR_ONE: u8 = 10;

/// The quality where none is asked for.
pub(super) const DEFAULT_QUALITY: u8 = 80;

/// The format that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FormatChoice {
    /// What suits the client and the image best.
    #[default]
    Auto,
    /// This one, whatever the client says.
    Fixed(OutputFormat),
}

/// What was asked for: in its own words, and nothing in it that would not change the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Options {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) dpr_tenths: u8,
    pub(crate) fit: Fit,
    pub(crate) gravity: Gravity,
    pub(crate) format: FormatChoice,
    pub(crate) quality: u8,
    /// Whether an animation stays one, where the format can be.
    pub(crate) animate: bool,
    /// The frame that is asked for, counted from 0: a still picture of it.
    pub(crate) page: Option<u32>,
    /// The content version that the page was written for.
    pub(crate) version: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: None,
            height: None,
            dpr_tenths: DPR_ONE,
            fit: Fit::default(),
            gravity: Gravity::default(),
            format: FormatChoice::default(),
            quality: DEFAULT_QUALITY,
            animate: true,
            page: None,
            version: None,
        }
    }
}

impl Options {
    /// The same request without what does not change the picture, so that it has one key.
    pub(super) fn without_idle_options(mut self) -> Self {
        if self.width.is_none() && self.height.is_none() {
            // There is no box to fit into.
            self.dpr_tenths = DPR_ONE;
            self.fit = Fit::default();
        }
        let box_is_whole = self.width.is_some() && self.height.is_some();
        if !box_is_whole || !matches!(self.fit, Fit::Cover | Fit::Crop | Fit::Pad) {
            // Nothing is cut off and nothing added.
            self.gravity = Gravity::default();
        }
        if self.page.is_some() {
            // Who asks for one frame does not want them all.
            self.animate = false;
            self.page = self.page.filter(|page| *page > 0);
        }
        if let FormatChoice::Fixed(format) = self.format {
            if !format.is_lossy() {
                self.quality = DEFAULT_QUALITY;
            }
            if !format.can_animate() && self.page.is_none() {
                self.animate = true;
            }
        }
        self
    }

    /// Of these options with the format that was chosen: what is rendered, and what its key is made of. The content
    /// version is not part of it: it stands in the key by itself.
    pub(crate) fn of_variant(self, format: OutputFormat) -> Self {
        Self {
            format: FormatChoice::Fixed(format),
            version: None,
            ..self
        }
        .without_idle_options()
    }

    /// The one text of these options: short names, sorted, without defaults. Empty where nothing is asked for.
    pub(crate) fn canonical(&self) -> String {
        let mut text = String::new();
        let mut option = |name: OptionName, value: std::fmt::Arguments<'_>| {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{}={value}", name.short()).expect("a String takes any text");
        };
        // In the order of the short names.
        if !self.animate && self.page.is_none() {
            option(OptionName::Animate, format_args!("false"));
        }
        if self.dpr_tenths != DPR_ONE {
            let (whole, tenth) = (self.dpr_tenths / 10, self.dpr_tenths % 10);
            match tenth {
                0 => option(OptionName::Dpr, format_args!("{whole}")),
                tenth => option(OptionName::Dpr, format_args!("{whole}.{tenth}")),
            }
        }
        if let FormatChoice::Fixed(format) = self.format {
            option(OptionName::Format, format_args!("{}", format.format().name()));
        }
        if self.fit != Fit::default() {
            option(OptionName::Fit, format_args!("{}", fit_name(self.fit)));
        }
        match self.gravity {
            Gravity::Center => {}
            Gravity::Point { x, y } => option(
                OptionName::Gravity,
                format_args!("{}x{}", Thousandths::of(x), Thousandths::of(y)),
            ),
            named => option(OptionName::Gravity, format_args!("{}", gravity_name(named))),
        }
        if let Some(height) = self.height {
            option(OptionName::Height, format_args!("{height}"));
        }
        if let Some(page) = self.page {
            option(OptionName::Page, format_args!("{page}"));
        }
        if self.quality != DEFAULT_QUALITY {
            option(OptionName::Quality, format_args!("{}", self.quality));
        }
        if let Some(version) = self.version {
            option(OptionName::Version, format_args!("{version}"));
        }
        if let Some(width) = self.width {
            option(OptionName::Width, format_args!("{width}"));
        }
        text
    }

    /// What the engine is asked for.
    pub(crate) fn render_options(&self, format: OutputFormat) -> RenderOptions {
        RenderOptions {
            width: self.width,
            height: self.height,
            dpr: f32::from(self.dpr_tenths) / 10.0,
            fit: self.fit,
            gravity: self.gravity,
            format,
            quality: Quality::Fixed(self.quality),
            animate: self.animate,
            page: self.page.unwrap_or_default(),
            ..RenderOptions::default()
        }
    }
}

/// 0 to 1 in steps of a thousandth, finer than anybody points: points that differ by less share one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thousandths(u16);

impl Thousandths {
    pub(super) fn of(part: f32) -> Self {
        // A float's cast saturates; nothing but 0 to 1 comes here.
        Self((part * 1_000.0).round() as u16)
    }

    pub(super) fn part(self) -> f32 {
        f32::from(self.0) / 1_000.0
    }
}

impl std::fmt::Display for Thousandths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.0 / 1_000, self.0 % 1_000) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, rest) => {
                let rest = format!("{rest:03}");
                write!(f, "{whole}.{}", rest.trim_end_matches('0'))
            }
        }
    }
}

/// The ways to fit, with their names in URLs.
pub(super) const FITS: [(&str, Fit); 6] = [
    ("scale-down", Fit::ScaleDown),
    ("contain", Fit::Contain),
    ("cover", Fit::Cover),
    ("crop", Fit::Crop),
    ("pad", Fit::Pad),
    ("squeeze", Fit::Squeeze),
];

/// The gravities that have a name, with their names in URLs.
pub(super) const GRAVITIES: [(&str, Gravity); 10] = [
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

fn fit_name(fit: Fit) -> &'static str {
    name_in(&FITS, fit).expect("every fit stands in the table")
}

fn gravity_name(gravity: Gravity) -> &'static str {
    name_in(&GRAVITIES, gravity).expect("every gravity but a point stands in the table")
}

fn name_in<T: PartialEq>(table: &[(&'static str, T)], value: T) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, candidate)| *candidate == value)
        .map(|(name, _)| *name)
}
