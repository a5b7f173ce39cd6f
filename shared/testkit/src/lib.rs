//! What tests stand on: the whole application in one process, the real program in its own, pictures made by code, a clock
//! that moves when told.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod app;
mod clock;
mod library;
pub mod pictures;
mod program;
mod telemetry_sink;

pub use app::{ADMIN_EMAIL, ADMIN_PASSWORD, Answer, TestApp};
pub use clock::{FakeClock, SeededEntropy};
pub use library::whole_library;
pub use program::Program;
pub use telemetry_sink::{ReceivedMetric, ReceivedSpan, TelemetrySink, XrayListener};
