//! What tests stand on: the whole application in one process, the real program in its own, five of them behind a balancer,
//! containers that run already, load, pictures made by code, a clock that moves when told.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod app;
mod balancer;
mod clock;
mod compose;
mod database;
mod deployment;
mod fleet;
mod guardian;
mod library;
pub mod load;
mod mysql_server;
pub mod pictures;
mod program;
mod system;
mod telemetry_sink;

pub use app::{ADMIN_EMAIL, ADMIN_PASSWORD, Answer, TestApp};
pub use clock::{FakeClock, SeededEntropy};
pub use compose::ComposeProject;
pub use database::Database;
pub use deployment::Deployment;
pub use fleet::Fleet;
pub use library::whole_library;
pub use mysql_server::MysqlServer;
pub use program::{Program, run_command, signal};
pub use system::System;
pub use telemetry_sink::{ReceivedMetric, ReceivedSpan, TelemetrySink, XrayListener};
