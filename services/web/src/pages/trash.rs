//! `GET /trash`: what was thrown away and can still be had back.

use api_types::LibraryView;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{PAGE_SIZE, library::next_href};
use crate::{
    caller::Caller,
    error::PageError,
    extract::PageQuery,
    page::{Section, Shell, page},
    tile::TrashTile,
};

/// What the address may ask for.
#[derive(Deserialize)]
pub(crate) struct TrashQuery {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "trash.html")]
struct TrashPage<'a> {
    shell: Shell,
    tiles: Vec<TrashTile<'a>>,
    first_page: bool,
    next_href: Option<String>,
    event_sequence: u64,
}

/// The page.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<TrashQuery>,
) -> Result<Response, PageError> {
    let (person, images) = tokio::join!(
        caller.person(),
        caller
            .api
            .images(LibraryView::Trash, query.cursor.as_deref(), PAGE_SIZE)
    );
    let shell = Shell::of(person?, Section::Trash);
    let images = images?;
    let can_write = shell.can_write();
    let template = TrashPage {
        shell,
        tiles: images
            .images
            .iter()
            .map(|image| TrashTile { image, can_write })
            .collect(),
        first_page: query.cursor.is_none(),
        next_href: images
            .next_cursor
            .as_deref()
            .map(|cursor| next_href("/trash", cursor)),
        event_sequence: images.event_sequence,
    };
    page(StatusCode::OK, &template)
}
