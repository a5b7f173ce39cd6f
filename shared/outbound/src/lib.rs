//! Requests to addresses that people gave.
//!
//! Owns: which addresses are reached, and that nothing else is connected to than what was looked at. Refuses: what is
//! sent, and what an answer means.

mod addresses;
mod poster;

pub use poster::{HttpWebhookPoster, PosterSettings};
