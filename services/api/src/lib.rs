//! The JSON API.
//!
//! Owns: uploads up to the moment they are accepted, and every write to the catalog that a person asks for. Refuses:
//! decoding pictures (the worker's), serving them (delivery's), pages (web's).

mod accounts;
mod body;
mod caller;
mod dead_letters;
mod error;
mod events;
mod idempotency;
mod images;
mod presets;
mod resources;
mod secrets;
mod sign;
mod state;
mod uploads;
mod webhooks;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{any, get, post, put},
};
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

pub use accounts::passwords::{PasswordError, Passwords};
pub use dead_letters::{
    dismiss::{dismiss, dismiss_all},
    revive::{redrive, redrive_all},
};
pub use events::EventFeed;
pub use presets::{
    rules::OptionsRefused,
    store::{Draft, PresetRefused, put_preset, remove_preset},
};
pub use secrets::{Secret, hash_secret, new_api_key, new_token};
pub use state::{Api, ApiPorts, ApiSettings};
pub use webhooks::store::{Trial, WebhookChange, WebhookRefused, add_webhook, change_webhook, try_webhook};

/// The longest JSON body: the longest alternative text, escaped, fits several times over.
const MAX_JSON_BYTES: usize = 64 * 1024;

/// How long an answer may take that waits for nothing but the catalog.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Every route of the api.
pub fn router(api: Api) -> Router {
    let quick = Router::new()
        .route("/api/v1/setup", post(accounts::setup::set_up))
        .route(
            "/api/v1/session",
            get(accounts::session::show)
                .post(accounts::session::sign_in)
                .delete(accounts::session::sign_out),
        )
        .route(
            "/api/v1/images/{id}",
            get(images::show::show)
                .patch(images::describe::describe)
                .delete(images::trash::delete),
        )
        .route("/api/v1/images/{id}/restore", post(images::trash::restore))
        .route("/api/v1/images/{id}/retry", post(images::retry::retry))
        .route("/api/v1/sign", post(sign::sign))
        .route(
            "/api/v1/uploads",
            get(uploads::list::list).post(uploads::begin::begin),
        )
        .route(
            "/api/v1/uploads/{id}",
            get(uploads::show::show).delete(uploads::cancel::cancel),
        )
        .route("/api/v1/presets", get(presets::list::list))
        .route(
            "/api/v1/presets/{name}",
            get(presets::show::show)
                .put(presets::put::put)
                .delete(presets::remove::remove),
        )
        .route(
            "/api/v1/webhooks",
            get(webhooks::list::list).post(webhooks::add::add),
        )
        .route(
            "/api/v1/webhooks/{id}",
            get(webhooks::show::show)
                .patch(webhooks::change::change)
                .delete(webhooks::remove::remove),
        )
        .route("/api/v1/webhooks/{id}/test", post(webhooks::trial::test))
        .route("/api/v1/dead-letters", get(dead_letters::list::list))
        .route("/api/v1/dead-letters/redrive", post(dead_letters::redrive::again))
        .route("/api/v1/dead-letters/dismiss", post(dead_letters::dismiss::away))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            TIMEOUT,
        ));
    // These take as long as the network needs, or as a browser stays.
    let slow = Router::new()
        .route(
            "/api/v1/images",
            get(images::list::list).post(images::upload::upload),
        )
        .route("/api/v1/images/{id}/original", get(images::original::original))
        .route("/api/v1/uploads/{id}/parts/{number}", put(uploads::part::put))
        // The store may have to write the whole file anew.
        .route("/api/v1/uploads/{id}/complete", post(uploads::complete::complete))
        .route("/api/v1/events", get(events::listen))
        // In the single shape pages answer what no route takes; below /api callers expect a problem document.
        .route("/api/{*unknown}", any(|| async { StatusCode::NOT_FOUND }))
        // Uploads count their own bytes, and say more than the framework would.
        .layer(DefaultBodyLimit::disable());
    quick.merge(slow).with_state(api)
}
