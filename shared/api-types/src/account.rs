//! Signing in and out.

use domain::{Role, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::UploadTerms;

/// `POST /api/v1/setup`: makes the first administrator, and signs them in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// From the set-up link.
    pub token: String,
    /// What they will sign in with.
    pub email: String,
    /// At least 12 characters.
    pub password: String,
}

/// `POST /api/v1/session`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// As it was given at set-up.
    pub email: String,
    /// The password.
    pub password: String,
}

/// The answer to signing in or setting up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// The session's token, for the cookie `tintype_session`. Never logged.
    pub token: String,
    /// When it stops to be valid.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub user: UserResource,
}

/// `GET /api/v1/session`: who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionResource {
    /// Nobody, where the request carries no valid session.
    pub user: Option<UserResource>,
    /// Whether there is no administrator yet: the set-up link is the way in.
    pub needs_setup: bool,
    /// What they may upload; none where nobody is signed in, and from an api of the release before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploads: Option<UploadTerms>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserResource {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}
