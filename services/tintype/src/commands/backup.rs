//! `tintype backup` and `restore`.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::bail;
use embedded::SystemEntropy;
use runtime::Config;

use crate::{
    backup::{self, Backup, Kept, Restored},
    compose::{self, Library},
    output::say,
};

/// How many keys are named where some are lost.
const NAMED: usize = 10;

pub(crate) async fn backup(config: &Config, folder: &Path, prune: bool) -> anyhow::Result<()> {
    // What is made from here on is its owner's alone: there are password hashes and the secrets of webhooks in it.
    // SAFETY: no preconditions, and it cannot fail.
    unsafe {
        libc::umask(0o077);
    }
    let began = Instant::now();
    let library = Library::open(config).await?;
    let Kept {
        backup,
        new_blobs,
        new_bytes,
        pruned,
    } = backup::keep(&library, folder, prune).await?;
    say(&format!(
        "kept {}, of which {new_blobs} files and {new_bytes} bytes are new, in {:.1} s",
        contents(&backup),
        began.elapsed().as_secs_f64()
    ))?;
    if pruned > 0 {
        say(&format!("removed {pruned} files that only backups before needed"))?;
    }
    if !backup.deleted.is_empty() {
        say(&format!(
            "{} images were deleted meanwhile, and will be when this is restored",
            backup.deleted.len()
        ))?;
    }
    if !backup.remade.is_empty() {
        say(&format!(
            "{} images lack what was made of their originals: a restore has it made anew",
            backup.remade.len()
        ))?;
    }
    if !backup.lost.is_empty() {
        let named: Vec<&str> = backup.lost.iter().take(NAMED).map(String::as_str).collect();
        bail!(
            "the backup is finished, but {} files are missing or damaged in the library itself, and so not in it: {}{}. Look for \
             them in a backup before",
            backup.lost.len(),
            named.join(", "),
            if backup.lost.len() > NAMED { " …" } else { "" }
        );
    }
    Ok(())
}

pub(crate) async fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    // On MySQL nothing else brings an empty database to this release's schema.
    compose::migrate(config).await?;
    let library = Library::open(config).await?;
    let Restored {
        backup,
        jobs,
        keys_differ,
    } = backup::restore(&library, folder).await?;
    say(&format!(
        "restored {}, in {:.1} s; {jobs} jobs were asked for",
        contents(&backup),
        began.elapsed().as_secs_f64()
    ))?;
    if keys_differ {
        say(&format!(
            "URLs that were signed before count no more with these keys: the backup's are in {}, for delivery.signing_keys \
             (TINTYPE_DELIVERY_SIGNING_KEYS)",
            folder.join(&backup.parts).join("signing-keys").display()
        ))?;
    }
    Ok(())
}

pub(crate) async fn check(folder: &Path) -> anyhow::Result<()> {
    let backup = backup::check(folder, Arc::new(SystemEntropy)).await?;
    say(&format!("whole: {}", contents(&backup)))
}

/// What is in a backup, in words.
fn contents(backup: &Backup) -> String {
    format!(
        "{} images and {} people, {} files with {} bytes, as of {}",
        backup.rows("images"),
        backup.rows("users"),
        backup.files(),
        backup.blobs.size_bytes,
        backup.made_at.strftime("%FT%TZ")
    )
}
