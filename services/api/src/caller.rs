//! Who is asking, and what they may do.

use api_types::SESSION_COOKIE;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use domain::{Scope, User, UserId};
use http_kit::cookie;

use crate::{Api, error::ApiError, secrets::hash_secret};

/// Somebody who may ask: a person with a session, or a program with a key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Who owns what is uploaded.
    pub(crate) owner: UserId,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Whether what an administrator decides is theirs to decide.
    pub(crate) fn administers(&self) -> bool {
        self.scopes.contains(&Scope::Admin)
    }

    /// Refuses a caller who may not do what `scope` stands for.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "not-allowed",
            format!(
                "This needs the scope {scope:?}, which your role or key does not have.",
                scope = scope.name()
            ),
        ))
    }
}

/// The person whose session the request carries, if any.
pub(crate) struct SignedInUser(pub(crate) Option<User>);

impl FromRequestParts<Api> for SignedInUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let Some(token) = cookie(&parts.headers, SESSION_COOKIE) else {
            return Ok(Self(None));
        };
        Ok(Self(
            api.catalog
                .session_user(&hash_secret(token), api.clock.now())
                .await?,
        ))
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let invalid = || {
                let detail = "The key is not known. Send it as 'Authorization: Bearer KEY', and see 'tintype key add'.";
                ApiError::unauthorized("invalid-key", detail)
            };
            let key = value.to_str().ok().and_then(|value| value.split_once(' '));
            let (_, key) = key
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .ok_or_else(invalid)?;
            let key = api
                .catalog
                .api_key(&hash_secret(key.trim()))
                .await?
                .ok_or_else(invalid)?;
            return Ok(Self {
                owner: key.owner,
                scopes: key.scopes,
            });
        }
        match SignedInUser::from_request_parts(parts, api).await?.0 {
            Some(user) => Ok(Self {
                owner: user.id,
                scopes: user.role.scopes().to_vec(),
            }),
            None => Err(ApiError::unauthorized(
                "not-signed-in",
                "Sign in, or send a key as 'Authorization: Bearer KEY'.",
            )),
        }
    }
}
