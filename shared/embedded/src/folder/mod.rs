//! Blobs as files of a folder.
//!
//! ```text
//! {root}/blobs/{key}          the blobs; a key's slashes are folders
//! {root}/parts/{upload}/{n}    the parts of direct uploads that are not one blob yet
//! {root}/unfinished/{random}  what is being written
//! ```
//!
//! A blob is written beside, synced, and renamed into place: it is there whole or not at all, also after a kill or the
//! loss of power.

mod direct_uploads;
mod list;

use std::{
    io::{self, ErrorKind, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::BlobKey;
use futures::TryStreamExt;
use jiff::Timestamp;
use ports::{
    BlobInfo, BlobReader, BlobStore, BlobWriter, ByteRange, Entropy, PortError, RangeReader, random_bytes,
};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::RwLock,
    task::spawn_blocking,
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// A chunk of a blob that is read: large enough that the thread pool's hand-over costs little beside the copy.
const CHUNK_BYTES: usize = 64 * 1024;

/// How often a rename is tried whose folder another process takes away as empty.
const PLACE_ATTEMPTS: u32 = 8;

pub use direct_uploads::FolderDirectUploads;

pub(super) fn failed(error: io::Error) -> PortError {
    PortError::unavailable("the blob folder")(error)
}

/// Blobs in a folder of this machine.
#[derive(Clone)]
pub struct FolderBlobStore {
    blobs: PathBuf,
    parts: PathBuf,
    unfinished: PathBuf,
    entropy: Arc<dyn Entropy>,
    /// Read while a blob moves into its folder, written while empty folders are removed: none goes in between.
    folders: Arc<RwLock<()>>,
}

impl FolderBlobStore {
    /// The store in `root`, which is made where it is missing.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn open(root: &Path, entropy: Arc<dyn Entropy>) -> io::Result<Self> {
        let store = Self::to_read(root, entropy);
        std::fs::create_dir_all(&store.blobs)?;
        std::fs::create_dir_all(&store.parts)?;
        std::fs::create_dir_all(&store.unfinished)?;
        Ok(store)
    }

    /// The store in `root`, of which nothing is made: to read a copy that must not change.
    pub fn to_read(root: &Path, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            blobs: root.join("blobs"),
            parts: root.join("parts"),
            unfinished: root.join("unfinished"),
            entropy,
            folders: Arc::default(),
        }
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.blobs.join(key.as_str())
    }

    async fn start(&self, key: &BlobKey) -> io::Result<FolderBlobWriter> {
        self.start_at(self.path(key)).await
    }

    async fn start_at(&self, place: PathBuf) -> io::Result<FolderBlobWriter> {
        let name = Uuid::from_bytes(random_bytes(&*self.entropy))
            .simple()
            .to_string();
        let unfinished = self.unfinished.join(name);
        let file = File::create_new(&unfinished).await?;
        Ok(FolderBlobWriter {
            file,
            unfinished: Some(unfinished),
            place,
            folders: self.folders.clone(),
        })
    }
}

#[async_trait]
impl BlobStore for FolderBlobStore {
    async fn create(&self, key: &BlobKey) -> Result<Box<dyn BlobWriter>, PortError> {
        Ok(Box::new(self.start(key).await.map_err(failed)?))
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), PortError> {
        let mut writer = self.start(key).await.map_err(failed)?;
        writer.file.write_all(&bytes).await.map_err(failed)?;
        writer.place().await.map_err(failed)
    }

    async fn get(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        match fs::read(self.path(key)).await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, PortError> {
        let file = match File::open(self.path(key)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let size_bytes = file.metadata().await.map_err(failed)?.len();
        let chunks = ReaderStream::with_capacity(file, CHUNK_BYTES).map_err(failed);
        Ok(Some(BlobReader {
            size_bytes,
            chunks: Box::pin(chunks),
        }))
    }

    async fn open_range(&self, key: &BlobKey, range: ByteRange) -> Result<Option<RangeReader>, PortError> {
        let mut file = match File::open(self.path(key)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let size_bytes = file.metadata().await.map_err(failed)?.len();
        let Some((first, last)) = range.within(size_bytes) else {
            return Ok(Some(RangeReader::Beyond { size_bytes }));
        };
        file.seek(SeekFrom::Start(first)).await.map_err(failed)?;
        let part = file.take(last - first + 1);
        let chunks = ReaderStream::with_capacity(part, CHUNK_BYTES).map_err(failed);
        let reader = BlobReader {
            size_bytes,
            chunks: Box::pin(chunks),
        };
        Ok(Some(RangeReader::Part { first, last, reader }))
    }

    async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool, PortError> {
        let mut source = match File::open(self.path(from)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        let mut writer = self.start(to).await.map_err(failed)?;
        tokio::io::copy(&mut source, &mut writer.file)
            .await
            .map_err(failed)?;
        writer.place().await.map_err(failed)?;
        Ok(true)
    }

    async fn download_url(
        &self,
        _key: &BlobKey,
        _file_name: &str,
        _until: Timestamp,
    ) -> Result<Option<String>, PortError> {
        Ok(None)
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), PortError> {
        let path = self.path(key);
        match fs::remove_file(&path).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
        // Folders that became empty go, too; one that is not empty says so, and the walk ends.
        let _alone = self.folders.write().await;
        let mut folder = path.parent();
        while let Some(path) = folder.filter(|path| *path != self.blobs) {
            if fs::remove_dir(path).await.is_err() {
                break;
            }
            folder = path.parent();
        }
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobInfo>, PortError> {
        let (root, prefix, after) = (self.blobs.clone(), prefix.to_owned(), after.cloned());
        spawn_blocking(move || list::list(&root, &prefix, after.as_ref(), limit))
            .await
            .map_err(PortError::unavailable("the blob folder"))?
            .map_err(failed)
    }

    async fn abort_unfinished(&self, older_than: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        let mut entries = fs::read_dir(&self.unfinished).await.map_err(failed)?;
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            // The file may be finished and renamed meanwhile: then there is nothing to abort.
            let Ok(metadata) = entry.metadata().await else {
                continue;
            };
            let written_at = metadata
                .modified()
                .ok()
                .and_then(|time| Timestamp::try_from(time).ok());
            if written_at.is_some_and(|at| at <= older_than) && fs::remove_file(entry.path()).await.is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn ping(&self) -> Result<(), PortError> {
        fs::metadata(&self.blobs).await.map(drop).map_err(failed)
    }
}

struct FolderBlobWriter {
    file: File,
    /// The file that is being written; none once it is in its place.
    unfinished: Option<PathBuf>,
    place: PathBuf,
    folders: Arc<RwLock<()>>,
}

impl FolderBlobWriter {
    async fn place(&mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let Some(unfinished) = &self.unfinished else {
            return Ok(());
        };
        let folder = self.place.parent().map(Path::to_owned).unwrap_or_default();
        let placed = {
            let _kept = self.folders.read().await;
            move_into(&folder, unfinished, &self.place).await?;
            File::open(&folder).await
        };
        self.unfinished = None;
        match placed {
            // The rename is durable once the folder is.
            Ok(folder) => folder.sync_all().await,
            // Another process has deleted the blob since, and its folder with it.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Renames a file into a folder, which is made where it is missing, and made anew where another process takes it away.
async fn move_into(folder: &Path, from: &Path, to: &Path) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        let moved = match fs::create_dir_all(folder).await {
            Ok(()) => fs::rename(from, to).await,
            Err(error) => Err(error),
        };
        match moved {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists)
                    && attempt < PLACE_ATTEMPTS =>
            {
                attempt += 1;
            }
            moved => return moved,
        }
    }
}

#[async_trait]
impl BlobWriter for FolderBlobWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), PortError> {
        self.file.write_all(&chunk).await.map_err(failed)
    }

    async fn finish(mut self: Box<Self>) -> Result<(), PortError> {
        self.place().await.map_err(failed)
    }
}

impl Drop for FolderBlobWriter {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            // An upload that was given up; what cannot be removed now, the sweep removes later.
            let _ = std::fs::remove_file(unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[tokio::test]
    async fn a_folder_passes_the_suite() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderBlobStore::open(folder.path(), Arc::new(SystemEntropy)).unwrap();
        ports::suite::blob_store::all(&store).await;
    }

    #[tokio::test]
    async fn a_deleted_blob_leaves_no_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderBlobStore::open(folder.path(), Arc::new(SystemEntropy)).unwrap();
        let key = BlobKey::parse("images/a/variants/1/x.jpg").unwrap();
        store.put(&key, Bytes::from_static(b"x")).await.unwrap();
        store.delete(&key).await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }
}
