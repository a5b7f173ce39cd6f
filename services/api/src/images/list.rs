//! `GET /api/v1/images`: a page of the library or the trash, newest first.

use api_types::{ImagePage, LibraryView};
use axum::{Json, extract::State, http::StatusCode};
use domain::{ImageId, Scope};
use http_kit::QueryParameters;
use ports::ImageView;
use serde::Deserialize;

use crate::{Api, caller::Caller, error::ApiError, resources};

const DEFAULT_LIMIT: u32 = 60;
const MAX_LIMIT: u32 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    #[serde(default)]
    view: LibraryView,
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Json<ImagePage>, ApiError> {
    caller.require(Scope::Read)?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let detail = format!("limit must be from 1 to {MAX_LIMIT}, and is {limit}.");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid-query", detail));
    }
    let before: Option<ImageId> = query.cursor.as_deref().map(str::parse).transpose().map_err(|_| {
        let detail = "cursor must be the next_cursor of the page before.";
        ApiError::new(StatusCode::BAD_REQUEST, "invalid-cursor", detail)
    })?;
    let view = match query.view {
        LibraryView::Library => ImageView::Library,
        LibraryView::Trash => ImageView::Trash,
    };
    // Read first: an event between the two reads is told again rather than missed.
    let event_sequence = api.catalog.last_sequence().await?;
    // One more than asked for tells whether there is another page.
    let mut images = api.catalog.images(view, before, limit + 1).await?;
    let more = images.len() > limit as usize;
    images.truncate(limit as usize);
    let next_cursor = images.last().filter(|_| more).map(|image| image.id.to_string());
    Ok(Json(ImagePage {
        images: images.iter().map(resources::summary).collect(),
        next_cursor,
        event_sequence,
    }))
}
