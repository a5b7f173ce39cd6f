//! The pages, asked for as a browser asks, over an api that is made up.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod stub;

mod dead_letters;
mod errors;
mod image;
mod library;
mod presets;
mod private;
mod signing_in;
mod static_files;
mod templates;
mod trash;
mod webhooks;
