//! The typed client of the api.
//!
//! It speaks to any tower service of HTTP requests: the api's own router in one process, [`HttpTransport`] to one base URL,
//! or [`DiscoveringTransport`] to every instance that a DNS name stands for. It refuses to know which.

mod admin;
mod client;
mod discovery;
mod error;
mod transport;

pub use client::{ApiClient, Credential, Upload};
pub use discovery::DiscoveringTransport;
pub use error::ClientError;
pub use transport::{HttpTransport, Transport, TransportError, in_process, transport_to};
