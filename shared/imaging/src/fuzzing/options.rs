//! Options of a render, made of bytes.

use crate::{
    Adjustments, Border, Colour, ColourSpace, Effort, Fit, Flip, Gravity, MetadataPolicy, OutputFormat,
    Quality, RenderOptions, Rotation,
};

/// Numbers from the front of a slice; zeros behind its end.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn long(&mut self) -> u32 {
        u32::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Up to here, seldom beyond: huge answers are slow, and their like is in the hostile files.
    fn side(&mut self) -> Option<u32> {
        match self.byte() {
            0 => None,
            255 => Some(u32::from(self.byte()) * 8),
            side => Some(u32::from(side)),
        }
    }

    /// From 0 to `most` in its ordinary half, and any float at all in the other, infinities included.
    fn float(&mut self, most: f32) -> f32 {
        match self.byte() {
            255 => f32::from_bits(self.long()),
            part => f32::from(part) / 254.0 * most,
        }
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    fn sometimes<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() % 3 == 1).then(|| value(self))
    }

    fn colour(&mut self) -> Colour {
        Colour {
            red: self.byte(),
            green: self.byte(),
            blue: self.byte(),
            alpha: self.byte(),
        }
    }
}

/// The options that the first bytes stand for, and the bytes behind them.
pub(super) fn options(bytes: &[u8]) -> (RenderOptions, &[u8]) {
    let mut numbers = Numbers(bytes);
    let n = &mut numbers;
    let gravity = match n.byte() % 11 {
        0 => Gravity::Auto,
        1 => Gravity::Left,
        2 => Gravity::Right,
        3 => Gravity::Top,
        4 => Gravity::Bottom,
        5 => Gravity::TopLeft,
        6 => Gravity::TopRight,
        7 => Gravity::BottomLeft,
        8 => Gravity::BottomRight,
        9 => Gravity::Point {
            x: n.float(1.0),
            y: n.float(1.0),
        },
        _ => Gravity::Center,
    };
    let options = RenderOptions {
        width: n.side(),
        height: n.side(),
        aspect_ratio: n.sometimes(|n| (u32::from(n.byte()), u32::from(n.byte()))),
        dpr: 1.0 + n.float(1.0),
        fit: n.one_of(&[
            Fit::ScaleDown,
            Fit::Contain,
            Fit::Cover,
            Fit::Crop,
            Fit::Pad,
            Fit::Squeeze,
        ]),
        gravity,
        trim: n.sometimes(Numbers::byte),
        rotate: n.one_of(&[
            Rotation::None,
            Rotation::Quarter,
            Rotation::Half,
            Rotation::ThreeQuarters,
        ]),
        flip: n.one_of(&[Flip::None, Flip::Horizontal, Flip::Vertical, Flip::Both]),
        background: n.sometimes(Numbers::colour),
        border: n.sometimes(|n| Border {
            width: u32::from(n.byte()),
            colour: n.colour(),
        }),
        adjustments: Adjustments {
            blur: n.float(250.0),
            sharpen: n.float(10.0),
            brightness: n.float(2.0),
            contrast: n.float(2.0),
            gamma: n.float(10.0),
            saturation: n.float(2.0),
        },
        // Twice the quick ones: AVIF takes as long as all others together.
        format: n.one_of(&[
            OutputFormat::Jpeg,
            OutputFormat::Webp,
            OutputFormat::Png,
            OutputFormat::Gif,
            OutputFormat::Jpeg,
            OutputFormat::Webp,
            OutputFormat::Png,
            OutputFormat::Gif,
            OutputFormat::Avif,
        ]),
        quality: match n.byte() {
            0 => Quality::Auto,
            quality => Quality::Fixed(quality),
        },
        max_bytes: n.sometimes(|n| u64::from(n.byte()) * 16),
        animate: n.byte() % 2 == 0,
        page: u32::from(n.byte()),
        metadata: n.one_of(&[
            MetadataPolicy::None,
            MetadataPolicy::Copyright,
            MetadataPolicy::Keep,
        ]),
        colour_space: n.one_of(&[ColourSpace::Srgb, ColourSpace::DisplayP3, ColourSpace::Keep]),
        // Last, so that what was gathered before there was a choice still reads as it did.
        effort: n.sometimes(|n| n.one_of(&[Effort::Normal, Effort::High])),
    };
    (options, numbers.0)
}
