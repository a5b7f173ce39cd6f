//! What the comparisons share: the photographs, sharp as the one who decodes for everybody, the scores, and what is said
//! about the machine. Owns nothing of what is compared.

mod corpus;
mod figures;
mod format;
mod machine;
mod score;
mod sharp;

pub use corpus::{Original, folder as corpus_folder, originals};
pub use figures::{Spread, mean, spread};
pub use format::Format;
pub use machine::{default_cache, machine, print, progress, said_by, today};
pub use score::Scorer;
pub use sharp::{Copy, Reference, Sharp, Window, call};
