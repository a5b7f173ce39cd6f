//! Who asks for a page: the api's client on their behalf, and what a page's frame shows of them.

use std::{convert::Infallible, sync::Arc};

use api_client::{ApiClient, Credential};
use api_types::{SESSION_COOKIE, UserResource};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use domain::Scope;

use crate::{Web, WebConfig, error::PageError};

/// Whoever sent the request.
pub(crate) struct Caller {
    /// The api's client, calling on their behalf and with the request's id.
    pub api: ApiClient,
    /// Whether they sent a session's cookie; the api alone knows what it is worth.
    pub has_session: bool,
    /// Whether they came by https.
    pub secure: bool,
    /// Whether URLs of public images have to be signed for them, too.
    pub signs_public: bool,
}

impl Caller {
    /// The person who is signed in.
    ///
    /// # Errors
    /// [`PageError::NotSignedIn`] where there is nobody.
    pub async fn person(&self) -> Result<Person, PageError> {
        let session = self.api.session().await?;
        session.user.map(Person).ok_or(PageError::NotSignedIn)
    }
}

impl FromRequestParts<Arc<Web>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Infallible> {
        let token = http_kit::cookie(&parts.headers, SESSION_COOKIE).filter(|token| !token.is_empty());
        let has_session = token.is_some();
        let credential = token.map_or(Credential::None, |token| Credential::Session(token.to_owned()));
        let api = web
            .api
            .with_credential(credential)
            .with_request_id(request_id(&parts.headers));
        Ok(Self {
            api,
            has_session,
            secure: is_secure(&web.config, &parts.headers),
            signs_public: web.config.signs_public,
        })
    }
}

/// The request's id, as the standard layers set it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    headers
        .get(http_kit::REQUEST_ID)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

/// Whether people reach us by https. Behind several proxies, the first entry is the one of the browser.
pub(crate) fn is_secure(config: &WebConfig, headers: &HeaderMap) -> bool {
    config.public_https.unwrap_or_else(|| {
        let proto = headers
            .get("x-forwarded-proto")
            .and_then(|value| value.to_str().ok());
        proto.is_some_and(|list| {
            list.split(',')
                .next()
                .is_some_and(|first| first.trim() == "https")
        })
    })
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub UserResource);

impl Person {
    /// What they sign in with.
    pub fn email(&self) -> &str {
        &self.0.email
    }

    /// One letter that stands for them.
    pub fn initial(&self) -> String {
        self.0
            .email
            .chars()
            .next()
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default()
    }

    /// Whether they may change anything. The api decides; the pages only don't offer what it would refuse.
    pub fn can_write(&self) -> bool {
        self.0.role.scopes().contains(&Scope::Write)
    }

    /// Whether they may change what is an administrator's. The api decides here, too.
    pub fn can_administer(&self) -> bool {
        self.0.role.scopes().contains(&Scope::Admin)
    }
}
