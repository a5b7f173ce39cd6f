//! `/api/v1/session`: signing in and out, and who is asking.

use api_types::{SESSION_COOKIE, SessionResource, SignInRequest, SignedIn};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use domain::{EmailAddress, Session, User};
use http_kit::{JsonBody, cookie};

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
    Ok(Json(SessionResource {
        user: user.as_ref().map(resources::user),
        needs_setup,
    }))
}

pub(crate) async fn sign_in(
    State(api): State<Api>,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<Json<SignedIn>, ApiError> {
    let user = match request.email.parse::<EmailAddress>() {
        Ok(email) => api.catalog.user_by_email(&email).await?,
        Err(_) => None,
    };
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    match (api.passwords.verify(&request.password, hash).await, user) {
        (true, Some(user)) => open_session(&api, &user).await.map(Json),
        _ => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "wrong-credentials",
            "No account has this e-mail address and password.",
        )),
    }
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
