//! `POST /images/{id}/retry`.

use axum::response::Response;

use crate::{caller::Caller, error::PageError, extract::ImagePath, page::see_other};

/// Has a failed image tried again.
pub(crate) async fn retry(caller: Caller, ImagePath(id): ImagePath) -> Result<Response, PageError> {
    caller.api.retry(id).await?;
    Ok(see_other(&format!("/images/{id}")))
}
