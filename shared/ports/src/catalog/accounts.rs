//! Rows of people, their sessions, and keys.

use async_trait::async_trait;
use domain::{ApiKey, EmailAddress, Session, User, UserId};
use jiff::Timestamp;

use crate::PortError;

/// Rows of people, their sessions, and keys.
#[async_trait]
pub trait AccountCatalog: Send + Sync {
    /// Stores a person. False where the address is taken.
    async fn add_user(&self, user: &User) -> Result<bool, PortError>;

    /// A person by id.
    async fn user(&self, id: UserId) -> Result<Option<User>, PortError>;

    /// A person by what they sign in with.
    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, PortError>;

    /// Whether there is an administrator.
    async fn has_admin(&self) -> Result<bool, PortError>;

    /// Makes `token_hash` (SHA-256) the one set-up token that counts.
    async fn replace_setup_token(&self, token_hash: &[u8; 32]) -> Result<(), PortError>;

    /// Stores the first administrator and consumes the set-up token. False, and nothing is stored, where the token is
    /// not the one that counts or there is an administrator already.
    async fn set_up(&self, token_hash: &[u8; 32], admin: &User) -> Result<bool, PortError>;

    /// Stores a session.
    async fn add_session(&self, session: &Session) -> Result<(), PortError>;

    /// The person whose session this is, if it has not ended by `now`.
    async fn session_user(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<User>, PortError>;

    /// Ends a session.
    async fn remove_session(&self, token_hash: &[u8; 32]) -> Result<(), PortError>;

    /// Removes the sessions that ended before `now`.
    async fn remove_ended_sessions(&self, now: Timestamp) -> Result<(), PortError>;

    /// Stores a key.
    async fn add_api_key(&self, key: &ApiKey) -> Result<(), PortError>;

    /// A key by its hash.
    async fn api_key(&self, key_hash: &[u8; 32]) -> Result<Option<ApiKey>, PortError>;
}
