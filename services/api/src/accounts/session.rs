//! `/api/v1/session`: signing in and out, and who is asking.

use std::time::Duration;

use api_types::{SESSION_COOKIE, SessionResource, SignInRequest, SignedIn, UploadTerms};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use domain::{EmailAddress, Session, User};
use http_kit::{HttpProblem, JsonBody, cookie};

use crate::{
    Api,
    caller::SignedInUser,
    error::ApiError,
    resources,
    secrets::{hash_secret, new_token},
};

pub(crate) async fn show(
    State(api): State<Api>,
    SignedInUser(user): SignedInUser,
) -> Result<Json<SessionResource>, ApiError> {
    let needs_setup = user.is_none() && !api.catalog.has_admin().await?;
    let uploads = match &user {
        Some(_) => Some(UploadTerms {
            max_bytes: api.settings.max_upload_bytes,
            default_visibility: api.settings.default_visibility,
            origin: api.direct_uploads.origin().await?,
        }),
        None => None,
    };
    Ok(Json(SessionResource {
        user: user.as_ref().map(resources::user),
        needs_setup,
        uploads,
    }))
}

pub(crate) async fn sign_in(
    State(api): State<Api>,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<Json<SignedIn>, ApiError> {
    // What is no address is nobody's, and is hashed and counted like any other that is nobody's.
    let email = request
        .email
        .parse()
        .unwrap_or_else(|_| EmailAddress::from_stored(String::new()));
    let now = api.clock.now();
    if let Some(wait) = api.attempts.wait_of(&email, now) {
        return Err(too_many_attempts(wait));
    }
    let user = api.catalog.user_by_email(&email).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    match (api.passwords.verify(&request.password, hash).await, user) {
        (true, Some(user)) => {
            api.attempts.succeeded(&email);
            open_session(&api, &user).await.map(Json)
        }
        _ => {
            api.attempts.failed(&email, now);
            Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                "wrong-credentials",
                "No account has this e-mail address and password.",
            ))
        }
    }
}

fn too_many_attempts(wait: Duration) -> ApiError {
    let minutes = wait.as_secs().div_ceil(60);
    let detail = format!("Too many wrong passwords for this address. Try again in {minutes} minutes.");
    HttpProblem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)))
        .into()
}

pub(crate) async fn sign_out(State(api): State<Api>, headers: HeaderMap) -> Result<StatusCode, ApiError> {
    if let Some(token) = cookie(&headers, SESSION_COOKIE) {
        api.catalog.remove_session(&hash_secret(token)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Signs `user` in.
pub(crate) async fn open_session(api: &Api, user: &User) -> Result<SignedIn, ApiError> {
    let token = new_token(&*api.entropy);
    let created_at = api.clock.now();
    let expires_at = created_at
        .checked_add(api.settings.session_lifetime)
        .unwrap_or(jiff::Timestamp::MAX);
    let session = Session {
        token_hash: token.hash,
        user_id: user.id,
        created_at,
        expires_at,
    };
    api.catalog.add_session(&session).await?;
    Ok(SignedIn {
        token: token.text,
        expires_at,
        user: resources::user(user),
    })
}
