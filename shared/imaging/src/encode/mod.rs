//! Pixels to a file. One file a codec. Nothing but pixels is written: no metadata, no profile, since all of it is sRGB.

pub(crate) mod avif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;
