//! Presets.

use async_trait::async_trait;
use domain::{OutboxMessage, Preset, PresetMeaning, PresetName};
use ports::{PortError, PresetCatalog, PresetStored};

use super::{Connection, SqlCatalog, failed, outbox::write_messages};
use crate::values::{corrupt, instant, named, row, signed, unsigned};

row! {
    struct PresetRow {
        name: String,
        version: i64,
        options: Option<String>,
        watermark: Option<String>,
        updated_at: i64,
    }
}

impl TryFrom<PresetRow> for Preset {
    type Error = PortError;

    fn try_from(row: PresetRow) -> Result<Self, PortError> {
        let meaning = match (row.options, row.watermark) {
            (Some(options), None) => PresetMeaning::Options(options),
            (None, Some(text)) => PresetMeaning::Watermark(
                serde_json::from_str(&text)
                    .map_err(|error| corrupt(format!("the watermark {}: {error}", row.name)))?,
            ),
            _ => {
                return Err(corrupt(format!(
                    "the preset {}, which is neither options nor watermark",
                    row.name
                )));
            }
        };
        Ok(Self {
            name: named::<PresetName>(&row.name)?,
            version: unsigned(row.version)?,
            meaning,
            updated_at: instant(row.updated_at)?,
        })
    }
}

/// Whether there is room for one more.
async fn has_room(tx: &mut Connection, limit: u32) -> Result<bool, PortError> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM presets")
        .fetch_one(&mut *tx)
        .await
        .map_err(failed)?;
    Ok(count < i64::from(limit))
}

#[async_trait]
impl PresetCatalog for SqlCatalog {
    async fn presets(&self) -> Result<Vec<Preset>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, PresetRow>(
                "SELECT name, version, options, watermark, updated_at FROM presets ORDER BY name",
            )
            .fetch_all(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .into_iter()
        .map(Preset::try_from)
        .collect()
    }

    async fn preset(&self, name: &PresetName) -> Result<Option<Preset>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, PresetRow>(
                "SELECT name, version, options, watermark, updated_at FROM presets WHERE name = ?",
            )
            .bind(name.as_str())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)
        })
        .await?
        .map(Preset::try_from)
        .transpose()
    }

    async fn store_preset(
        &self,
        preset: &Preset,
        limit: u32,
        messages: &[OutboxMessage],
    ) -> Result<PresetStored, PortError> {
        self.write(|mut tx| async move {
            let watermark = preset
                .meaning
                .watermark()
                .map(|watermark| serde_json::to_string(&watermark))
                .transpose()
                .map_err(|error| corrupt(error.to_string()))?;
            if preset.version == 1 {
                self.lock(&mut tx, "presets").await?;
                let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM presets WHERE name = ?")
                    .bind(preset.name.as_str())
                    .fetch_one(&mut *tx)
                    .await
                    .map_err(failed)?;
                if known > 0 {
                    return tx.undo(PresetStored::Conflict);
                }
                if !has_room(&mut tx, limit).await? {
                    return tx.undo(PresetStored::Full);
                }
                sqlx::query(
                "INSERT INTO presets (version, options, watermark, updated_at, name) VALUES (?, ?, ?, ?, ?)",
            )
            .bind(signed(preset.version))
            .bind(preset.meaning.options())
            .bind(watermark)
            .bind(preset.updated_at.as_microsecond())
            .bind(preset.name.as_str())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            } else {
                let stored = sqlx::query(
                    "UPDATE presets SET version = ?, options = ?, watermark = ?, updated_at = ?
                 WHERE name = ? AND version = ?",
                )
                .bind(signed(preset.version))
                .bind(preset.meaning.options())
                .bind(watermark)
                .bind(preset.updated_at.as_microsecond())
                .bind(preset.name.as_str())
                .bind(signed(preset.version) - 1)
                .execute(&mut *tx)
                .await
                .map_err(failed)?
                .rows_affected();
                if stored == 0 {
                    return tx.undo(PresetStored::Conflict);
                }
            }
            write_messages(&mut tx, messages).await?;
            tx.keep(PresetStored::Yes)
        })
        .await
    }

    async fn remove_preset(&self, name: &PresetName, messages: &[OutboxMessage]) -> Result<bool, PortError> {
        self.write(|mut tx| async move {
            let removed = sqlx::query("DELETE FROM presets WHERE name = ?")
                .bind(name.as_str())
                .execute(&mut *tx)
                .await
                .map_err(failed)?
                .rows_affected();
            if removed == 0 {
                return tx.undo(false);
            }
            write_messages(&mut tx, messages).await?;
            tx.keep(true)
        })
        .await
    }
}
