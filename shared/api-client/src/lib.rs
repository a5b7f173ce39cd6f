//! The typed client of the api.
//!
//! It speaks to any tower service of HTTP requests: the api's own router in one process, or [`HttpTransport`] to a
//! base URL. It refuses to know which.

mod admin;
mod client;
mod error;
mod transport;

pub use client::{ApiClient, Credential, Upload};
pub use error::ClientError;
pub use transport::{HttpTransport, InvalidBaseUrl, Transport, in_process};
