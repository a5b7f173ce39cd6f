//! Pixels in memory.

use crate::ImagingError;

/// What the channels of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Gray,
    GrayAlpha,
    Rgb,
    /// Alpha is straight, never premultiplied.
    Rgba,
    /// 0 is no ink.
    Cmyk,
}

impl Channels {
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(crate) const fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// The numbers, row by row without padding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

/// A picture of 8-bit RGB or RGBA, row by row without padding. sRGB, unless a profile stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Whether a pixel has four bytes and not three.
    pub(crate) alpha: bool,
    pub(crate) pixels: Vec<u8>,
}

impl Raster {
    /// A picture of these pixels; an error if there are not exactly as many as the size asks for.
    pub(crate) fn new(width: u32, height: u32, alpha: bool, pixels: Vec<u8>) -> Result<Self, ImagingError> {
        let expected = width as usize * height as usize * if alpha { 4 } else { 3 };
        if pixels.len() == expected && expected > 0 {
            Ok(Self {
                width,
                height,
                alpha,
                pixels,
            })
        } else {
            Err(ImagingError::undecodable(
                "the picture's pixels do not match its size; it may be damaged",
            ))
        }
    }

    pub(crate) const fn channels(&self) -> usize {
        if self.alpha { 4 } else { 3 }
    }

    pub(crate) fn longer_side(&self) -> u32 {
        self.width.max(self.height)
    }

    /// Whether any pixel is less than opaque.
    pub(crate) fn is_translucent(&self) -> bool {
        self.alpha && self.pixels.chunks_exact(4).any(|pixel| pixel[3] != 255)
    }

    /// Drops an alpha channel that says nothing: everything behind is then a quarter cheaper.
    pub(crate) fn without_needless_alpha(mut self) -> Self {
        if self.alpha && !self.is_translucent() {
            let pixels = self.width as usize * self.height as usize;
            for i in 0..pixels {
                self.pixels.copy_within(4 * i..4 * i + 3, 3 * i);
            }
            self.pixels.truncate(3 * pixels);
            self.alpha = false;
        }
        self
    }

    /// The same picture with an opaque alpha channel.
    pub(crate) fn with_alpha(self) -> Self {
        if self.alpha {
            return self;
        }
        let from = self.pixels.as_chunks::<3>().0;
        let mut pixels = vec![255; 4 * from.len()];
        for (to, from) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(from) {
            to[..3].copy_from_slice(from);
        }
        Self {
            alpha: true,
            pixels,
            ..self
        }
    }

    /// Luminance by the weights of ITU-R BT.601 over white, a byte a pixel: for hashes and detail, not for colour.
    pub(crate) fn luminance(&self) -> Vec<u8> {
        let luma =
            |p: &[u8]| (77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]) + 128) >> 8;
        if self.alpha {
            let over_white =
                |p: &[u8]| (luma(p) * u32::from(p[3]) + 255 * (255 - u32::from(p[3])) + 127) / 255;
            self.pixels.chunks_exact(4).map(|p| over_white(p) as u8).collect()
        } else {
            self.pixels.chunks_exact(3).map(|p| luma(p) as u8).collect()
        }
    }
}
