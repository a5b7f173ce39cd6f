//! `GET /`: the library, newest first.

use api_types::{ImagePage, LibraryView, UploadTerms};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use domain::{ImageId, UserId, Visibility};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::PAGE_SIZE;
use crate::{
    caller::{Caller, Person},
    delivery::DeliveryUrls,
    error::PageError,
    extract::PageQuery,
    finish::ConnectsTo,
    page::{Section, Shell, page},
    tile::{self, LibraryTile},
};

/// What the address may ask for.
#[derive(Deserialize)]
pub(crate) struct LibraryQuery {
    cursor: Option<String>,
    /// The image that was just put in the trash, to offer it back.
    trashed: Option<String>,
}

#[derive(Template)]
#[template(path = "library.html")]
struct LibraryPage<'a> {
    shell: Shell,
    tiles: Vec<LibraryTile<'a>>,
    first_page: bool,
    next_href: Option<String>,
    event_sequence: u64,
    trashed: Option<TrashedNotice>,
    uploads: UploadPanel,
}

/// What the panel of uploads works with.
struct UploadPanel {
    /// Whose uploads are gone on with.
    user: UserId,
    terms: UploadTerms,
}

impl UploadPanel {
    fn private_by_default(&self) -> bool {
        self.terms.default_visibility == Visibility::Private
    }

    fn max_mib(&self) -> u64 {
        self.terms.max_bytes / 1024 / 1024
    }
}

/// What an api of the release before does not tell.
fn former_terms() -> UploadTerms {
    UploadTerms {
        max_bytes: 100 * 1024 * 1024,
        default_visibility: Visibility::Public,
        origin: None,
    }
}

#[derive(Template)]
#[template(path = "needs_setup.html")]
struct NeedsSetupPage {
    shell: Shell,
}

struct TrashedNotice {
    id: ImageId,
    name: String,
}

/// The page.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<LibraryQuery>,
) -> Result<Response, PageError> {
    let (session, images, trashed) = tokio::join!(
        caller.api.session(),
        async {
            // Without a cookie the answer is known.
            if !caller.has_session {
                return Err(PageError::NotSignedIn);
            }
            let page = caller
                .api
                .images(LibraryView::Library, query.cursor.as_deref(), PAGE_SIZE)
                .await?;
            Ok(page)
        },
        trashed_notice(&caller, query.trashed.as_deref()),
    );
    let session = session?;
    let person = match session.user {
        Some(user) => Person(user),
        None if session.needs_setup => {
            return page(
                StatusCode::OK,
                &NeedsSetupPage {
                    shell: Shell::anonymous(),
                },
            );
        }
        None => return Err(PageError::NotSignedIn),
    };
    let images: ImagePage = images?;
    let urls = DeliveryUrls::of_tiles(&caller, &images.images).await?;
    let tile = |image| LibraryTile { image, urls: &urls };
    let uploads = UploadPanel {
        user: person.0.id,
        terms: session.uploads.unwrap_or_else(former_terms),
    };
    let origin = uploads.terms.origin.clone();
    let template = LibraryPage {
        uploads,
        shell: Shell::of(person, Section::Library),
        tiles: images.images.iter().map(tile).collect(),
        first_page: query.cursor.is_none(),
        next_href: images.next_cursor.as_deref().map(|cursor| next_href("/", cursor)),
        event_sequence: images.event_sequence,
        trashed,
    };
    let mut response = page(StatusCode::OK, &template)?;
    if let Some(origin) = origin {
        response.extensions_mut().insert(ConnectsTo(origin));
    }
    Ok(response)
}

/// The notice is a courtesy: without the image there is none, whatever the reason.
async fn trashed_notice(caller: &Caller, id: Option<&str>) -> Option<TrashedNotice> {
    let id = id?.parse().ok()?;
    let image = caller.api.image(id).await.ok()??.summary;
    image.trashed_at.is_some().then(|| TrashedNotice {
        id,
        name: tile::name(&image).to_owned(),
    })
}

/// The address of the page after this one.
pub(super) fn next_href(path: &str, cursor: &str) -> String {
    format!("{path}?cursor={}", utf8_percent_encode(cursor, NON_ALPHANUMERIC))
}
