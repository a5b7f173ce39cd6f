//! Watermarks: the picture that a preset lays on others, from its manifest to its bytes.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Manifest, Mezzanine, Watermark, WatermarkGravity};
use imaging::{Gravity, Size};

/// A watermark whose picture is there.
#[derive(Clone)]
pub(crate) struct Mark {
    pub(crate) placement: Watermark,
    pub(crate) manifest: Arc<Manifest>,
}

/// A watermark ready to be laid on a picture.
pub(crate) struct MarkBytes {
    pub(crate) placement: Watermark,
    pub(crate) bytes: Bytes,
}

impl Mark {
    /// What the bytes of a marked picture follow from, beside its options: a watermark that is placed otherwise, or whose
    /// picture changes, makes another variant.
    pub(crate) fn key(&self) -> String {
        let Watermark {
            image_id,
            gravity,
            scale,
            margin,
            opacity,
        } = self.placement;
        let version = self.manifest.content_version;
        format!("{image_id}:{version}:{gravity}:{scale}:{margin}:{opacity}")
    }

    /// The smallest intermediate that is large enough for a picture of this size; the largest, where none is. Never the
    /// original: intermediates are bounded, upright and in sRGB.
    pub(crate) fn source(&self, output: Size) -> Option<&Mezzanine> {
        let shorter = output.width.min(output.height);
        let edge = f64::from(shorter) * self.placement.scale.number();
        self.manifest
            .smallest_mezzanine(edge.ceil() as u32)
            .or(self.manifest.mezzanines.first())
    }
}

impl MarkBytes {
    /// As the engine takes it.
    pub(crate) fn laid(&self) -> imaging::Watermark<'_> {
        imaging::Watermark {
            bytes: &self.bytes,
            gravity: match self.placement.gravity {
                WatermarkGravity::TopLeft => Gravity::TopLeft,
                WatermarkGravity::Top => Gravity::Top,
                WatermarkGravity::TopRight => Gravity::TopRight,
                WatermarkGravity::Left => Gravity::Left,
                WatermarkGravity::Center => Gravity::Center,
                WatermarkGravity::Right => Gravity::Right,
                WatermarkGravity::BottomLeft => Gravity::BottomLeft,
                WatermarkGravity::Bottom => Gravity::Bottom,
                WatermarkGravity::BottomRight => Gravity::BottomRight,
            },
            scale: self.placement.scale.number() as f32,
            margin: self.placement.margin.number() as f32,
            opacity: self.placement.opacity.number() as f32,
        }
    }
}
