//! Images and the originals they refer to.

use async_trait::async_trait;
use domain::{
    AltText, Analysis, BlobKey, Failure, FileName, Image, ImageFormat, ImageId, ImageState, NewImage,
    Original, OutboxMessage, Sha256Digest, Title, UserId, Visibility,
};
use jiff::Timestamp;
use ports::{AcceptOutcome, Accepted, ImageCatalog, ImageView, PortError, Stored};
use uuid::Uuid;

use super::{Connection, SqlCatalog, failed, outbox::write_messages};
use crate::values::{corrupt, instant, named, row, sha256, signed, unsigned};

/// The columns of an image and its original, for every statement that reads whole images.
macro_rules! select_images {
    ($rest:literal) => {
        concat!(
            "SELECT images.id, images.version, images.state, images.owner_id, images.file_name, images.title, ",
            "images.alt_text, images.visibility, images.original_sha256, images.content_version, images.analysis, images.failure_code, ",
            "images.failure_reason, images.created_at, images.updated_at, images.trashed_at, images.deleting, ",
            "originals.blob_key, originals.size_bytes, originals.format ",
            "FROM images JOIN originals ON originals.sha256 = images.original_sha256 ",
            $rest
        )
    };
}

row! {
    struct ImageRow {
        id: Uuid,
        version: i64,
        state: String,
        owner_id: Uuid,
        file_name: String,
        title: String,
        alt_text: String,
        visibility: String,
        original_sha256: Vec<u8>,
        content_version: i64,
        analysis: Option<String>,
        failure_code: Option<String>,
        failure_reason: Option<String>,
        created_at: i64,
        updated_at: i64,
        trashed_at: Option<i64>,
        deleting: bool,
        blob_key: String,
        size_bytes: i64,
        format: String,
    }
}

impl TryFrom<ImageRow> for Image {
    type Error = PortError;

    fn try_from(row: ImageRow) -> Result<Self, PortError> {
        let analysis: Option<Analysis> = row
            .analysis
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| corrupt(format!("the analysis of image {}: {error}", row.id)))?;
        Ok(Self {
            id: ImageId::from_uuid(row.id),
            version: unsigned(row.version)?,
            state: named::<ImageState>(&row.state)?,
            owner: UserId::from_uuid(row.owner_id),
            file_name: FileName::from_stored(row.file_name),
            title: Title::from_stored(row.title),
            alt_text: AltText::from_stored(row.alt_text),
            visibility: named::<Visibility>(&row.visibility)?,
            original: Original {
                blob_key: BlobKey::parse(&row.blob_key).map_err(|error| corrupt(error.to_string()))?,
                sha256: Sha256Digest::from_bytes(sha256(row.original_sha256)?),
                size_bytes: unsigned(row.size_bytes)?,
                format: named::<ImageFormat>(&row.format)?,
            },
            content_version: row
                .content_version
                .try_into()
                .map_err(|_| corrupt("a content version out of range"))?,
            analysis,
            failure: row
                .failure_code
                .zip(row.failure_reason)
                .map(|(code, reason)| Failure { code, reason }),
            created_at: instant(row.created_at)?,
            updated_at: instant(row.updated_at)?,
            trashed_at: row.trashed_at.map(instant).transpose()?,
            deleting: row.deleting,
        })
    }
}

fn images(rows: Vec<ImageRow>) -> Result<Vec<Image>, PortError> {
    rows.into_iter().map(Image::try_from).collect()
}

async fn original_of_bytes(tx: &mut Connection, sha256: &Sha256Digest) -> Result<Option<BlobKey>, PortError> {
    let key: Option<String> = sqlx::query_scalar(concat!(
        "SELECT blob_key FROM originals WHERE sha256 = ?",
        for_update!()
    ))
    .bind(sha256.as_bytes().as_slice())
    .fetch_optional(&mut *tx)
    .await
    .map_err(failed)?;
    key.map(|key| BlobKey::parse(&key).map_err(|error| corrupt(error.to_string())))
        .transpose()
}

/// The transaction of [`ImageCatalog::accept`]; nothing is stored where the outcome is `Repeated`.
pub(crate) async fn accept_in(
    tx: &mut Connection,
    new: &NewImage,
    messages: &[OutboxMessage],
) -> Result<Accepted, PortError> {
    if let Some(key) = &new.idempotency_key {
        let repeated: Option<ImageRow> = sqlx::query_as(select_images!(
            "WHERE images.owner_id = ? AND images.idempotency_key = ?"
        ))
        .bind(new.owner.as_uuid())
        .bind(key)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed)?;
        if let Some(row) = repeated {
            return Ok(Accepted {
                image: row.try_into()?,
                outcome: AcceptOutcome::Repeated,
            });
        }
    }
    let mut original = new.original.clone();
    let outcome = match original_of_bytes(tx, &original.sha256).await? {
        Some(known) => {
            original.blob_key = known;
            AcceptOutcome::SharesBytes
        }
        None => {
            sqlx::query("INSERT INTO originals (sha256, blob_key, size_bytes, format) VALUES (?, ?, ?, ?)")
                .bind(original.sha256.as_bytes().as_slice())
                .bind(original.blob_key.as_str())
                .bind(signed(original.size_bytes))
                .bind(original.format.name())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            AcceptOutcome::Created
        }
    };
    let image = new.clone().accepted(original);
    sqlx::query(
        "INSERT INTO images (id, version, state, owner_id, file_name, title, alt_text, visibility, original_sha256,
             content_version, created_at, updated_at, deleting, idempotency_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
    )
    .bind(image.id.as_uuid())
    .bind(signed(image.version))
    .bind(image.state.name())
    .bind(image.owner.as_uuid())
    .bind(image.file_name.as_str())
    .bind(image.title.as_str())
    .bind(image.alt_text.as_str())
    .bind(image.visibility.name())
    .bind(image.original.sha256.as_bytes().as_slice())
    .bind(image.content_version)
    .bind(image.created_at.as_microsecond())
    .bind(image.updated_at.as_microsecond())
    .bind(new.idempotency_key.as_deref())
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    write_messages(tx, messages).await?;
    Ok(Accepted { image, outcome })
}

#[async_trait]
impl ImageCatalog for SqlCatalog {
    async fn accept(&self, new: &NewImage, messages: &[OutboxMessage]) -> Result<Accepted, PortError> {
        self.write(|mut tx| async move {
            let accepted = accept_in(&mut tx, new, messages).await?;
            tx.keep(accepted)
        })
        .await
    }

    async fn image(&self, id: ImageId) -> Result<Option<Image>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, ImageRow>(select_images!("WHERE images.id = ?"))
                .bind(id.as_uuid())
                .fetch_optional(&mut *conn)
                .await
                .map_err(failed)
        })
        .await?
        .map(Image::try_from)
        .transpose()
    }

    async fn images(
        &self,
        view: ImageView,
        before: Option<ImageId>,
        limit: u32,
    ) -> Result<Vec<Image>, PortError> {
        let before = before.map_or(Uuid::max(), ImageId::as_uuid);
        let statement = match view {
            ImageView::Library => {
                select_images!(
                    "WHERE images.trashed_at IS NULL AND images.deleting = 0 AND images.id < ?
                     ORDER BY images.id DESC LIMIT ?"
                )
            }
            ImageView::Trash => {
                select_images!(
                    "WHERE images.trashed_at IS NOT NULL AND images.deleting = 0 AND images.id < ?
                     ORDER BY images.id DESC LIMIT ?"
                )
            }
        };
        images(
            self.read(|mut conn| async move {
                sqlx::query_as(statement)
                    .bind(before)
                    .bind(limit)
                    .fetch_all(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?,
        )
    }

    async fn store(&self, changed: &Image, messages: &[OutboxMessage]) -> Result<Stored, PortError> {
        self.write(|mut tx| async move {
        let analysis = changed
            .analysis
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(|error| corrupt(error.to_string()))?;
        let stored = sqlx::query(
            "UPDATE images SET version = ?, state = ?, title = ?, alt_text = ?, visibility = ?, content_version = ?,
                 analysis = ?, failure_code = ?, failure_reason = ?, updated_at = ?, trashed_at = ?, deleting = ?
             WHERE id = ? AND version = ?",
        )
        .bind(signed(changed.version))
        .bind(changed.state.name())
        .bind(changed.title.as_str())
        .bind(changed.alt_text.as_str())
        .bind(changed.visibility.name())
        .bind(changed.content_version)
        .bind(analysis)
        .bind(changed.failure.as_ref().map(|failure| failure.code.as_str()))
        .bind(changed.failure.as_ref().map(|failure| failure.reason.as_str()))
        .bind(changed.updated_at.as_microsecond())
        .bind(changed.trashed_at.map(Timestamp::as_microsecond))
        .bind(changed.deleting)
        .bind(changed.id.as_uuid())
        .bind(signed(changed.version) - 1)
        .execute(&mut *tx)
        .await
        .map_err(failed)?
        .rows_affected();
        if stored == 0 {
            return tx.undo(Stored::Conflict);
        }
        write_messages(&mut tx, messages).await?;
        tx.keep(Stored::Yes)
        }).await
    }

    async fn remove(&self, id: ImageId, messages: &[OutboxMessage]) -> Result<Option<BlobKey>, PortError> {
        self.write(|mut tx| async move {
            let digest: Option<Vec<u8>> = sqlx::query_scalar(concat!(
                "SELECT original_sha256 FROM images WHERE id = ? AND deleting = 1",
                for_update!()
            ))
            .bind(id.as_uuid())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
            let Some(digest) = digest else {
                return tx.undo(None);
            };
            let digest = Sha256Digest::from_bytes(sha256(digest)?);
            // First of all: until this transaction ends, nobody else begins to share the bytes.
            let key = original_of_bytes(&mut tx, &digest).await?;
            sqlx::query("DELETE FROM images WHERE id = ?")
                .bind(id.as_uuid())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            let shared: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM images WHERE original_sha256 = ?")
                .bind(digest.as_bytes().as_slice())
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?;
            let orphan = if shared == 0 {
                sqlx::query("DELETE FROM originals WHERE sha256 = ?")
                    .bind(digest.as_bytes().as_slice())
                    .execute(&mut *tx)
                    .await
                    .map_err(failed)?;
                key
            } else {
                None
            };
            write_messages(&mut tx, messages).await?;
            tx.keep(orphan)
        })
        .await
    }

    async fn trashed_before(&self, instant: Timestamp, limit: u32) -> Result<Vec<Image>, PortError> {
        images(
            self.read(|mut conn| async move {
                sqlx::query_as(select_images!(
                    "WHERE images.trashed_at < ? AND images.deleting = 0 ORDER BY images.trashed_at LIMIT ?"
                ))
                .bind(instant.as_microsecond())
                .bind(limit)
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)
            })
            .await?,
        )
    }

    async fn has_original(&self, key: &BlobKey) -> Result<bool, PortError> {
        let count: i64 = self
            .read(|mut conn| async move {
                sqlx::query_scalar("SELECT COUNT(*) FROM originals WHERE blob_key = ?")
                    .bind(key.as_str())
                    .fetch_one(&mut *conn)
                    .await
                    .map_err(failed)
            })
            .await?;
        Ok(count > 0)
    }
}
