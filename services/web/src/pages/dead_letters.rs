//! `/dead-letters`: jobs that were given up, and the buttons to have them tried again or forgotten, for administrators.

use api_types::{DeadLetterList, DismissRequest, RedriveRequest};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    caller::Caller,
    error::PageError,
    extract::{PageForm, PageQuery},
    page::{Section, Shell, page, see_other},
};

/// How many the page shows.
const SHOWN: u32 = 100;

/// What the address may ask for.
#[derive(Default, Deserialize)]
pub(crate) struct DeadLettersQuery {
    /// How many were sent on their way a moment ago.
    redriven: Option<u64>,
    /// How many were dismissed a moment ago.
    dismissed: Option<u64>,
}

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct DeadLettersPage {
    shell: Shell,
    list: DeadLetterList,
    redriven: Option<u64>,
    dismissed: Option<u64>,
}

impl DeadLettersPage {
    /// How many there are besides those that are shown.
    fn more(&self) -> u64 {
        let shown = u64::try_from(self.list.dead_letters.len()).unwrap_or(u64::MAX);
        self.list.count.saturating_sub(shown)
    }
}

/// `GET /dead-letters`.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<DeadLettersQuery>,
) -> Result<Response, PageError> {
    let (person, list) = tokio::join!(caller.person(), caller.api.dead_letters(SHOWN));
    let template = DeadLettersPage {
        shell: Shell::of(person?, Section::DeadLetters),
        list: list?,
        redriven: query.redriven,
        dismissed: query.dismissed,
    };
    page(StatusCode::OK, &template)
}

/// Which button it was: that of one job, or the one for all.
#[derive(Deserialize)]
pub(crate) struct RedriveInput {
    id: Option<String>,
    #[serde(default)]
    all: bool,
}

/// `POST /dead-letters/redrive`.
pub(crate) async fn redrive(
    caller: Caller,
    PageForm(input): PageForm<RedriveInput>,
) -> Result<Response, PageError> {
    let request = RedriveRequest {
        ids: input.id.map(|id| vec![id]),
        all: input.all,
    };
    let redriven = caller.api.redrive(&request).await?;
    Ok(see_other(&format!(
        "/dead-letters?redriven={}",
        redriven.ids.len()
    )))
}

/// The job whose button it was.
#[derive(Deserialize)]
pub(crate) struct DismissInput {
    id: String,
}

/// `POST /dead-letters/dismiss`.
pub(crate) async fn dismiss(
    caller: Caller,
    PageForm(input): PageForm<DismissInput>,
) -> Result<Response, PageError> {
    let request = DismissRequest {
        ids: Some(vec![input.id]),
        all: false,
    };
    let dismissed = caller.api.dismiss(&request).await?;
    Ok(see_other(&format!(
        "/dead-letters?dismissed={}",
        dismissed.ids.len()
    )))
}
