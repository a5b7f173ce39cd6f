//! Stories that cross services: what people and programs do with Tintype, through its routes.

#![allow(clippy::unwrap_used, reason = "a story that cannot be told has failed")]

mod accounts;
mod client;
mod events;
mod library;
mod many_pictures;
mod presets;
mod private;
mod process;
mod signing;
mod traces;
mod upload;
mod wrong_input;

use api_client::{ApiClient, Upload};
use api_types::ImageResource;

/// Uploads bytes under a name.
async fn upload(client: &ApiClient, file_name: &str, bytes: Vec<u8>) -> ImageResource {
    let upload = Upload {
        file_name: file_name.into(),
        body: bytes.into(),
        idempotency_key: None,
    };
    client.upload(upload).await.unwrap()
}
