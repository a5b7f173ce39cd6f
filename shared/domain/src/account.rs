//! People and programs, and what they may do.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, EmailAddress, UserId};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at the library.
    Viewer,
    /// Uploads, describes and deletes as well.
    Editor,
    /// Keeps people, keys and presets as well.
    Admin,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Admin];

    /// The name in the catalog, on the command line and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// What somebody of this role may do.
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Viewer => &[Scope::Read],
            Self::Editor => &[Scope::Read, Scope::Write],
            Self::Admin => &[Scope::Read, Scope::Write, Scope::Admin],
        }
    }
}

/// No role is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0:?}: the roles are viewer, editor and admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        // People write the word in full; it is stored short.
        let short = if name == "administrator" { "admin" } else { name };
        Self::ALL
            .into_iter()
            .find(|role| role.name() == short)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that a request may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// See images and events.
    Read,
    /// Upload, describe, trash, restore and delete images.
    Write,
    /// Keep people, keys and presets.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The name in the catalog, on the command line and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// No scope is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope {0:?}: the scopes are read, write and admin")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        // Other services spell them `images:read`; there is nothing else here that could be meant.
        let short = name.strip_prefix("images:").unwrap_or(name);
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == short)
            .ok_or_else(|| UnknownScope(name.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
    /// Argon2id in PHC string format.
    pub password_hash: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Somebody who is signed in. The token itself is never stored: its SHA-256 is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token in the cookie.
    pub token_hash: [u8; 32],
    /// Who it is.
    pub user_id: UserId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When they must sign in again.
    pub expires_at: Timestamp,
}

/// A key that a program signs in with. The key itself is never stored: its SHA-256 is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key: it has 256 random bits, so a slow hash would add nothing.
    pub key_hash: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The owner of what is uploaded with it.
    pub owner: UserId,
    /// When it was made.
    pub created_at: Timestamp,
}
