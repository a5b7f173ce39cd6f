//! `POST /images/{id}/trash`.

use axum::response::Response;

use crate::{caller::Caller, error::PageError, extract::ImagePath, page::see_other};

/// Puts the image in the trash and goes to the library, which offers it back.
pub(crate) async fn trash(caller: Caller, ImagePath(id): ImagePath) -> Result<Response, PageError> {
    caller.api.trash(id).await?;
    Ok(see_other(&format!("/?trashed={id}")))
}
