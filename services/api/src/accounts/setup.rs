//! `POST /api/v1/setup`: the first administrator, by the one-time link that the first start prints.

use api_types::{SetupRequest, SignedIn};
use axum::{Json, extract::State, http::StatusCode};
use domain::{EmailAddress, Role, User, UserId};
use http_kit::{HttpProblem, JsonBody};
use ports::random_bytes;

use crate::{Api, accounts::session::open_session, error::ApiError, secrets::hash_secret};

pub(crate) async fn set_up(
    State(api): State<Api>,
    JsonBody(request): JsonBody<SetupRequest>,
) -> Result<(StatusCode, Json<SignedIn>), ApiError> {
    if api.catalog.has_admin().await? {
        return Err(link_used());
    }
    let email: EmailAddress = request
        .email
        .parse()
        .map_err(|error| HttpProblem::field("/email", error))?;
    let password_hash = api
        .passwords
        .hash(&request.password)
        .await
        .map_err(|error| HttpProblem::field("/password", error))?;
    let created_at = api.clock.now();
    let id = UserId::new(created_at, random_bytes(&*api.entropy));
    let admin = User {
        id,
        email,
        role: Role::Admin,
        password_hash,
        created_at,
    };
    if !api.catalog.set_up(&hash_secret(&request.token), &admin).await? {
        return Err(link_used());
    }
    Ok((StatusCode::CREATED, Json(open_session(&api, &admin).await?)))
}

fn link_used() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "setup-link-invalid",
        "This set-up link does not count (any more). The program prints a new one at each start, until there is an \
         administrator.",
    )
}
