//! `POST /images/{id}/visibility`.

use api_types::DescribeRequest;
use axum::response::Response;
use domain::Visibility;
use serde::Deserialize;

use crate::{
    caller::Caller,
    error::PageError,
    extract::{ImagePath, PageForm},
    page::see_other,
};

/// Which of the two buttons it was.
#[derive(Deserialize)]
pub(crate) struct VisibilityInput {
    visibility: Visibility,
}

/// Says who may see the image.
pub(crate) async fn set(
    caller: Caller,
    ImagePath(id): ImagePath,
    PageForm(input): PageForm<VisibilityInput>,
) -> Result<Response, PageError> {
    let request = DescribeRequest {
        visibility: Some(input.visibility.to_string()),
        ..DescribeRequest::default()
    };
    caller.api.describe(id, &request).await?;
    Ok(see_other(&format!("/images/{id}?notice={}", input.visibility)))
}
