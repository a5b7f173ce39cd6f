//! The executable, as a library that tests compose, too.
//!
//! Owns: which adapters the configuration names, which roles run in this process, and the command line. It is the one
//! place that sees both services and adapters. Refuses: everything that either of them could do.

mod backup;
pub mod cli;
mod commands;
pub mod compose;
pub mod output;
mod traced;
