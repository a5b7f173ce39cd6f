//! What every response of this service passes last: errors become pages, pages get their headers.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    Web, caller, cookie,
    error::PageError,
    page::{Section, Shell, page, see_other},
};

/// Nothing inline, nothing from elsewhere. `data:` and `blob:` are for placeholders and for the URL builder's preview.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; \
    script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The layer.
pub(crate) async fn finish(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let asked = Asked {
        method: request.method().clone(),
        uri: request.uri().clone(),
        request_id: caller::request_id(request.headers()),
        secure: caller::is_secure(&web.config, request.headers()),
    };
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        let mut of_error = error_response(&error, &asked);
        // What the handler had already decided, such as `Allow`, stays.
        for (name, value) in response.headers() {
            if name != header::CONTENT_LENGTH && !of_error.headers().contains_key(name) {
                of_error.headers_mut().append(name, value.clone());
            }
        }
        response = of_error;
    }
    let connects_to = response.extensions_mut().remove::<ConnectsTo>();
    add_page_headers(response.headers_mut(), connects_to.as_ref());
    response
}

/// Rides on a page's response: its scripts may send to this origin, too.
#[derive(Debug, Clone)]
pub(crate) struct ConnectsTo(pub String);

/// The policy of a page whose scripts may send to `origin`; none where that is no origin, and would say something else.
fn policy_with(origin: &str) -> Option<HeaderValue> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '/' | '[' | ']');
    if !origin.chars().all(plain) {
        return None;
    }
    let policy =
        CONTENT_SECURITY_POLICY.replace("connect-src 'self'", &format!("connect-src 'self' {origin}"));
    HeaderValue::try_from(policy).ok()
}

/// What an error's page needs to know of the request.
struct Asked {
    method: Method,
    uri: Uri,
    request_id: Option<String>,
    secure: bool,
}

fn add_page_headers(headers: &mut HeaderMap, connects_to: Option<&ConnectsTo>) {
    let html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if html {
        let policy = connects_to.and_then(|ConnectsTo(origin)| policy_with(origin));
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            policy.unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        );
    }
    // Pages and redirects belong to one person, at one moment.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: Shell,
    status: u16,
    heading: &'a str,
    detail: &'a str,
    retries: bool,
    request_id: Option<&'a str>,
}

fn error_response(error: &PageError, asked: &Asked) -> Response {
    if matches!(error, PageError::NotSignedIn) {
        return to_sign_in(asked);
    }
    let (heading, detail) = match error {
        PageError::NotSignedIn | PageError::NotFound => (
            "Nothing here",
            "There is no page at this address. The image may have been deleted for good.",
        ),
        PageError::MethodNotAllowed => (
            "That does not work here",
            "This address does not take that kind of request.",
        ),
        PageError::BadRequest(detail) => ("That could not be read", detail.as_str()),
        PageError::Problem(problem) => (heading_of(problem.status), problem.detail.as_str()),
        PageError::Unreachable => (
            "The library is out of reach",
            "The pages are here, but the service behind them does not answer. It may be starting. This page tries \
             again by itself every few seconds.",
        ),
        PageError::Unavailable => (
            "The library is out of reach",
            "The service behind these pages is there, but its database or its store does not answer. Pictures that other \
             pages show go on being shown. This page tries again by itself every few seconds.",
        ),
        PageError::Broken => (
            "Something broke",
            "The fault is ours, and it is in the log under the number below.",
        ),
    };
    let problem_id = match error {
        PageError::Problem(problem) => problem.request_id.as_deref(),
        _ => None,
    };
    let retries = error.passes() && asked.method == Method::GET;
    let template = ErrorPage {
        shell: Shell {
            person: None,
            section: Section::Elsewhere,
        },
        status: error.status().as_u16(),
        heading,
        detail,
        retries,
        request_id: asked.request_id.as_deref().or(problem_id),
    };
    let mut response =
        page(error.status(), &template).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    if error.passes() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if retries {
        response
            .headers_mut()
            .insert(header::REFRESH, HeaderValue::from_static("5"));
    }
    response
}

fn heading_of(status: u16) -> &'static str {
    match status {
        403 => "That is not allowed",
        409 => "That no longer fits",
        429 => "Too many at once",
        400..500 => "That was refused",
        _ => "Something broke",
    }
}

fn to_sign_in(asked: &Asked) -> Response {
    let next = if asked.method == Method::GET || asked.method == Method::HEAD {
        asked
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned()
    } else {
        // What was posted is lost; its image is the place to begin again.
        match asked
            .uri
            .path()
            .strip_prefix("/images/")
            .and_then(|rest| rest.split('/').next())
        {
            Some(id) => format!("/images/{id}"),
            None => "/".to_owned(),
        }
    };
    let mut response = see_other(&format!(
        "/sign-in?next={}",
        utf8_percent_encode(&next, NON_ALPHANUMERIC)
    ));
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie::forget_session(asked.secure));
    response
}
