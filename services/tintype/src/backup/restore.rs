//! Restoring: blobs first, then, in one transaction, the rows that refer to them and what there is to do.
//!
//! Broken off, it has left blobs without rows, and a catalog that is still empty: it can be run again.

use std::{path::Path, sync::Arc};

use anyhow::{Context, bail, ensure};
use catalog::{Cell, OtherSide, RowSource, RowsError, Table};
use domain::BlobKey;
use embedded::FolderBlobStore;
use futures::{StreamExt, TryStreamExt, stream};
use ports::{BlobStore, Clock, Entropy};

use super::{
    blobs::restore_blob,
    facts::Backup,
    folder::read_facts,
    keep::{BLOBS, DOCUMENTS, SIGNING_KEYS},
    lines::{BlobLine, DocumentLine, LinesReader, Sorted, check_part},
    rows::{RowLine, file_name, from_line},
    work::{Work, amend},
};
use crate::compose::{Library, SigningKeysPlace};

/// How many blobs are on their way at once.
const AT_ONCE: usize = 8;

/// How many blobs are listed at once.
const PAGE: usize = 1_000;

/// What was restored.
pub(crate) struct Restored {
    /// The backup.
    pub(crate) backup: Backup,
    /// Jobs that were asked for.
    pub(crate) jobs: u64,
    /// Whether URLs that were signed before count no more: the backup's keys have no place here, and the configured ones are others.
    pub(crate) keys_differ: bool,
}

/// Reads all of a backup, and compares it with its checksums.
///
/// # Errors
/// When it was not finished, is of a schema that this release cannot restore, or is damaged.
pub(crate) async fn check(root: &Path, entropy: Arc<dyn Entropy>) -> anyhow::Result<Backup> {
    let backup = read_facts(root)?;
    let from: Arc<dyn BlobStore> = Arc::new(FolderBlobStore::to_read(root, entropy));
    check_parts(root, &backup)?;
    pass_blobs(root, &backup, &from, None).await?;
    Ok(backup)
}

/// Fills the library, which has to be empty.
///
/// # Errors
/// When the backup was not finished, is of a schema that this release cannot restore, or is damaged; when the library is not empty
/// or fails. Then no row was stored.
pub(crate) async fn restore(library: &Library, root: &Path) -> anyhow::Result<Restored> {
    let backup = read_facts(root)?;
    let from: Arc<dyn BlobStore> = Arc::new(FolderBlobStore::to_read(root, library.entropy.clone()));
    check_parts(root, &backup)?;
    let parts = root.join(&backup.parts);
    if let Some(table) = library.rows.used_table().await? {
        return Err(not_empty(RowsError::NotEmpty(table)));
    }
    refuse_strangers(library, &parts).await?;
    pass_blobs(root, &backup, &from, Some(&library.blobs)).await?;
    put_documents(&library.blobs, &parts).await?;
    let keys_differ = place_signing_keys(library, &backup, &parts)?;
    let mut rows = BackupRows {
        backup: &backup,
        parts: &parts,
        clock: library.clock.clone(),
        entropy: library.entropy.clone(),
        current: None,
        work: Work::open(&parts)?,
        jobs: 0,
    };
    library.rows.import(&mut rows).await.map_err(not_empty)?;
    Ok(Restored {
        jobs: rows.jobs,
        backup,
        keys_differ,
    })
}

fn not_empty(error: RowsError) -> anyhow::Error {
    let advice = match &error {
        RowsError::NotEmpty(_) => {
            "a backup is restored into an empty library alone, so that nothing is mixed or overwritten: name a new database and an \
             empty blob store, or remove the old ones first"
        }
        _ => "the rows could not be restored",
    };
    anyhow::Error::new(error).context(advice)
}

fn check_parts(root: &Path, backup: &Backup) -> anyhow::Result<()> {
    ensure!(
        !backup.parts.contains(['/', '\\']) && backup.parts != "..",
        "backup.json names a folder outside of the backup"
    );
    let parts = root.join(&backup.parts);
    for (table, kept) in &backup.tables {
        check_part(&parts.join(file_name(table)), &kept.part)?;
    }
    check_part(&parts.join(DOCUMENTS), &backup.documents)?;
    check_part(&parts.join(BLOBS), &backup.blobs.part)?;
    match &backup.signing_keys {
        Some(part) => check_part(&parts.join(SIGNING_KEYS), part),
        None => Ok(()),
    }
}

/// Originals that are there and not of this backup belong to another library, whose sweep would be this one's.
async fn refuse_strangers(library: &Library, parts: &Path) -> anyhow::Result<()> {
    let mut list = Sorted::<BlobLine>::open(&parts.join(BLOBS))?;
    let mut after = None;
    loop {
        let page = library
            .blobs
            .list(BlobKey::ORIGINALS, after.as_ref(), PAGE)
            .await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for blob in page {
            if !list.has(blob.key.as_str())? {
                bail!(
                    "the blob store has an original that is not of this backup, {}: it may be another library's, and without a row \
                     it would be swept away. Name an empty folder or bucket",
                    blob.key
                );
            }
        }
    }
}

/// Writes every blob to where it is to go, or only reads it.
async fn pass_blobs(
    root: &Path,
    backup: &Backup,
    from: &Arc<dyn BlobStore>,
    to: Option<&Arc<dyn BlobStore>>,
) -> anyhow::Result<()> {
    let lines = LinesReader::open(&root.join(&backup.parts).join(BLOBS))?.values::<BlobLine>();
    stream::iter(lines)
        .map(|line| async move { restore_blob(from, to, line?).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn put_documents(to: &Arc<dyn BlobStore>, parts: &Path) -> anyhow::Result<()> {
    let documents = LinesReader::open(&parts.join(DOCUMENTS))?.values::<DocumentLine>();
    stream::iter(documents)
        .map(|document| async move {
            let DocumentLine { key, text } = document?;
            to.put(&BlobKey::parse(&key)?, text.into()).await?;
            Ok::<_, anyhow::Error>(())
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Whether the keys of signed URLs are others from now on.
fn place_signing_keys(library: &Library, backup: &Backup, parts: &Path) -> anyhow::Result<bool> {
    if backup.signing_keys.is_none() {
        return Ok(false);
    }
    let path = parts.join(SIGNING_KEYS);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match &library.signing_keys_place {
        SigningKeysPlace::File(place) => place.write(&text).map(|()| false),
        SigningKeysPlace::Configured(ring) => {
            let before = domain::KeyRing::parse(&text).with_context(|| path.display().to_string())?;
            let signed = before.sign("/i/00000000-0000-7000-8000-000000000000/w=1");
            Ok(signed.is_ok_and(|path| ring.verify(&path).is_err()))
        }
        SigningKeysPlace::Nowhere => Ok(true),
    }
}

/// The rows of a backup, and what there is to do after them.
struct BackupRows<'a> {
    backup: &'a Backup,
    parts: &'a Path,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    current: Option<(&'static str, LinesReader)>,
    work: Work,
    jobs: u64,
}

impl BackupRows<'_> {
    fn next_line(&mut self, table: &'static Table) -> anyhow::Result<Option<RowLine>> {
        let lines = match &mut self.current {
            Some((name, lines)) if *name == table.name => lines,
            current => {
                let lines = LinesReader::open(&self.parts.join(file_name(table.name)))?;
                &mut current.insert((table.name, lines)).1
            }
        };
        if let Some(mut line) = lines.next()? {
            if table.name == "images" {
                amend(self.backup, &*self.clock, &mut line);
            }
            return Ok(Some(line));
        }
        if table.name != "outbox" {
            return Ok(None);
        }
        let job = self.work.next(self.backup, &*self.clock, &*self.entropy)?;
        self.jobs += u64::from(job.is_some());
        Ok(job)
    }
}

impl RowSource for BackupRows<'_> {
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Cell>>, OtherSide> {
        let Some(line) = self.next_line(table)? else {
            return Ok(None);
        };
        Ok(Some(from_line(table, line)?))
    }
}
