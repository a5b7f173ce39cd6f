//! Direct uploads into the folder: parts are files until they are one blob. They come through the api, since a folder has
//! no address of its own.

use std::{
    fs::File,
    io::{self, ErrorKind},
    path::PathBuf,
};

use async_trait::async_trait;
use domain::{BlobKey, DirectUpload, UploadId};
use jiff::Timestamp;
use ports::{
    Assembled, BegunUpload, BlobStore, BlobWriter, DirectUploads, PartTarget, PortError, StoredPart,
};
use tokio::{fs, task::spawn_blocking};

use super::{FolderBlobStore, failed};

/// Direct uploads into the folder of a blob store.
#[derive(Clone)]
pub struct FolderDirectUploads {
    store: FolderBlobStore,
}

impl FolderDirectUploads {
    /// Direct uploads whose blobs are this store's.
    pub fn new(store: FolderBlobStore) -> Self {
        Self { store }
    }

    fn folder(&self, id: UploadId) -> PathBuf {
        self.store.parts.join(id.to_string())
    }

    /// Whether the blob is there. It came by a rename, so that it is whole where it is.
    async fn is_assembled(&self, id: UploadId) -> io::Result<bool> {
        fs::try_exists(self.store.path(&BlobKey::upload(id))).await
    }

    async fn missing(&self, upload: &DirectUpload) -> io::Result<Vec<u32>> {
        let stored = self.stored(upload.id).await?;
        let is_there = |number: &u32| {
            let size_bytes = upload.part_len(*number);
            stored
                .iter()
                .any(|part| part.number == *number && Some(part.size_bytes) == size_bytes)
        };
        Ok((1..=upload.parts()).filter(|number| !is_there(number)).collect())
    }

    async fn stored(&self, id: UploadId) -> io::Result<Vec<StoredPart>> {
        let mut entries = match fs::read_dir(self.folder(id)).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut stored = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
            // It may be gone since: then it is not there.
            if let (Some(number), Ok(metadata)) = (number, entry.metadata().await) {
                let size_bytes = metadata.len();
                stored.push(StoredPart { number, size_bytes });
            }
        }
        stored.sort_by_key(|part| part.number);
        Ok(stored)
    }

    /// Writes the parts one after the other into a file beside, and moves it into its place.
    async fn join(&self, upload: &DirectUpload) -> io::Result<()> {
        let mut writer = self
            .store
            .start_at(self.store.path(&BlobKey::upload(upload.id)))
            .await?;
        let mut whole = writer.file.try_clone().await?.into_std().await;
        let folder = self.folder(upload.id);
        let numbers = 1..=upload.parts();
        spawn_blocking(move || {
            for number in numbers {
                let mut part = File::open(folder.join(number.to_string()))?;
                io::copy(&mut part, &mut whole)?;
            }
            Ok::<_, io::Error>(())
        })
        .await
        .map_err(io::Error::other)??;
        writer.place().await
    }

    async fn remove_parts(&self, id: UploadId) -> io::Result<()> {
        let _alone = self.store.folders.write().await;
        match fs::remove_dir_all(self.folder(id)).await {
            // Of another process a part may come in this very moment: the sweep finds it.
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl DirectUploads for FolderDirectUploads {
    async fn begin(&self, _id: UploadId, _parts: u32) -> Result<String, PortError> {
        Ok(String::new())
    }

    async fn part_target(
        &self,
        _upload: &DirectUpload,
        _number: u32,
        _until: Timestamp,
    ) -> Result<PartTarget, PortError> {
        Ok(PartTarget::Api)
    }

    async fn write_part(&self, upload: &DirectUpload, number: u32) -> Result<Box<dyn BlobWriter>, PortError> {
        let place = self.folder(upload.id).join(number.to_string());
        Ok(Box::new(self.store.start_at(place).await.map_err(failed)?))
    }

    async fn parts(&self, upload: &DirectUpload) -> Result<Vec<StoredPart>, PortError> {
        self.stored(upload.id).await.map_err(failed)
    }

    async fn assemble(&self, upload: &DirectUpload) -> Result<Assembled, PortError> {
        if !self.is_assembled(upload.id).await.map_err(failed)? {
            let missing = self.missing(upload).await.map_err(failed)?;
            let joined = if missing.is_empty() {
                self.join(upload).await
            } else {
                Ok(())
            };
            // Another caller may have done it meanwhile, and taken the parts away.
            if !self.is_assembled(upload.id).await.map_err(failed)? {
                joined.map_err(failed)?;
                return Ok(Assembled::Missing(missing));
            }
        }
        self.remove_parts(upload.id).await.map_err(failed)?;
        Ok(Assembled::Yes)
    }

    async fn discard(&self, upload: &DirectUpload) -> Result<(), PortError> {
        self.remove_parts(upload.id).await.map_err(failed)?;
        self.store.delete(&BlobKey::upload(upload.id)).await
    }

    async fn begun(&self, after: Option<UploadId>, limit: usize) -> Result<Vec<BegunUpload>, PortError> {
        let mut begun = Vec::new();
        let mut entries = fs::read_dir(&self.store.parts).await.map_err(failed)?;
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            let id = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<UploadId>().ok());
            let (Some(id), Ok(metadata)) = (id, entry.metadata().await) else {
                continue;
            };
            let changed_at = metadata
                .modified()
                .and_then(|at| Timestamp::try_from(at).map_err(io::Error::other));
            if after.is_none_or(|after| id > after) {
                begun.push(BegunUpload {
                    id,
                    store_upload: String::new(),
                    changed_at: changed_at.map_err(failed)?,
                });
            }
        }
        begun.sort_by_key(|begun| begun.id);
        begun.truncate(limit);
        Ok(begun)
    }

    async fn discard_begun(&self, begun: &BegunUpload) -> Result<(), PortError> {
        self.remove_parts(begun.id).await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use ports::suite::direct_uploads::{PartSender, all};

    use super::*;
    use crate::SystemEntropy;

    struct Nowhere;

    #[async_trait]
    impl PartSender for Nowhere {
        async fn put(&self, url: &str, _bytes: Bytes) -> Result<(), String> {
            panic!("a folder has no address, and this is one: {url}")
        }
    }

    #[tokio::test]
    async fn direct_uploads_into_a_folder_pass_the_suite() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderBlobStore::open(folder.path(), Arc::new(SystemEntropy)).unwrap();
        let uploads = FolderDirectUploads::new(store.clone());
        all(&uploads, &store, &Nowhere, Timestamp::UNIX_EPOCH).await;
        for left in ["parts", "unfinished", "blobs"] {
            let left = folder.path().join(left);
            assert_eq!(std::fs::read_dir(&left).unwrap().count(), 0, "{}", left.display());
        }
    }
}
