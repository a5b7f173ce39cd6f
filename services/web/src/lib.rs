//! The web service: server-rendered pages and the static files they need.
//!
//! Owns: routes that people visit, templates, the style sheet, the browser's modules, the session's cookie. Refuses:
//! any database, any blob, any rule about images. Whatever a page shows or changes goes through the api's client.

mod asset;
mod caller;
mod cookie;
mod delivery;
mod describe_form;
mod error;
mod extract;
mod finish;
mod local_path;
mod page;
mod pages;
mod preset_form;
mod tile;
mod words;

use std::sync::Arc;

use api_client::ApiClient;
use axum::{
    Router, middleware,
    routing::{get, post},
};

/// What the operator decides about the pages.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// Whether people reach the pages by https, which makes the session's cookie `Secure`. None: as the balancer
    /// says in `X-Forwarded-Proto`.
    pub public_https: Option<bool>,
    /// Whether delivery asks for a signature on every URL of these pages, those of public images too.
    pub signs_public: bool,
}

/// What every handler shares.
struct Web {
    api: ApiClient,
    config: WebConfig,
}

/// The pages. It has a fallback, the page for unknown paths: routers that are merged with it must have none.
pub fn router(api: ApiClient, config: WebConfig) -> Router {
    let web = Arc::new(Web { api, config });
    Router::new()
        .route("/", get(pages::library::show))
        .route("/trash", get(pages::trash::show))
        .route(
            "/presets",
            get(pages::presets::show).post(pages::save_preset::save),
        )
        .route("/webhooks", get(pages::webhooks::show).post(pages::webhooks::add))
        .route("/webhooks/{id}/test", post(pages::webhooks::test))
        .route("/webhooks/{id}/state", post(pages::webhooks::set_state))
        .route("/webhooks/{id}/remove", post(pages::webhooks::remove))
        .route("/dead-letters", get(pages::dead_letters::show))
        .route("/dead-letters/redrive", post(pages::dead_letters::redrive))
        .route("/dead-letters/dismiss", post(pages::dead_letters::dismiss))
        .route("/presets/{name}/delete", post(pages::delete_preset::delete))
        .route(
            "/images/{id}",
            get(pages::image::show).post(pages::describe_image::save),
        )
        .route("/images/{id}/tile", get(pages::image_tile::show))
        .route("/images/{id}/trash", post(pages::trash_image::trash))
        .route("/images/{id}/restore", post(pages::restore_image::restore))
        .route("/images/{id}/retry", post(pages::retry_image::retry))
        .route("/images/{id}/visibility", post(pages::set_visibility::set))
        .route("/images/{id}/delete", post(pages::delete_image::delete))
        .route(
            "/sign-in",
            get(pages::sign_in::show).post(pages::sign_in::sign_in),
        )
        .route("/sign-out", post(pages::sign_out::sign_out))
        .route("/setup", get(pages::setup::show).post(pages::setup::set_up))
        .route("/static/{hash}/{file}", get(pages::static_file::send))
        .route("/favicon.ico", get(pages::static_file::favicon))
        .fallback(pages::unknown::path)
        .method_not_allowed_fallback(pages::unknown::method)
        // Outermost of ours: it turns errors of every handler and extractor into pages.
        .layer(middleware::from_fn_with_state(web.clone(), finish::finish))
        .with_state(web)
}
