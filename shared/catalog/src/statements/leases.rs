//! Leases.

use async_trait::async_trait;
use jiff::Timestamp;
use ports::{LeaseCatalog, PortError};

use super::{SqlCatalog, failed};

#[async_trait]
impl LeaseCatalog for SqlCatalog {
    async fn hold_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, PortError> {
        self.write(|mut tx| async move {
            let extended = sqlx::query(
            "UPDATE leases SET holder = ?, held_until = ? WHERE name = ? AND (holder = ? OR held_until <= ?)",
        )
        .bind(holder)
        .bind(until.as_microsecond())
        .bind(name)
        .bind(holder)
        .bind(now.as_microsecond())
        .execute(&mut *tx)
        .await
        .map_err(failed)?
        .rows_affected();
            if extended == 0 {
                let held: Option<i64> = sqlx::query_scalar(concat!(
                    "SELECT held_until FROM leases WHERE name = ?",
                    for_update!()
                ))
                .bind(name)
                .fetch_optional(&mut *tx)
                .await
                .map_err(failed)?;
                if held.is_some() {
                    return tx.undo(false);
                }
                sqlx::query("INSERT INTO leases (name, holder, held_until) VALUES (?, ?, ?)")
                    .bind(name)
                    .bind(holder)
                    .bind(until.as_microsecond())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
            }
            tx.keep(true)
        })
        .await
    }

    async fn release_lease(&self, name: &str, holder: &str) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            sqlx::query("DELETE FROM leases WHERE name = ? AND holder = ?")
                .bind(name)
                .bind(holder)
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }
}
