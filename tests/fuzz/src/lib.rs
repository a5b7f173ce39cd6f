//! What the targets share: a clock, because the engine has none.

use std::time::{Duration, Instant};

/// Of one call of the engine. A codec at work is not interrupted, so libFuzzer's own limit is higher.
const DEADLINE: Duration = Duration::from_secs(2);

/// A file of the format with this name, with a deadline.
pub fn picture(format: &str, bytes: &[u8]) {
    let began = Instant::now();
    imaging::fuzzing::picture(format, bytes, &|| began.elapsed() > DEADLINE);
}

/// Any options, with a deadline.
pub fn rendering(bytes: &[u8]) {
    let began = Instant::now();
    imaging::fuzzing::rendering(bytes, &|| began.elapsed() > DEADLINE);
}
