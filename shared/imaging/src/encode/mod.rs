//! Pixels to a file. One file a codec. They write pixels alone; what stands beside is laid into the file afterwards.

pub(crate) mod avif;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod metadata;
mod palette;
pub(crate) mod png;
pub(crate) mod webp;
pub(crate) mod webp_animation;
