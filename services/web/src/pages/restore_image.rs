//! `POST /images/{id}/restore`.

use axum::response::Response;
use serde::Deserialize;

use crate::{
    caller::Caller,
    error::PageError,
    extract::{ImagePath, PageForm},
    local_path::LocalPath,
    page::see_other,
};

/// Where the button stood.
#[derive(Deserialize)]
pub(crate) struct RestoreInput {
    next: Option<LocalPath>,
}

/// Takes the image out of the trash and goes back to where that was asked for.
pub(crate) async fn restore(
    caller: Caller,
    ImagePath(id): ImagePath,
    PageForm(input): PageForm<RestoreInput>,
) -> Result<Response, PageError> {
    caller.api.restore(id).await?;
    Ok(match input.next {
        Some(next) => see_other(next.as_str()),
        None => see_other(&format!("/images/{id}?notice=restored")),
    })
}
