//! Bytes and options in, bytes out: probe, decode, orient, colour, resize, encode, analyse. Pure.
//!
//! Owns: what a picture file says of itself before anything is decoded ([`Scanner`]), the worker's one decode of an
//! original ([`ingest`]), and delivery's renders ([`geometry`](fn@geometry), [`render`](fn@render)). Pixels are 8-bit
//! sRGB from the colour step on. Refuses: I/O, async, clocks, global state, and pictures beyond the limits it is given.
//!
//! The order of the steps is fixed: decode → trim → crop and resize → colour → orient → adjust → encode. Orientation comes
//! after the resize because turning few pixels is cheaper than turning many, and the result is the same.
//!
//! A panic is caught at the two doors and becomes [`ImagingError::Panicked`].

mod adjust;
mod allowance;
mod analyse;
mod animation;
mod bmp;
mod caught;
mod colour;
mod decode;
mod encode;
mod error;
mod geometry;
mod gravity;
mod heif;
mod ingest;
mod options;
mod orient;
mod pixels;
mod planar;
mod probe;
mod raster;
mod render;
mod resize;
mod riff;
mod svg;
mod tiff;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
#[allow(clippy::unwrap_used, reason = "what is made by code can be made")]
pub mod fuzzing;
#[cfg(test)]
mod reference;
#[cfg(any(test, feature = "fuzzing"))]
#[allow(clippy::unwrap_used, reason = "what is made by code can be made")]
#[cfg_attr(not(test), allow(dead_code))]
mod testing;

pub use allowance::Allowance;
pub use analyse::placeholder;
pub use error::ImagingError;
pub use geometry::{Geometry, Offset, Size, geometry};
pub use ingest::{EncodedMezzanine, IngestOptions, Ingested, Ladder, ingest};
pub use options::{
    Adjustments, Border, Colour, ColourSpace, Effort, Fit, Flip, Gravity, MetadataPolicy, OutputFormat,
    Quality, RenderOptions, Rotation,
};
pub use probe::{Header, Inspected, Inspector, Limits, ProbeError, Scanner};
pub use render::{RenderRequest, Rendered, Source, Watermark, render};
