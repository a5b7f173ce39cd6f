//! `GET /setup`, `POST /setup`: the first administrator.

use api_client::ClientError;
use api_types::SetupRequest;
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use serde::Deserialize;

use super::sign_in::field_error;
use crate::{
    caller::Caller,
    cookie,
    error::PageError,
    extract::{PageForm, PageQuery},
    page::{Shell, page, see_other},
};

/// What the address may ask for.
#[derive(Deserialize)]
pub(crate) struct SetupQuery {
    #[serde(default)]
    token: String,
}

/// What the browser sends.
#[derive(Deserialize)]
pub(crate) struct SetupInput {
    #[serde(default)]
    token: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    done: bool,
    token: String,
    email: String,
    email_error: Option<String>,
    password_error: Option<String>,
    error: Option<String>,
}

/// The form, or where to go once there is an administrator.
pub(crate) async fn show(
    caller: Caller,
    PageQuery(query): PageQuery<SetupQuery>,
) -> Result<Response, PageError> {
    let session = caller.api.session().await?;
    let template = SetupPage {
        shell: Shell::anonymous(),
        done: !session.needs_setup,
        token: query.token,
        email: String::new(),
        email_error: None,
        password_error: None,
        error: None,
    };
    page(StatusCode::OK, &template)
}

/// Makes the administrator and signs them in.
pub(crate) async fn set_up(
    caller: Caller,
    PageForm(input): PageForm<SetupInput>,
) -> Result<Response, PageError> {
    let request = SetupRequest {
        token: input.token,
        email: input.email,
        password: input.password,
    };
    let problem = match caller.api.set_up(&request).await {
        Ok(signed_in) => {
            let mut response = see_other("/");
            response
                .headers_mut()
                .insert(header::SET_COOKIE, cookie::session(&signed_in, caller.secure)?);
            return Ok(response);
        }
        Err(ClientError::Problem(problem)) if (400..500).contains(&problem.status) => problem,
        Err(error) => return Err(error.into()),
    };
    let email_error = field_error(&problem, "/email", "E-mail");
    let password_error = field_error(&problem, "/password", "Password");
    let at_a_field = email_error.is_some() || password_error.is_some();
    let template = SetupPage {
        shell: Shell::anonymous(),
        done: false,
        token: request.token,
        email: request.email,
        email_error,
        password_error,
        error: (!at_a_field).then_some(problem.detail),
    };
    page(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST),
        &template,
    )
}
