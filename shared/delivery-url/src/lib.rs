//! The options of a delivery URL, from their text to what is asked for.
//!
//! Owns: the names, the parser, the one canonical form, and what is wrong with a text that has none. Delivery reads URLs
//! with it, and the api the options of a preset. Refuses: anything about the image that they are asked of, what a preset
//! stands for, and the check of a signature, whose parts it only names.

mod canonical;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod names;
mod parse;
mod problem;
mod request;
mod values;

pub use canonical::{FormatChoice, Options, Tones};
pub use parse::parse;
pub use problem::InvalidOption;
pub use request::{Download, Request, Target, Terms};
pub use values::Decimal;

/// The most pixels that a side of an answer may have, after `dpr`.
const MAX_SIDE: u32 = 12_000;
