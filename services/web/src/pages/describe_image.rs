//! `POST /images/{id}`: title and alternative text.

use api_client::ClientError;
use axum::{http::StatusCode, response::Response};

use super::image;
use crate::{
    caller::Caller,
    describe_form::{DescribeForm, DescribeInput},
    error::PageError,
    extract::{ImagePath, PageForm},
    page::see_other,
};

/// Saves what was typed, or shows it again with what is wrong.
pub(crate) async fn save(
    caller: Caller,
    ImagePath(id): ImagePath,
    PageForm(input): PageForm<DescribeInput>,
) -> Result<Response, PageError> {
    let input = input.tidied();
    let mut outcome = caller.api.describe(id, &input.request(input.version)).await;
    if matches!(&outcome, Err(error) if error.status() == Some(409)) {
        // The version counts everything that happens to an image, the worker's steps too. Where the words are still
        // those that the form was made with, nobody's work would be lost.
        let (_, image) = image::load(&caller, id).await?;
        if input.is_based_on(&image.summary) && input.version != Some(image.summary.version) {
            outcome = caller
                .api
                .describe(id, &input.request(Some(image.summary.version)))
                .await;
        }
    }
    let problem = match outcome {
        Ok(_) => return Ok(see_other(&format!("/images/{id}?notice=saved"))),
        Err(ClientError::Problem(problem)) if matches!(problem.status, 400 | 409 | 413 | 422 | 429) => {
            problem
        }
        Err(error) => return Err(error.into()),
    };
    let (shell, image) = image::load(&caller, id).await?;
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    let form = DescribeForm::refused(input, &image.summary, &problem);
    image::render(status, &caller, shell, &image, form, None).await
}
