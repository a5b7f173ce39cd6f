//! Pixels to a file. One file a codec. They write pixels alone; what stands beside is laid into the file afterwards.

pub(crate) mod avif;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod metadata;
mod palette;
pub(crate) mod png;
pub(crate) mod webp;
pub(crate) mod webp_animation;

/// What is spent on the coding of a still picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// What a quality on the encoder's own scale takes.
    Usual,
    /// Up to three times as much of the processor, for fewer bytes at an equal look.
    Thrifty,
}
