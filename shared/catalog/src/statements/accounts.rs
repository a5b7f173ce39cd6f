//! People, their sessions, and keys.

use async_trait::async_trait;
use domain::{ApiKey, ApiKeyId, EmailAddress, Role, Scope, Session, User, UserId};
use jiff::Timestamp;
use ports::{AccountCatalog, PortError};
use uuid::Uuid;

use super::{Connection, SqlCatalog, failed};
use crate::values::{instant, named, row, sha256};

row! {
    struct UserRow {
        id: Uuid,
        email: String,
        role: String,
        password_hash: String,
        created_at: i64,
    }
}

impl TryFrom<UserRow> for User {
    type Error = PortError;

    fn try_from(row: UserRow) -> Result<Self, PortError> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            email: EmailAddress::from_stored(row.email),
            role: named::<Role>(&row.role)?,
            password_hash: row.password_hash,
            created_at: instant(row.created_at)?,
        })
    }
}

row! {
    struct ApiKeyRow {
        id: Uuid,
        name: String,
        key_hash: Vec<u8>,
        scopes: String,
        owner_id: Uuid,
        created_at: i64,
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = PortError;

    fn try_from(row: ApiKeyRow) -> Result<Self, PortError> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            name: row.name,
            key_hash: sha256(row.key_hash)?,
            scopes: row
                .scopes
                .split_whitespace()
                .map(named::<Scope>)
                .collect::<Result<_, _>>()?,
            owner: UserId::from_uuid(row.owner_id),
            created_at: instant(row.created_at)?,
        })
    }
}

fn scope_names(scopes: &[Scope]) -> String {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    names.join(" ")
}

async fn insert_user(tx: &mut Connection, user: &User) -> Result<bool, PortError> {
    let inserted =
        sqlx::query("INSERT INTO users (id, email, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(user.id.as_uuid())
            .bind(user.email.as_str())
            .bind(user.role.name())
            .bind(&user.password_hash)
            .bind(user.created_at.as_microsecond())
            .execute(&mut *tx)
            .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

#[async_trait]
impl AccountCatalog for SqlCatalog {
    async fn add_user(&self, user: &User) -> Result<bool, PortError> {
        self.write(|mut tx| async move {
            let added = insert_user(&mut tx, user).await?;
            tx.keep(added)
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, UserRow>(
                "SELECT id, email, role, password_hash, created_at FROM users WHERE id = ?",
            )
            .bind(id.as_uuid())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(User::try_from)
        .transpose()
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, UserRow>(
                "SELECT id, email, role, password_hash, created_at FROM users WHERE email = ?",
            )
            .bind(email.as_str())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(User::try_from)
        .transpose()
    }

    async fn has_admin(&self) -> Result<bool, PortError> {
        let admins: i64 = self
            .read(|mut conn| async move {
                sqlx::query_scalar("SELECT COUNT(*) FROM users WHERE role = 'admin'")
                    .fetch_one(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?;
        Ok(admins > 0)
    }

    async fn replace_setup_token(&self, token_hash: &[u8; 32]) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            self.lock(&mut tx, "setup").await?;
            sqlx::query("DELETE FROM setup_tokens")
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            sqlx::query("INSERT INTO setup_tokens (token_hash) VALUES (?)")
                .bind(token_hash.as_slice())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            tx.keep(())
        })
        .await
    }

    async fn set_up(&self, token_hash: &[u8; 32], admin: &User) -> Result<bool, PortError> {
        self.write(|mut tx| async move {
            self.lock(&mut tx, "setup").await?;
            let consumed = sqlx::query("DELETE FROM setup_tokens WHERE token_hash = ?")
                .bind(token_hash.as_slice())
                .execute(&mut *tx)
                .await
                .map_err(failed)?
                .rows_affected();
            let admins: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users WHERE role = 'admin'")
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?;
            if consumed == 0 || admins > 0 || !insert_user(&mut tx, admin).await? {
                return tx.undo(false);
            }
            tx.keep(true)
        })
        .await
    }

    async fn add_session(&self, session: &Session) -> Result<(), PortError> {
        self.write(|mut tx| async move {
            sqlx::query(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
            )
            .bind(session.token_hash.as_slice())
            .bind(session.user_id.as_uuid())
            .bind(session.created_at.as_microsecond())
            .bind(session.expires_at.as_microsecond())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            tx.keep(())
        })
        .await
    }

    async fn session_user(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<User>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, UserRow>(
                "SELECT users.id, users.email, users.role, users.password_hash, users.created_at
             FROM sessions JOIN users ON users.id = sessions.user_id
             WHERE sessions.token_hash = ? AND sessions.expires_at > ?",
            )
            .bind(token_hash.as_slice())
            .bind(now.as_microsecond())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(User::try_from)
        .transpose()
    }

    async fn remove_session(&self, token_hash: &[u8; 32]) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            sqlx::query("DELETE FROM sessions WHERE token_hash = ?")
                .bind(token_hash.as_slice())
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }

    async fn remove_ended_sessions(&self, now: Timestamp) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
                .bind(now.as_microsecond())
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }

    async fn add_api_key(&self, key: &ApiKey) -> Result<(), PortError> {
        self.write(|mut tx| async move {
sqlx::query("INSERT INTO api_keys (id, name, key_hash, scopes, owner_id, created_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(key.id.as_uuid())
            .bind(&key.name)
            .bind(key.key_hash.as_slice())
            .bind(scope_names(&key.scopes))
            .bind(key.owner.as_uuid())
            .bind(key.created_at.as_microsecond())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
 tx.keep(())
}).await
    }

    async fn api_key(&self, key_hash: &[u8; 32]) -> Result<Option<ApiKey>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, ApiKeyRow>(
                "SELECT id, name, key_hash, scopes, owner_id, created_at FROM api_keys WHERE key_hash = ?",
            )
            .bind(key_hash.as_slice())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(ApiKey::try_from)
        .transpose()
    }
}
