//! `GET /sign-in`, `POST /sign-in`.

use api_client::ClientError;
use api_types::{Problem, SignInRequest};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use serde::Deserialize;

use crate::{
    caller::Caller,
    cookie,
    error::PageError,
    extract::{PageForm, PageQuery},
    local_path::LocalPath,
    page::{Shell, page, see_other},
    words,
};

/// What the address may ask for.
#[derive(Deserialize)]
pub(crate) struct SignInQuery {
    #[serde(default)]
    next: LocalPath,
}

/// What the browser sends.
#[derive(Deserialize)]
pub(crate) struct SignInInput {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: LocalPath,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    email: String,
    next: LocalPath,
    needs_setup: bool,
    email_error: Option<String>,
    error: Option<String>,
}

/// The form, unless somebody is signed in already.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<SignInQuery>,
) -> Result<Response, PageError> {
    let session = caller.api.session().await?;
    if session.user.is_some() {
        return Ok(see_other(query.next.as_str()));
    }
    let template = SignInPage {
        shell: Shell::anonymous(),
        email: String::new(),
        next: query.next,
        needs_setup: session.needs_setup,
        email_error: None,
        error: None,
    };
    page(StatusCode::OK, &template)
}

/// Signs somebody in, or says why not and keeps the address they typed.
pub(crate) async fn sign_in(
    caller: Caller,
    PageForm(input): PageForm<SignInInput>,
) -> Result<Response, PageError> {
    let request = SignInRequest {
        email: input.email.clone(),
        password: input.password,
    };
    let problem = match caller.api.sign_in(&request).await {
        Ok(signed_in) => {
            let mut response = see_other(input.next.as_str());
            response
                .headers_mut()
                .insert(header::SET_COOKIE, cookie::session(&signed_in, caller.secure)?);
            return Ok(response);
        }
        Err(ClientError::Problem(problem)) if (400..500).contains(&problem.status) => problem,
        Err(error) => return Err(error.into()),
    };
    let email_error = field_error(&problem, "/email", "E-mail");
    let template = SignInPage {
        shell: Shell::anonymous(),
        email: input.email,
        next: input.next,
        needs_setup: false,
        error: email_error.is_none().then_some(problem.detail),
        email_error,
    };
    page(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED),
        &template,
    )
}

/// The sentence about one field, if the problem has any.
pub(super) fn field_error(problem: &Problem, pointer: &str, label: &str) -> Option<String> {
    let found = problem.errors.iter().find(|error| error.pointer == pointer);
    found.map(|error| words::field_problem(label, &error.detail))
}
