//! Any colours to the 8-bit colours of the answer: sRGB, Display P3, or those of the file.
//!
//! Profiles come from the file and are not trusted: one that cannot be read, or that is for another kind of pixel than
//! the file has, is passed over, and the pixels count as sRGB, as in browsers.
//!
//! Rendering intent: the perceptual table of a profile where it has one, then the colorimetric, then that of saturation,
//! whatever its header says, as in Chrome. Profiles of a matrix and curves know but the colorimetric one. Colours outside
//! the target are clipped channel by channel, as screens do: a gamut map would change colours inside it, too.

mod convert;
mod dither;
mod p3;
mod profile;

pub(crate) use convert::{convert, convert_to, is_srgb, to_rgb};
pub(crate) use profile::{Chromaticities, Profile};

#[cfg(test)]
pub(crate) use p3::DISPLAY_P3_ICC_BYTES;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
