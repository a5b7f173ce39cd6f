//! `/i/{id}/{options}[/{name}]`: from a URL to the bytes of a picture, stored or rendered.
//!
//! Owns: the grammar of the options, the choice of the format, signatures at the door, stored variants, and how much is
//! rendered at once. Reads and writes the blob store alone: it knows no database, so pictures go on being served while
//! there is none. Refuses: everything about pixels (that is `imaging`), and every change of an image.

mod accept;
mod conditional;
mod errors;
mod flight;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod options;
mod renders;
mod route;
mod serve;
mod settings;
mod variants;

pub use route::router;
pub use serve::Delivery;
pub use settings::{DeliverySettings, Signatures};
