//! The pages in a real browser: the real program, Debian's chromium, and what a person does with a mouse and a keyboard.
//!
//! Nothing here waits for a fixed time: each step looks again and again until it sees what must come, or until its
//! deadline, which is generous because ten photographs are decoded by a development build on a busy machine.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod browser;
mod driver;
mod eventually;
mod large_upload;
mod live_events;
mod private;
mod ten_photographs;
mod visitor;
mod wrong_input;
