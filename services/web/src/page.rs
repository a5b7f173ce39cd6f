//! Templates as responses, and redirects.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{caller::Person, error::PageError};

/// The part of the site a page belongs to, marked in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// The library and its images.
    Library,
    /// The trash.
    Trash,
    /// The presets.
    Presets,
    /// The webhooks.
    Webhooks,
    /// The dead letters.
    DeadLetters,
    /// None of them.
    Elsewhere,
}

/// What the frame around every page shows.
pub(crate) struct Shell {
    /// Who is signed in.
    pub person: Option<Person>,
    /// Where the page belongs.
    pub section: Section,
}

impl Shell {
    /// The frame for somebody who is signed in.
    pub fn of(person: Person, section: Section) -> Self {
        Self {
            person: Some(person),
            section,
        }
    }

    /// The frame where nobody is known.
    pub fn anonymous() -> Self {
        Self {
            person: None,
            section: Section::Elsewhere,
        }
    }

    /// Whether what changes images is offered.
    pub fn can_write(&self) -> bool {
        self.person.as_ref().is_some_and(Person::can_write)
    }

    /// Whether what an administrator decides is offered.
    pub fn can_administer(&self) -> bool {
        self.person.as_ref().is_some_and(Person::can_administer)
    }

    /// The value of `aria-current` of a link in the navigation.
    pub fn current(&self, section: Section) -> &'static str {
        if self.section == section { "page" } else { "false" }
    }
}

/// The rendered template with a status.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, PageError> {
    let html = template.render()?;
    let content_type = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    Ok((status, [content_type], html).into_response())
}

/// 303: the form was taken, and this is the page to look at next.
pub(crate) fn see_other(path: &str) -> Response {
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
