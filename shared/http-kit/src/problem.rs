//! Errors on the wire: problem details (RFC 9457), and nothing else.

use std::fmt::Display;

use api_types::{FieldProblem, PROBLEM_MEDIA_TYPE, Problem};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::request_id::RequestId;

/// An answer that says what is wrong and how to mend it.
///
/// The body is written by the outermost layer, which knows the request's id.
#[derive(Debug, Clone)]
pub struct HttpProblem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What a response carries to the outermost layer in place of a body.
#[derive(Clone)]
struct Pending(HttpProblem);

impl HttpProblem {
    /// A problem with a stable kebab-case `code` for programs and a `detail` for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 422 `invalid-field`: one field, named by a JSON pointer such as `/title`.
    pub fn field(pointer: impl Into<String>, detail: impl Display) -> Self {
        let (pointer, detail) = (pointer.into(), detail.to_string());
        let sentence = format!("The field {} {detail}.", pointer.trim_start_matches('/'));
        Self {
            errors: vec![FieldProblem { pointer, detail }],
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", sentence)
        }
    }

    /// 500: the error goes to the log, and only there.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error.message = %chain(error), "the request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal-error",
            "Something went wrong on our side. The log has it under this request's id.",
        )
    }

    /// 503 with `Retry-After`: the error goes to the log, and only there.
    pub fn unavailable(error: &dyn std::error::Error) -> Self {
        tracing::error!(error.message = %chain(error), "something this request needs is unavailable");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Something that this needs is unavailable at the moment. Try again in a few seconds.",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// The same problem with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same status and headers with this body in place of the document: for those who would rather see something.
    pub fn shown_as(self, media_type: &'static str, body: impl Into<Body>) -> Response {
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}

/// An error and all that caused it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Pending(self));
        response
    }
}

/// Writes the body of a pending problem, and turns errors that carry none (the router's own, an extractor's) into
/// problems. Pages keep what they are: whoever asks for HTML and is answered with it has an error page already.
pub(crate) fn write_problem(mut response: Response, request_id: &RequestId) -> Response {
    let status = response.status();
    let pending = response.extensions_mut().remove::<Pending>();
    let problem = match pending {
        Some(Pending(problem)) => problem,
        None if has_own_body(&response) => return response,
        None => match of_status(status) {
            Some((code, detail)) => HttpProblem::new(status, code, detail),
            None => return response,
        },
    };
    let document = Problem {
        type_uri: "about:blank".into(),
        title: status.canonical_reason().unwrap_or("Error").into(),
        status: status.as_u16(),
        code: problem.code.into(),
        detail: problem.detail,
        errors: problem.errors,
        request_id: Some(request_id.as_str().to_owned()),
    };
    let body = serde_json::to_vec(&document).expect("a problem has only strings and numbers");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
    headers.remove(header::CONTENT_LENGTH);
    // An error is about this moment: no cache may keep it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in problem.headers {
        headers.insert(name, value);
    }
    *response.body_mut() = Body::from(body);
    response
}

/// Whether the handler wrote a page or a problem itself. Plain text is what the framework says by itself.
fn has_own_body(response: &Response) -> bool {
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| !content_type.starts_with("text/plain"))
}

const fn of_status(status: StatusCode) -> Option<(&'static str, &'static str)> {
    Some(match status {
        StatusCode::NOT_FOUND => ("not-found", "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (
            "method-not-allowed",
            "This address does not take this method: see Allow.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ("body-too-large", "The body is larger than this address takes."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "unsupported-media-type",
            "The body's content type is not one that this address takes.",
        ),
        StatusCode::BAD_REQUEST => ("bad-request", "The request cannot be read."),
        StatusCode::UNPROCESSABLE_ENTITY => (
            "bad-request",
            "The request's body does not have the expected fields.",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
            ("timeout", "The answer took too long. Try again in a few seconds.")
        }
        StatusCode::INTERNAL_SERVER_ERROR => (
            "internal-error",
            "Something went wrong on our side. The log has it under this request's id.",
        ),
        _ => return None,
    })
}
