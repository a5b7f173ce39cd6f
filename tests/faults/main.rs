//! Faults: the program is killed while it works, and loses nothing.

#![allow(clippy::unwrap_used, reason = "a fault that cannot be set up has failed")]

mod kill;
