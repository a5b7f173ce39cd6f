//! A picture between decoding and encoding, in whichever shape is cheaper.

use std::borrow::Cow;

use crate::{
    ImagingError,
    orient::Orientation,
    planar::{Chroma, Planar},
    raster::Raster,
    resize::{SourceBox, resize},
};

/// Luma and chroma apart, as JPEG stores them, or the channels of each pixel side by side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pixels {
    Planar(Planar),
    Raster(Raster),
}

impl Pixels {
    pub(crate) const fn sides(&self) -> (u32, u32) {
        match self {
            Self::Planar(planar) => (planar.luma.width, planar.luma.height),
            Self::Raster(raster) => (raster.width, raster.height),
        }
    }

    pub(crate) fn longer_side(&self) -> u32 {
        let (width, height) = self.sides();
        width.max(height)
    }

    pub(crate) const fn has_alpha(&self) -> bool {
        match self {
            Self::Planar(_) => false,
            Self::Raster(raster) => raster.alpha,
        }
    }

    /// Brightness, a byte a pixel: for what is searched and hashed, not for colour.
    pub(crate) fn luminance(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Planar(planar) => Cow::Borrowed(&planar.luma.samples),
            Self::Raster(raster) => Cow::Owned(raster.luminance()),
        }
    }

    /// The part in `source` at another size; planes stay planes, with this chroma.
    pub(crate) fn resized(
        &self,
        source: SourceBox,
        width: u32,
        height: u32,
        chroma: Chroma,
    ) -> Result<Self, ImagingError> {
        Ok(match self {
            Self::Planar(planar) => Self::Planar(planar.resized(source, width, height, chroma)?),
            Self::Raster(raster) => Self::Raster(resize(raster, source, width, height)?),
        })
    }

    /// How much memory they take.
    pub(crate) fn size_bytes(&self) -> u64 {
        let samples = match self {
            Self::Planar(planar) => {
                let chroma = planar.chroma.iter().flatten();
                planar.luma.samples.len() + chroma.map(|plane| plane.samples.len()).sum::<usize>()
            }
            Self::Raster(raster) => raster.pixels.len(),
        };
        samples as u64
    }

    /// The part in `source` at another size, as RGB.
    pub(crate) fn resized_raster(
        &self,
        source: SourceBox,
        width: u32,
        height: u32,
    ) -> Result<Raster, ImagingError> {
        match self {
            Self::Planar(planar) => planar.resized(source, width, height, Chroma::Full)?.into_raster(),
            Self::Raster(raster) => resize(raster, source, width, height),
        }
    }

    /// Turned upright.
    pub(crate) fn oriented(self, orientation: Orientation) -> Self {
        match self {
            Self::Planar(planar) => Self::Planar(orientation.apply_to_planes(planar)),
            Self::Raster(raster) => Self::Raster(orientation.apply(raster)),
        }
    }

    /// Without an alpha channel that says nothing.
    pub(crate) fn without_needless_alpha(self) -> Self {
        match self {
            Self::Raster(raster) => Self::Raster(raster.without_needless_alpha()),
            planar @ Self::Planar(_) => planar,
        }
    }

    /// As RGB. Planes must have full chroma.
    pub(crate) fn into_raster(self) -> Result<Raster, ImagingError> {
        match self {
            Self::Planar(planar) => planar.into_raster(),
            Self::Raster(raster) => Ok(raster),
        }
    }
}
