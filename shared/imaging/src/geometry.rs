//! How large an answer is, and which part of the picture it shows: pure arithmetic, no pixel is touched.

use crate::options::{Fit, Gravity, RenderOptions};

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// The size of the answer.
    pub output: Size,
    /// The size of the picture in it; smaller than `output` only with [`Fit::Pad`].
    pub picture: Size,
    /// Where the picture stands in the output.
    pub offset: Offset,
    /// The part of the original that is shown, across and down, 0 to 1 each; less than 1 where something is cut off.
    pub shown: (f64, f64),
    original: Size,
    /// Output pixels for one of the original, the larger of across and down, before any rounding.
    scale: f64,
}

impl Geometry {
    /// The longer side, in pixels, that a source of the whole picture must have so that nothing is enlarged more than from
    /// the original itself. At most the original's own longer side.
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

/// Plans a render of an original with these upright dimensions.
pub fn geometry(original: Size, options: &RenderOptions) -> Geometry {
    let original = Size {
        width: original.width.max(1),
        height: original.height.max(1),
    };
    let (width, height) = (f64::from(original.width), f64::from(original.height));
    let dpr = if options.dpr.is_finite() {
        f64::from(options.dpr.clamp(1.0, 5.0))
    } else {
        1.0
    };
    let asked = |side: Option<u32>| side.map(|side| (f64::from(side.max(1)) * dpr).round());

    // The output, and the picture in it, as (across, down) in unrounded pixels; and how much of the original is shown.
    let whole = |scale: f64| (width * scale, height * scale);
    let (mut output, mut picture, shown) = match (asked(options.width), asked(options.height)) {
        (None, None) => (whole(1.0), whole(1.0), (1.0, 1.0)),
        (one, None) | (None, one) => {
            let given = one.unwrap_or(1.0);
            let scale = if options.width.is_some() {
                given / width
            } else {
                given / height
            };
            let scale = match options.fit {
                Fit::ScaleDown | Fit::Crop => scale.min(1.0),
                Fit::Contain | Fit::Cover | Fit::Pad | Fit::Squeeze => scale,
            };
            (whole(scale), whole(scale), (1.0, 1.0))
        }
        (Some(w), Some(h)) => {
            let inside = (w / width).min(h / height);
            // The box, and the part of the original that fills it.
            let filled = |(w, h): (f64, f64)| {
                let scale = (w / width).max(h / height);
                (
                    (w, h),
                    (w, h),
                    ((w / scale / width).min(1.0), (h / scale / height).min(1.0)),
                )
            };
            match options.fit {
                Fit::ScaleDown => (whole(inside.min(1.0)), whole(inside.min(1.0)), (1.0, 1.0)),
                Fit::Contain => (whole(inside), whole(inside), (1.0, 1.0)),
                Fit::Cover => filled((w, h)),
                // A box that is larger than the picture shrinks to it, so that filling it never enlarges.
                Fit::Crop => filled((w.min(width), h.min(height))),
                Fit::Pad => ((w, h), whole(inside), (1.0, 1.0)),
                Fit::Squeeze => ((w, h), (w, h), (1.0, 1.0)),
            }
        }
    };
    let clamp = (MAX_OUTPUT_SIDE / output.0.max(output.1)).min(1.0);
    output = (output.0 * clamp, output.1 * clamp);
    picture = (picture.0 * clamp, picture.1 * clamp);

    let scale = (picture.0 / (width * shown.0)).max(picture.1 / (height * shown.1));
    let rounded = |(across, down): (f64, f64)| Size {
        width: across.round().clamp(1.0, MAX_OUTPUT_SIDE) as u32,
        height: down.round().clamp(1.0, MAX_OUTPUT_SIDE) as u32,
    };
    let output = rounded(output);
    let picture = rounded(picture);
    let picture = Size {
        width: picture.width.min(output.width),
        height: picture.height.min(output.height),
    };
    let (across, down) = alignment(options.gravity);
    let offset = Offset {
        x: (f64::from(output.width - picture.width) * across).round() as u32,
        y: (f64::from(output.height - picture.height) * down).round() as u32,
    };
    Geometry {
        output,
        picture,
        offset,
        shown,
        original,
        scale,
    }
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
