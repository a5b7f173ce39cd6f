//! Making a backup: the rows of one instant, then the blobs that they need, then `backup.json`.
//!
//! Nothing is locked: others write meanwhile. What the rows of that instant refer to may be deleted before it is copied; then the
//! catalog of now says so, and the backup knows it.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use catalog::TABLES;
use domain::{BlobKey, DirectUploadState, Failure, ImageId, ImageState, Manifest, UploadId};
use embedded::FolderBlobStore;
use futures::{StreamExt, TryStreamExt, stream};
use ports::BlobStore;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    blobs::{Came, Wanted, keep_blob},
    facts::{Backup, BlobsPart, Part},
    folder::WritableFolder,
    lines::{BlobLine, DocumentLine, LinesReader, LinesWriter, Sorted, hexadecimal},
    rows::{RowsWriter, file_name},
};
use crate::compose::Library;

/// How many images or originals are copied at once: a bucket's answer takes longer than its bytes.
const AT_ONCE: usize = 8;

/// How many blobs are listed at once.
const PAGE: usize = 1_000;

pub(super) const BLOBS: &str = "blobs.jsonl";
pub(super) const DOCUMENTS: &str = "documents.jsonl";
pub(super) const SIGNING_KEYS: &str = "signing-keys";

/// What became of a backup.
pub(crate) struct Kept {
    /// What it says of itself.
    pub(crate) backup: Backup,
    /// Blobs that were not in the folder.
    pub(crate) new_blobs: u64,
    /// Their bytes.
    pub(crate) new_bytes: u64,
    /// Blobs of backups before that were removed from the folder.
    pub(crate) pruned: u64,
}

/// What a backup needs to know of an image's row.
#[derive(Deserialize)]
pub(super) struct ImageLine {
    pub(super) id: ImageId,
    pub(super) version: u64,
    pub(super) state: ImageState,
    pub(super) original_sha256: String,
    pub(super) deleting: i64,
}

#[derive(Deserialize)]
struct OriginalLine {
    sha256: String,
    blob_key: String,
    size_bytes: u64,
}

/// What a backup needs to know of a direct upload's row.
#[derive(Deserialize)]
pub(super) struct UploadLine {
    pub(super) id: UploadId,
    pub(super) state: String,
    refusal_code: Option<String>,
}

impl UploadLine {
    pub(super) fn is_staged(&self) -> bool {
        self.state == DirectUploadState::Staged.name()
    }

    /// Whether its blob is still to be looked at.
    fn may_be_settled(&self) -> bool {
        self.is_staged() || self.refusal_code.as_deref() == Some(Failure::GAVE_UP)
    }
}

/// Writes a backup of the library into `root`; `prune` removes what only backups before it needed.
///
/// # Errors
/// When the library or the folder fails, or the folder is not for backups. What was copied until then stays, and the next backup
/// into the folder goes on from there; the one before still counts.
pub(crate) async fn keep(library: &Library, root: &Path, prune: bool) -> anyhow::Result<Kept> {
    let folder = WritableFolder::open(root)?;
    let store = FolderBlobStore::open(root, library.entropy.clone())
        .with_context(|| format!("cannot write to {}", root.display()))?;
    let made_at = library.clock.now();
    // Nobody else writes here: what is unfinished was interrupted.
    store.abort_unfinished(made_at).await?;
    let parts = folder.begin_parts()?;
    let path = root.join(&parts);
    let mut rows = RowsWriter::new(path.clone());
    library.rows.export(&mut rows).await?;
    let tables = rows.finish()?;
    debug_assert_eq!(tables.len(), TABLES.len());
    let before = match &folder.before {
        Some(before) => Sorted::open(&root.join(&before.parts).join(BLOBS))?,
        None => Sorted::empty(),
    };
    let mut keeping = Keeping {
        library,
        store: Arc::new(store),
        path: path.clone(),
        before,
        documents: LinesWriter::create(path.join(DOCUMENTS))?,
        blobs: LinesWriter::create(path.join(BLOBS))?,
        kept: Kept {
            backup: Backup {
                format: Backup::format(),
                tintype: env!("CARGO_PKG_VERSION").into(),
                made_at,
                of: library.description.clone(),
                parts,
                tables,
                documents: Part::default(),
                blobs: BlobsPart::default(),
                signing_keys: None,
                deleted: BTreeSet::new(),
                remade: BTreeSet::new(),
                lost: BTreeSet::new(),
            },
            new_blobs: 0,
            new_bytes: 0,
            pruned: 0,
        },
    };
    // In the order of their keys.
    keeping.images().await?;
    keeping.originals().await?;
    keeping.uploads().await?;
    keeping.signing_keys()?;
    let Keeping {
        store,
        documents,
        blobs,
        mut kept,
        ..
    } = keeping;
    kept.backup.documents = documents.finish()?;
    kept.backup.blobs.part = blobs.finish()?;
    folder.finish(&kept.backup)?;
    if prune {
        kept.pruned = remove_others(&store, Sorted::open(&path.join(BLOBS))?).await?;
    }
    Ok(kept)
}

/// A backup that is being made.
struct Keeping<'a> {
    library: &'a Library,
    store: Arc<dyn BlobStore>,
    path: PathBuf,
    before: Sorted<BlobLine>,
    documents: LinesWriter,
    blobs: LinesWriter,
    kept: Kept,
}

/// What is derived of an image, as far as it is whole.
struct Derived {
    documents: Vec<DocumentLine>,
    blobs: Vec<Came>,
}

impl Keeping<'_> {
    fn rows<T: for<'de> Deserialize<'de>>(
        &self,
        table: &str,
    ) -> anyhow::Result<impl Iterator<Item = anyhow::Result<T>> + Send + use<T>> {
        Ok(LinesReader::open(&self.path.join(file_name(table)))?.values())
    }

    /// Manifest, analysis and mezzanines of each image that is ready.
    async fn images(&mut self) -> anyhow::Result<()> {
        let shown = |image: &anyhow::Result<ImageLine>| match image {
            Ok(image) => image.state == ImageState::Ready && image.deleting == 0,
            Err(_) => true,
        };
        let images = self.rows::<ImageLine>("images")?.filter(shown);
        let (blobs, store, before) = (&self.library.blobs, &self.store, &mut self.before);
        let mut derived = stream::iter(images)
            .map(|image| {
                let image =
                    image.and_then(|image| Ok((before.of(&BlobKey::image_prefix(image.id))?, image.id)));
                async move {
                    let (before, id) = image?;
                    Ok::<_, anyhow::Error>((id, derived_of(blobs, store, id, before).await?))
                }
            })
            .buffered(AT_ONCE);
        while let Some((id, derived)) = derived.try_next().await? {
            let Some(derived) = derived else {
                let live = self.library.catalog.image(id).await?;
                let backup = &mut self.kept.backup;
                match live {
                    Some(image) if !image.deleting => backup.remade.insert(id),
                    _ => backup.deleted.insert(id),
                };
                continue;
            };
            for document in derived.documents {
                self.documents.write(&document)?;
            }
            for blob in derived.blobs {
                note(&mut self.blobs, &mut self.kept, blob)?;
            }
        }
        Ok(())
    }

    /// Every original, compared with the SHA-256 that its row has.
    async fn originals(&mut self) -> anyhow::Result<()> {
        let originals = self.rows::<OriginalLine>("originals")?;
        let (blobs, store, before) = (&self.library.blobs, &self.store, &mut self.before);
        let mut copied = stream::iter(originals)
            .map(|original| {
                let wanted = original.and_then(|original| {
                    let key = BlobKey::parse(&original.blob_key)?;
                    let before = before
                        .of(key.as_str())?
                        .into_iter()
                        .find(|line| line.key == key.as_str());
                    let promised = Some((original.size_bytes, original.sha256));
                    Ok(Wanted {
                        promised,
                        before,
                        ..Wanted::of(key)
                    })
                });
                async move {
                    let wanted = wanted?;
                    let key = wanted.key.clone();
                    let sha256 = wanted.promised.as_ref().map(|(_, sha256)| sha256.clone());
                    let came = keep_blob(blobs, store, wanted).await;
                    Ok::<_, anyhow::Error>((came.with_context(|| key.to_string())?, key, sha256))
                }
            })
            .buffered(AT_ONCE);
        let mut gone = HashSet::new();
        while let Some((came, key, sha256)) = copied.try_next().await? {
            match came {
                Came::Missing if !self.library.catalog.has_original(&key).await? => gone.extend(sha256),
                Came::Missing | Came::Damaged => self.kept.backup.lost(&key),
                came => note(&mut self.blobs, &mut self.kept, came)?,
            }
        }
        drop(copied);
        if !gone.is_empty() {
            for image in self.rows::<ImageLine>("images")? {
                let image = image?;
                if gone.contains(&image.original_sha256) {
                    self.kept.backup.deleted.insert(image.id);
                }
            }
        }
        Ok(())
    }

    /// What clients sent to its end and nobody has looked at yet.
    async fn uploads(&mut self) -> anyhow::Result<()> {
        for upload in self.rows::<UploadLine>("direct_uploads")? {
            let upload = upload?;
            if !upload.may_be_settled() {
                continue;
            }
            let key = BlobKey::upload(upload.id);
            let before = self.before.of(key.as_str())?.pop();
            let wanted = Wanted {
                before,
                ..Wanted::of(key.clone())
            };
            let mut came = keep_blob(&self.library.blobs, &self.store, wanted).await?;
            if let Came::Missing = came {
                // It became an image meanwhile, whose original has the same bytes; or it was refused, and needs none.
                let Some(live) = self.library.catalog.upload(upload.id).await? else {
                    continue;
                };
                if live.may_be_settled() {
                    self.kept.backup.lost(&key);
                    continue;
                }
                let Some(image) = live.image_id else { continue };
                let Some(image) = self.library.catalog.image(image).await? else {
                    continue;
                };
                let wanted = Wanted {
                    source: image.original.blob_key,
                    ..Wanted::of(key)
                };
                came = keep_blob(&self.library.blobs, &self.store, wanted).await?;
            }
            if let Came::Kept(_) | Came::New(_) = came {
                note(&mut self.blobs, &mut self.kept, came)?;
            }
        }
        Ok(())
    }

    fn signing_keys(&mut self) -> anyhow::Result<()> {
        let Some(text) = &self.library.signing_keys else {
            return Ok(());
        };
        let path = self.path.join(SIGNING_KEYS);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        std::fs::File::open(&path)?.sync_all()?;
        self.kept.backup.signing_keys = Some(Part {
            lines: text.lines().count() as u64,
            sha256: hexadecimal(Sha256::new_with_prefix(text)),
        });
        Ok(())
    }
}

/// Puts a blob on the list.
fn note(list: &mut LinesWriter, kept: &mut Kept, came: Came) -> anyhow::Result<()> {
    let line = match came {
        Came::Kept(line) => line,
        Came::New(line) => {
            kept.new_blobs += 1;
            kept.new_bytes += line.size_bytes;
            line
        }
        Came::Missing | Came::Damaged => return Ok(()),
    };
    kept.backup.blobs.size_bytes += line.size_bytes;
    list.write(&line)
}

/// Copies what is derived of an image; none where something of it is missing or cannot be read.
async fn derived_of(
    from: &Arc<dyn BlobStore>,
    to: &Arc<dyn BlobStore>,
    id: ImageId,
    before: Vec<BlobLine>,
) -> anyhow::Result<Option<Derived>> {
    let mut documents = Vec::new();
    let mut manifest = None;
    for key in [BlobKey::analysis(id), BlobKey::manifest(id)] {
        let Some(bytes) = from.get(&key).await? else {
            return Ok(None);
        };
        let Ok(text) = String::from_utf8(bytes.into()) else {
            return Ok(None);
        };
        manifest = Some(serde_json::from_str::<Manifest>(&text));
        let key = key.to_string();
        documents.push(DocumentLine { key, text });
    }
    let Some(Ok(manifest)) = manifest else {
        return Ok(None);
    };
    let mut keys: Vec<BlobKey> = manifest
        .mezzanines
        .into_iter()
        .map(|mezzanine| mezzanine.blob_key)
        .collect();
    keys.sort();
    let mut blobs = Vec::with_capacity(keys.len());
    for key in keys {
        let before = before.iter().find(|line| line.key == key.as_str()).cloned();
        let came = keep_blob(
            from,
            to,
            Wanted {
                before,
                ..Wanted::of(key)
            },
        )
        .await?;
        if let Came::Missing | Came::Damaged = came {
            return Ok(None);
        }
        blobs.push(came);
    }
    Ok(Some(Derived { documents, blobs }))
}

/// Removes the blobs that are not on the list; how many.
async fn remove_others(store: &Arc<dyn BlobStore>, mut list: Sorted<BlobLine>) -> anyhow::Result<u64> {
    let (mut removed, mut after) = (0, None);
    loop {
        let page = store.list("", after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(removed);
        };
        after = Some(last.key.clone());
        for blob in page {
            if !list.has(blob.key.as_str())? {
                store.delete(&blob.key).await?;
                removed += 1;
            }
        }
    }
}
