//! `POST /images/{id}/delete`: for good, and so never at the first word.

use api_types::ImageSummary;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::image;
use crate::{
    caller::Caller,
    error::PageError,
    extract::{ImagePath, PageForm},
    page::{Section, Shell, page, see_other},
};

/// Whether the person was asked. With scripts a dialog asks, without them a page does.
#[derive(Deserialize)]
pub(crate) struct DeleteInput {
    #[serde(default)]
    confirm: String,
}

#[derive(Template)]
#[template(path = "confirm_delete.html")]
struct ConfirmPage<'a> {
    shell: Shell,
    image: &'a ImageSummary,
}

/// Deletes the image, or asks whether that is meant.
pub(crate) async fn delete(
    caller: Caller,
    ImagePath(id): ImagePath,
    PageForm(input): PageForm<DeleteInput>,
) -> Result<Response, PageError> {
    if input.confirm == "yes" {
        caller.api.delete_permanently(id).await?;
        return Ok(see_other("/trash"));
    }
    let (shell, image) = image::load(&caller, id).await?;
    let shell = Shell {
        section: Section::Trash,
        ..shell
    };
    page(
        StatusCode::OK,
        &ConfirmPage {
            shell,
            image: &image.summary,
        },
    )
}
