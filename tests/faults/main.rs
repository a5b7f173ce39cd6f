//! Faults: processes are killed and stopped while they work, and lose nothing.

#![allow(clippy::unwrap_used, reason = "a fault that cannot be set up has failed")]

mod kill;
mod services;
mod stop;
