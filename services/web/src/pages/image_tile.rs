//! `GET /images/{id}/tile`: one tile, for a grid that heard that its image changed.

use axum::{http::StatusCode, response::Response};

use crate::{
    caller::Caller,
    delivery::DeliveryUrls,
    error::PageError,
    extract::ImagePath,
    page::page,
    tile::{LibraryTile, TrashTile},
};

/// The fragment.
pub(crate) async fn show(caller: Caller, ImagePath(id): ImagePath) -> Result<Response, PageError> {
    let image = caller.api.image(id).await?.ok_or(PageError::NotFound)?.summary;
    if image.trashed_at.is_none() {
        let urls = DeliveryUrls::of_tiles(&caller, std::slice::from_ref(&image)).await?;
        let tile = LibraryTile {
            image: &image,
            urls: &urls,
        };
        return page(StatusCode::OK, &tile);
    }
    // Only the trash has buttons that depend on who asks.
    let can_write = caller.person().await?.can_write();
    page(
        StatusCode::OK,
        &TrashTile {
            image: &image,
            can_write,
        },
    )
}
