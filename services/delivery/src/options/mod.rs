//! The options of a delivery URL, from their text to what is rendered.
//!
//! Owns: the names, the parser, the one canonical form, and what is wrong with a text that has none. Refuses: anything
//! about the image that they are asked of, and the check of a signature, whose parts it only names.

mod canonical;
mod names;
mod parse;
mod problem;
mod values;

pub(crate) use canonical::{FormatChoice, Options};
pub(crate) use parse::parse;
pub(crate) use problem::InvalidOption;

/// The most pixels that a side of an answer may have, after `dpr`.
const MAX_SIDE: u32 = 12_000;
