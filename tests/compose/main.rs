//! The containers of docker-compose.yml that tests/compose/run has started: drills under load, and what they take.

#![allow(clippy::unwrap_used, reason = "a drill that cannot be held has failed")]

mod drills;
mod sizes;
mod table;
