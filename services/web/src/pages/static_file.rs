//! `GET /static/{hash}/{file}` and `GET /favicon.ico`.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{
    asset::{self, Asset},
    error::PageError,
};

/// A static file, forever under this hash.
pub(crate) async fn send(path: Result<Path<(String, String)>, PathRejection>) -> Result<Response, PageError> {
    let Ok(Path((hash, file))) = path else {
        return Err(PageError::NotFound);
    };
    let asset = asset::find(&file).ok_or(PageError::NotFound)?;
    // While releases change, a page of one may ask the other for its files: better the wrong release's than none, but
    // no cache may keep them under that name.
    let cache = if hash == asset::hash() {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    Ok(response(asset, cache))
}

/// The icon, for those who ask where icons always were.
pub(crate) async fn favicon() -> Result<Response, PageError> {
    let asset = asset::find("icon.svg").ok_or(PageError::NotFound)?;
    Ok(response(asset, "public, max-age=86400"))
}

fn response(asset: &Asset, cache: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, Bytes::from_static(asset.bytes)).into_response()
}
