//! One module an endpoint.

pub(crate) mod dead_letters;
pub(crate) mod delete_image;
pub(crate) mod delete_preset;
pub(crate) mod describe_image;
pub(crate) mod image;
pub(crate) mod image_tile;
pub(crate) mod library;
pub(crate) mod presets;
pub(crate) mod restore_image;
pub(crate) mod retry_image;
pub(crate) mod save_preset;
pub(crate) mod set_visibility;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod static_file;
pub(crate) mod trash;
pub(crate) mod trash_image;
pub(crate) mod unknown;
pub(crate) mod webhooks;

/// How many images a page of a grid has.
const PAGE_SIZE: u32 = 60;
