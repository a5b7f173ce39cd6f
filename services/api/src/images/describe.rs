//! `PATCH /api/v1/images/{id}`: title, alternative text, and who may see the image.

use api_types::{DescribeRequest, ImageResource};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{AltText, EventKind, ImageChange, Job, Scope, Title, Visibility};
use http_kit::{HttpProblem, JsonBody};
use ports::Plan;

use super::{change, parse_id, parse_visibility};
use crate::{Api, caller::Caller, error::ApiError, resources};

pub(crate) async fn describe(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<DescribeRequest>,
) -> Result<Json<ImageResource>, ApiError> {
    caller.require(Scope::Write)?;
    let id = parse_id(&id)?;
    let title: Option<Title> = request
        .title
        .map(|text| text.parse())
        .transpose()
        .map_err(|error| HttpProblem::field("/title", error))?;
    let alt_text: Option<AltText> = request
        .alt_text
        .map(|text| text.parse())
        .transpose()
        .map_err(|error| HttpProblem::field("/alt_text", error))?;
    let visibility: Option<Visibility> = request
        .visibility
        .map(|text| parse_visibility(&text))
        .transpose()
        .map_err(|detail| HttpProblem::field("/visibility", detail))?;
    let mut overtaken = false;
    let image = change(&api, id, |image| {
        overtaken = request.version.is_some_and(|version| version != image.version);
        let title = title.clone().unwrap_or_else(|| image.title.clone());
        let alt_text = alt_text.clone().unwrap_or_else(|| image.alt_text.clone());
        let visibility = visibility.unwrap_or(image.visibility);
        let same = title == image.title && alt_text == image.alt_text && visibility == image.visibility;
        let change = ImageChange::Describe {
            title,
            alt_text,
            visibility,
        };
        (!overtaken && !same).then_some(Plan {
            change,
            event: EventKind::Described,
            // Delivery tells the alternative text, too, and hides what is private.
            job: Some(Job::PublishManifest { image_id: id }),
        })
    })
    .await?;
    if overtaken {
        let detail = format!(
            "Somebody else changed this image meanwhile: it is at version {} now.",
            image.version
        );
        return Err(ApiError::new(StatusCode::CONFLICT, "image-changed", detail));
    }
    Ok(Json(resources::image(&image)))
}
