//! Direct uploads: files whose bytes a client sends to the blob store itself.

use async_trait::async_trait;
use domain::{
    DirectUpload, DirectUploadState, Failure, FileName, ImageId, NewImage, OutboxMessage, Sha256Digest,
    UploadId, UserId, Visibility,
};
use jiff::Timestamp;
use ports::{Accepted, DirectUploadCatalog, PortError, Stored};
use uuid::Uuid;

use super::{Connection, SqlCatalog, failed, images::accept_in, outbox::write_messages};
use crate::values::{instant, named, row, sha256, signed, unsigned};

/// The columns of an upload, for every statement that reads whole uploads.
macro_rules! select_uploads {
    ($rest:literal) => {
        concat!(
            "SELECT id, version, state, owner_id, file_name, visibility, size_bytes, sha256, part_size_bytes, ",
            "store_upload, idempotency_key, image_id, refusal_code, refusal_reason, created_at, updated_at, expires_at ",
            "FROM direct_uploads ",
            $rest
        )
    };
}

row! {
    struct UploadRow {
        id: Uuid,
        version: i64,
        state: String,
        owner_id: Uuid,
        file_name: String,
        visibility: String,
        size_bytes: i64,
        sha256: Option<Vec<u8>>,
        part_size_bytes: i64,
        store_upload: String,
        idempotency_key: Option<String>,
        image_id: Option<Uuid>,
        refusal_code: Option<String>,
        refusal_reason: Option<String>,
        created_at: i64,
        updated_at: i64,
        expires_at: i64,
    }
}

impl TryFrom<UploadRow> for DirectUpload {
    type Error = PortError;

    fn try_from(row: UploadRow) -> Result<Self, PortError> {
        Ok(Self {
            id: UploadId::from_uuid(row.id),
            version: unsigned(row.version)?,
            state: named::<DirectUploadState>(&row.state)?,
            owner: UserId::from_uuid(row.owner_id),
            file_name: FileName::from_stored(row.file_name),
            visibility: named::<Visibility>(&row.visibility)?,
            size_bytes: unsigned(row.size_bytes)?,
            sha256: row.sha256.map(sha256).transpose()?.map(Sha256Digest::from_bytes),
            part_size_bytes: unsigned(row.part_size_bytes)?,
            store_upload: row.store_upload,
            idempotency_key: row.idempotency_key,
            image_id: row.image_id.map(ImageId::from_uuid),
            refusal: row
                .refusal_code
                .zip(row.refusal_reason)
                .map(|(code, reason)| Failure { code, reason }),
            created_at: instant(row.created_at)?,
            updated_at: instant(row.updated_at)?,
            expires_at: instant(row.expires_at)?,
        })
    }
}

fn uploads(rows: Vec<UploadRow>) -> Result<Vec<DirectUpload>, PortError> {
    rows.into_iter().map(DirectUpload::try_from).collect()
}

/// Writes what may change of an upload over the version before, and says whether that was there.
async fn overwrite(
    tx: &mut Connection,
    changed: &DirectUpload,
    image_id: Option<ImageId>,
) -> Result<bool, PortError> {
    let stored = sqlx::query(
        "UPDATE direct_uploads SET version = ?, state = ?, store_upload = ?, image_id = ?, refusal_code = ?,
             refusal_reason = ?, updated_at = ?, expires_at = ?
         WHERE id = ? AND version = ?",
    )
    .bind(signed(changed.version))
    .bind(changed.state.name())
    .bind(&changed.store_upload)
    .bind(image_id.map(ImageId::as_uuid))
    .bind(changed.refusal.as_ref().map(|refusal| refusal.code.as_str()))
    .bind(changed.refusal.as_ref().map(|refusal| refusal.reason.as_str()))
    .bind(changed.updated_at.as_microsecond())
    .bind(changed.expires_at.as_microsecond())
    .bind(changed.id.as_uuid())
    .bind(signed(changed.version) - 1)
    .execute(&mut *tx)
    .await
    .map_err(failed)?
    .rows_affected();
    Ok(stored > 0)
}

#[async_trait]
impl DirectUploadCatalog for SqlCatalog {
    async fn add_upload(&self, upload: &DirectUpload) -> Result<DirectUpload, PortError> {
        self.write(|mut tx| async move {
        if let Some(key) = &upload.idempotency_key {
            let repeated: Option<UploadRow> =
                sqlx::query_as(select_uploads!("WHERE owner_id = ? AND idempotency_key = ?"))
                    .bind(upload.owner.as_uuid())
                    .bind(key)
                    .fetch_optional(&mut *tx)
                    .await
                    .map_err(failed)?;
            if let Some(row) = repeated {
                return tx.undo(row.try_into()?);
            }
        }
        sqlx::query(
            "INSERT INTO direct_uploads (id, version, state, owner_id, file_name, visibility, size_bytes, sha256,
                 part_size_bytes, store_upload, idempotency_key, image_id, refusal_code, refusal_reason, created_at,
                 updated_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(upload.id.as_uuid())
        .bind(signed(upload.version))
        .bind(upload.state.name())
        .bind(upload.owner.as_uuid())
        .bind(upload.file_name.as_str())
        .bind(upload.visibility.name())
        .bind(signed(upload.size_bytes))
        .bind(upload.sha256.as_ref().map(|digest| digest.as_bytes().as_slice()))
        .bind(signed(upload.part_size_bytes))
        .bind(&upload.store_upload)
        .bind(upload.idempotency_key.as_deref())
        .bind(upload.image_id.map(ImageId::as_uuid))
        .bind(upload.refusal.as_ref().map(|refusal| refusal.code.as_str()))
        .bind(upload.refusal.as_ref().map(|refusal| refusal.reason.as_str()))
        .bind(upload.created_at.as_microsecond())
        .bind(upload.updated_at.as_microsecond())
        .bind(upload.expires_at.as_microsecond())
        .execute(&mut *tx)
        .await
        .map_err(failed)?;
        tx.keep(upload.clone())
        }).await
    }

    async fn upload(&self, id: UploadId) -> Result<Option<DirectUpload>, PortError> {
        self.read(|mut conn| async move {
            sqlx::query_as::<_, UploadRow>(select_uploads!("WHERE id = ?"))
                .bind(id.as_uuid())
                .fetch_optional(&mut *conn)
                .await
                .map_err(failed)
        })
        .await?
        .map(DirectUpload::try_from)
        .transpose()
    }

    async fn open_uploads(&self, owner: UserId, limit: u32) -> Result<Vec<DirectUpload>, PortError> {
        uploads(
            self.read(|mut conn| async move {
                sqlx::query_as(select_uploads!(
                    "WHERE owner_id = ? AND state IN ('open', 'staged') ORDER BY id DESC LIMIT ?"
                ))
                .bind(owner.as_uuid())
                .bind(limit)
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)
            })
            .await?,
        )
    }

    async fn store_upload(
        &self,
        changed: &DirectUpload,
        messages: &[OutboxMessage],
    ) -> Result<Stored, PortError> {
        self.write(|mut tx| async move {
            if !overwrite(&mut tx, changed, changed.image_id).await? {
                return tx.undo(Stored::Conflict);
            }
            write_messages(&mut tx, messages).await?;
            tx.keep(Stored::Yes)
        })
        .await
    }

    async fn accept_upload(
        &self,
        changed: &DirectUpload,
        image: &NewImage,
        messages: &[OutboxMessage],
    ) -> Result<Option<Accepted>, PortError> {
        self.write(|mut tx| async move {
            let accepted = accept_in(&mut tx, image, messages).await?;
            if !overwrite(&mut tx, changed, Some(accepted.image.id)).await? {
                return tx.undo(None);
            }
            tx.keep(Some(accepted))
        })
        .await
    }

    async fn expired_uploads(&self, instant: Timestamp, limit: u32) -> Result<Vec<DirectUpload>, PortError> {
        uploads(
            self.read(|mut conn| async move {
                sqlx::query_as(select_uploads!(
                    "WHERE expires_at < ? AND state <> 'staged' ORDER BY expires_at LIMIT ?"
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

    async fn remove_upload(&self, id: UploadId) -> Result<(), PortError> {
        self.repeatable(|mut conn| async move {
            sqlx::query("DELETE FROM direct_uploads WHERE id = ?")
                .bind(id.as_uuid())
                .execute(&mut *conn)
                .await
                .map(drop)
                .map_err(failed)
        })
        .await
    }
}
