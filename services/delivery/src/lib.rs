//! `/i/{id}/{options}[/{name}]`: from a URL to the bytes of a picture, remembered, stored or rendered.
//!
//! Owns: who may see what, the choice of the format, variants in memory and in the blob store, and how much is rendered
//! at once. Reads and writes the blob store alone: it knows no database, so pictures go on being served while there is
//! none. Refuses: the grammar of the options (that is `delivery_url`), everything about pixels (that is `imaging`), and
//! every change of an image.

mod accept;
mod answer;
mod conditional;
mod door;
mod errors;
mod flight;
mod info;
mod manifests;
mod original;
mod picture;
mod plans;
mod presets;
mod range;
mod renders;
mod route;
mod serve;
mod settings;
mod shortcut;
mod variants;
mod watermarks;

pub use route::router;
pub use serve::Delivery;
pub use settings::{DeliverySettings, Signatures};
