//! What an answer carries beside its pixels: a colour profile, EXIF, XMP.
//!
//! The encoders write pixels alone, and the finished file is taken apart and put together here. AVIF is the exception: its
//! boxes hold offsets, so its own writer takes the [`Tags`]. GIF carries nothing: it has no place for EXIF, and readers
//! pass over its profiles. IPTC's records outside XMP (JPEG's APP13) are never kept: Photoshop's block around them holds a
//! picture of what was cropped away.

mod exif;
mod jpeg;
mod png;
#[cfg(test)]
mod tests;
mod webp;
mod xmp;

use domain::ImageFormat;

use crate::{
    ImagingError, OutputFormat,
    options::{MetadataPolicy, RenderOptions},
};

/// What is laid beside the pixels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tags {
    /// The colours of the pixels; sRGB where it is none.
    pub(crate) icc: Option<Vec<u8>>,
    /// A TIFF structure, from its byte order mark on.
    pub(crate) exif: Option<Vec<u8>>,
    /// A packet of RDF.
    pub(crate) xmp: Option<Vec<u8>>,
}

impl Tags {
    /// What the options keep of an original, for an answer of this size in these colours. `exif` is the original's block.
    pub(crate) fn of(
        options: &RenderOptions,
        original: &[u8],
        format: ImageFormat,
        exif: Option<&[u8]>,
        icc: Option<Vec<u8>>,
        (width, height): (u32, u32),
    ) -> Self {
        let (exif, xmp) = match options.metadata {
            MetadataPolicy::None => (None, None),
            MetadataPolicy::Copyright => (exif.and_then(exif::copyright), None),
            MetadataPolicy::Keep => {
                let is_srgb = icc.is_none();
                (
                    exif.and_then(|exif| exif::rewritten(exif, width, height, is_srgb)),
                    xmp::of_file(format, original),
                )
            }
        };
        Self { icc, exif, xmp }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.icc.is_none() && self.exif.is_none() && self.xmp.is_none()
    }
}

/// Lays the tags into a file that an encoder of ours wrote, in place of those that it has. What a format cannot hold, for
/// its kind or its length, is left out. `has_alpha` is asked for by WebP's header alone.
pub(crate) fn attach(
    format: OutputFormat,
    bytes: Vec<u8>,
    tags: &Tags,
    (width, height): (u32, u32),
    has_alpha: bool,
) -> Result<Vec<u8>, ImagingError> {
    if tags.is_empty() {
        return Ok(bytes);
    }
    let attached = match format {
        OutputFormat::Jpeg => jpeg::attach(&bytes, tags),
        OutputFormat::Png => png::attach(&bytes, tags),
        OutputFormat::Webp => webp::attach(&bytes, tags, (width, height), has_alpha),
        OutputFormat::Avif | OutputFormat::Gif => Some(bytes),
    };
    attached.ok_or_else(|| ImagingError::encode(format.format(), "its parts make no sense"))
}
