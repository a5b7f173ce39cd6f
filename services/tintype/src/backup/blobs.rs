//! Blobs on their way into a backup and out of it, each with its SHA-256.

use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use domain::BlobKey;
use futures::TryStreamExt;
use ports::{BlobReader, BlobStore};
use sha2::{Digest, Sha256};

use super::lines::{BlobLine, hexadecimal};

/// A blob that a backup is to have, and what is known of it.
pub(super) struct Wanted {
    pub(super) key: BlobKey,
    /// Where the library has it.
    pub(super) source: BlobKey,
    /// Its length and SHA-256, where the catalog has them.
    pub(super) promised: Option<(u64, String)>,
    /// Its line in the backup before.
    pub(super) before: Option<BlobLine>,
}

impl Wanted {
    pub(super) fn of(key: BlobKey) -> Self {
        Self {
            source: key.clone(),
            key,
            promised: None,
            before: None,
        }
    }
}

/// How a blob came to be in the backup, or why it is not.
pub(super) enum Came {
    /// It was there from a backup before.
    Kept(BlobLine),
    /// It was copied.
    New(BlobLine),
    /// The library has none.
    Missing,
    /// What the library has is not what the catalog says.
    Damaged,
}

/// From the store of the library into that of the backup.
pub(super) async fn keep_blob(
    from: &Arc<dyn BlobStore>,
    to: &Arc<dyn BlobStore>,
    wanted: Wanted,
) -> anyhow::Result<Came> {
    let Wanted {
        key,
        source,
        promised,
        before,
    } = wanted;
    let is_promised = |line: &BlobLine| match &promised {
        Some((size_bytes, sha256)) => line.size_bytes == *size_bytes && line.sha256 == *sha256,
        None => true,
    };
    if let Some(reader) = to.open(&key).await? {
        let line = match before.filter(|before| before.size_bytes == reader.size_bytes) {
            Some(before) => before,
            // Of a backup that was not finished.
            None => pass(&key, reader, None).await?,
        };
        if is_promised(&line) {
            return Ok(Came::Kept(line));
        }
    }
    let Some(reader) = from.open(&source).await? else {
        return Ok(Came::Missing);
    };
    let mut writer = to.create(&key).await?;
    let line = pass(&key, reader, Some(&mut writer)).await?;
    if !is_promised(&line) {
        return Ok(Came::Damaged);
    }
    writer.finish().await?;
    Ok(Came::New(line))
}

/// From the store of the backup into that of the library, or nowhere; it has to be what the backup's line says.
pub(super) async fn restore_blob(
    from: &Arc<dyn BlobStore>,
    to: Option<&Arc<dyn BlobStore>>,
    line: BlobLine,
) -> anyhow::Result<()> {
    let key = BlobKey::parse(&line.key)?;
    let damaged = || {
        format!(
            "blobs/{} of the backup is missing or damaged; take this file, or the whole backup, from another copy",
            line.key
        )
    };
    let reader = from.open(&key).await?.with_context(damaged)?;
    let mut writer = match to {
        Some(to) => Some(to.create(&key).await?),
        None => None,
    };
    let found = pass(&key, reader, writer.as_mut()).await?;
    ensure!(found == line, damaged());
    if let Some(writer) = writer {
        writer.finish().await?;
    }
    Ok(())
}

/// Reads a blob to its end, and writes it where it is to go.
async fn pass(
    key: &BlobKey,
    mut reader: BlobReader,
    mut writer: Option<&mut Box<dyn ports::BlobWriter>>,
) -> anyhow::Result<BlobLine> {
    let (mut sha256, mut size_bytes) = (Sha256::new(), 0);
    while let Some(chunk) = reader.chunks.try_next().await? {
        let chunk: Bytes = chunk;
        sha256.update(&chunk);
        size_bytes += chunk.len() as u64;
        if let Some(writer) = &mut writer {
            writer.write(chunk).await?;
        }
    }
    ensure!(size_bytes == reader.size_bytes, "the blob {key} ended early");
    Ok(BlobLine {
        key: key.to_string(),
        size_bytes,
        sha256: hexadecimal(sha256),
    })
}
