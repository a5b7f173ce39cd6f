//! How large an answer is, and which part of the picture it shows: pure arithmetic, no pixel is touched.

use crate::{
    options::{Fit, Gravity, RenderOptions},
    orient::Orientation,
};

/// The longest side of anything that is rendered, in pixels.
const MAX_OUTPUT_SIDE: f64 = 12_000.0;

/// Pixels across and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
}

/// Pixels from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Offset {
    /// To the right.
    pub x: u32,
    /// Down.
    pub y: u32,
}

/// The plan of a render. Sizes follow from the original's upright dimensions alone, never from those of a mezzanine, so
/// that every source gives the same answer.
///
/// What [`RenderOptions::trim`] leaves of a picture is known only from its pixels: a plan of the whole picture then tells
/// which source is needed, and its sizes are those of an answer that nothing was cut from. The render plans anew with the
/// size of what is left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// The size of the answer, its border included.
    pub output: Size,
    /// The size of the picture in it; smaller than `output` only with [`Fit::Pad`] or a border.
    pub picture: Size,
    /// Where the picture stands in the output.
    pub offset: Offset,
    /// Pixels of the frame on each side of the output.
    pub border: u32,
    /// The part of the turned original that is shown, across and down, 0 to 1 each; less than 1 where something is cut off.
    pub shown: (f64, f64),
    /// After the turn that was asked for.
    original: Size,
    /// Output pixels for one of the original, the larger of across and down, before any rounding.
    scale: f64,
}

impl Geometry {
    /// The longer side, in pixels, that a source of the whole picture must have so that nothing is enlarged more than from
    /// the original itself. At most the original's own longer side, which it is where the picture is trimmed: nobody knows
    /// yet how little will be left to fill the answer with.
    pub fn min_source_edge(&self) -> u32 {
        let edge = f64::from(self.original.width.max(self.original.height));
        // A hair less, or 640.0000001 would pass over the 640 px mezzanine.
        (edge * self.scale.min(1.0) - 1e-6).ceil().clamp(1.0, edge) as u32
    }

    /// Whether the gravity decides anything.
    pub(crate) fn is_cut(&self) -> bool {
        self.shown.0 < 1.0 || self.shown.1 < 1.0
    }
}

/// The output without its border and the picture in it, across and down in unrounded pixels, and how much of the original
/// is shown.
struct Fitted {
    output: (f64, f64),
    picture: (f64, f64),
    shown: (f64, f64),
}

/// Plans a render of an original with these upright dimensions.
pub fn geometry(original: Size, options: &RenderOptions) -> Geometry {
    let (width, height) =
        Orientation::of(options.rotate, options.flip).sides(original.width.max(1), original.height.max(1));
    let original = Size { width, height };
    let dpr = if options.dpr.is_finite() {
        f64::from(options.dpr.clamp(1.0, 5.0))
    } else {
        1.0
    };
    let asked = |side: Option<u32>| side.map(|side| (f64::from(side.max(1)) * dpr).round());
    let (ratio, sides) = with_ratio(
        options.aspect_ratio,
        (asked(options.width), asked(options.height)),
    );
    let border = border_width(options, dpr, sides);
    let inner = |side: Option<f64>| side.map(|side| side - 2.0 * border);
    let Fitted {
        output,
        picture,
        shown,
    } = fitted(original, (inner(sides.0), inner(sides.1)), ratio, options.fit);

    let max_side = MAX_OUTPUT_SIDE - 2.0 * border;
    let clamp = (max_side / output.0.max(output.1)).min(1.0);
    let output = (output.0 * clamp, output.1 * clamp);
    let picture = (picture.0 * clamp, picture.1 * clamp);

    let (width, height) = (f64::from(original.width), f64::from(original.height));
    let scale = (picture.0 / (width * shown.0)).max(picture.1 / (height * shown.1));
    let rounded = |(across, down): (f64, f64)| Size {
        width: across.round().clamp(1.0, max_side) as u32,
        height: down.round().clamp(1.0, max_side) as u32,
    };
    let output = rounded(output);
    let picture = rounded(picture);
    let picture = Size {
        width: picture.width.min(output.width),
        height: picture.height.min(output.height),
    };
    let (across, down) = alignment(options.gravity);
    let border = border as u32;
    Geometry {
        output: Size {
            width: output.width + 2 * border,
            height: output.height + 2 * border,
        },
        picture,
        offset: Offset {
            x: border + (f64::from(output.width - picture.width) * across).round() as u32,
            y: border + (f64::from(output.height - picture.height) * down).round() as u32,
        },
        border,
        shown,
        original,
        scale: if options.trim.is_some() { 1.0 } else { scale },
    }
}

type Sides = (Option<f64>, Option<f64>);

/// The ratio where it decides anything, and the asked sides with the one that follows from it.
fn with_ratio(ratio: Option<(u32, u32)>, (width, height): Sides) -> (Option<f64>, Sides) {
    let ratio = match ratio {
        Some((across, down)) if across > 0 && down > 0 => f64::from(across) / f64::from(down),
        _ => return (None, (width, height)),
    };
    match (width, height) {
        (Some(_), Some(_)) => (None, (width, height)),
        (Some(w), None) => (Some(ratio), (width, Some((w / ratio).round().max(1.0)))),
        (None, Some(h)) => (Some(ratio), (Some((h * ratio).round().max(1.0)), height)),
        (None, None) => (Some(ratio), (None, None)),
    }
}

/// Pixels of the border on each side, as many as leave a pixel of the picture.
fn border_width(options: &RenderOptions, dpr: f64, (width, height): Sides) -> f64 {
    let Some(border) = options.border else {
        return 0.0;
    };
    let shorter = [width, height]
        .into_iter()
        .flatten()
        .fold(MAX_OUTPUT_SIDE, f64::min);
    let room = ((shorter - 1.0) / 2.0).floor();
    (f64::from(border.width) * dpr).round().min(room)
}

/// Fits the picture into the sides that are given.
fn fitted(original: Size, sides: Sides, ratio: Option<f64>, fit: Fit) -> Fitted {
    let (width, height) = (f64::from(original.width), f64::from(original.height));
    let whole = |scale: f64| Fitted {
        output: (width * scale, height * scale),
        picture: (width * scale, height * scale),
        shown: (1.0, 1.0),
    };
    // The box, and the part of the original that fills it.
    let filled = |(w, h): (f64, f64)| {
        let scale = (w / width).max(h / height);
        Fitted {
            output: (w, h),
            picture: (w, h),
            shown: ((w / scale / width).min(1.0), (h / scale / height).min(1.0)),
        }
    };
    match (sides, ratio) {
        ((None, None), None) => whole(1.0),
        ((None, None), Some(ratio)) => {
            // The largest box of the ratio in the picture, and the smallest around it.
            let (within, around) = if width > height * ratio {
                ((height * ratio, height), (width, width / ratio))
            } else {
                ((width, width / ratio), (height * ratio, height))
            };
            match fit {
                Fit::ScaleDown | Fit::Crop | Fit::Cover => filled(within),
                Fit::Contain => whole(1.0),
                Fit::Pad => Fitted {
                    output: around,
                    ..whole(1.0)
                },
                Fit::Squeeze => Fitted {
                    output: within,
                    picture: within,
                    shown: (1.0, 1.0),
                },
            }
        }
        ((Some(_), None) | (None, Some(_)), _) => {
            let scale = match sides {
                (Some(w), _) => w / width,
                (_, given) => given.unwrap_or(height) / height,
            };
            match fit {
                Fit::ScaleDown | Fit::Crop => whole(scale.min(1.0)),
                Fit::Contain | Fit::Cover | Fit::Pad | Fit::Squeeze => whole(scale),
            }
        }
        ((Some(w), Some(h)), ratio) => {
            let inside = (w / width).min(h / height);
            match fit {
                // A box that is larger than the picture shrinks in its ratio, so that filling it never enlarges.
                Fit::ScaleDown | Fit::Crop if ratio.is_some() => {
                    let shrunk = (width / w).min(height / h).min(1.0);
                    filled((w * shrunk, h * shrunk))
                }
                Fit::ScaleDown => whole(inside.min(1.0)),
                Fit::Contain => whole(inside),
                Fit::Cover => filled((w, h)),
                // The same, but each side by itself.
                Fit::Crop => filled((w.min(width), h.min(height))),
                Fit::Pad => Fitted {
                    output: (w, h),
                    ..whole(inside)
                },
                Fit::Squeeze => Fitted {
                    output: (w, h),
                    picture: (w, h),
                    shown: (1.0, 1.0),
                },
            }
        }
    }
}

/// What is left of an upright original of which only this box is kept; left, top, width, height, each a part of 1.
pub(crate) fn trimmed(original: Size, [_, _, width, height]: [f64; 4]) -> Size {
    let side = |side: u32, part: f64| {
        (f64::from(side) * part)
            .round()
            .clamp(1.0, f64::from(side.max(1))) as u32
    };
    Size {
        width: side(original.width, width),
        height: side(original.height, height),
    }
}

/// Where a box lies in the whole, of a box that lies in it; left, top, width, height, each a part of 1. With the box that a
/// trim keeps, this is where the window that a plan shows lies in the untrimmed picture.
pub(crate) fn within([left, top, width, height]: [f64; 4], inner: [f64; 4]) -> [f64; 4] {
    [
        left + inner[0] * width,
        top + inner[1] * height,
        inner[2] * width,
        inner[3] * height,
    ]
}

/// Where the picture stands in the room that is left: 0 is left or top, 1 is right or bottom.
pub(crate) fn alignment(gravity: Gravity) -> (f64, f64) {
    match gravity {
        Gravity::Auto | Gravity::Center => (0.5, 0.5),
        Gravity::Left => (0.0, 0.5),
        Gravity::Right => (1.0, 0.5),
        Gravity::Top => (0.5, 0.0),
        Gravity::Bottom => (0.5, 1.0),
        Gravity::TopLeft => (0.0, 0.0),
        Gravity::TopRight => (1.0, 0.0),
        Gravity::BottomLeft => (0.0, 1.0),
        Gravity::BottomRight => (1.0, 1.0),
        Gravity::Point { x, y } => (focal(x), focal(y)),
    }
}

/// A focal point's coordinate, made safe.
pub(crate) fn focal(part: f32) -> f64 {
    if part.is_finite() {
        f64::from(part.clamp(0.0, 1.0))
    } else {
        0.5
    }
}

#[cfg(test)]
mod tests;
