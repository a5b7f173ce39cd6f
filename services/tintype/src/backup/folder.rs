//! The folder of a backup: what it may be, one writer at a time, and `backup.json`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

use super::facts::Backup;

const FACTS: &str = "backup.json";

/// Also tells that the folder is meant for backups, when none in it was finished.
const LOCK: &str = "backup.lock";

const PARTS: &str = "parts-";

/// A folder that is written to by nobody else.
pub(super) struct WritableFolder {
    pub(super) root: PathBuf,
    /// What the backup before says of itself.
    pub(super) before: Option<Backup>,
    _lock: File,
}

impl WritableFolder {
    pub(super) fn open(root: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write to {}", root.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .with_context(cannot)?;
        let lock = root.join(LOCK);
        if !lock.exists() {
            for entry in fs::read_dir(root).with_context(cannot)? {
                let name = entry.with_context(cannot)?.file_name();
                // Where a file system begins.
                ensure!(
                    name == "lost+found",
                    "{} has something else in it ({}): name an empty folder, or one with a backup",
                    root.display(),
                    name.display()
                );
            }
        }
        // A folder that was there may be somebody else's, or on a file system without permissions; what is in it is closed.
        let _ = fs::set_permissions(root, Permissions::from_mode(0o700));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock);
        let file = file.with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another backup into {} is under way", root.display()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        let before = read_text(root)?.map(|text| Backup::parse(&text)).transpose();
        Ok(Self {
            root: root.to_owned(),
            before: before
                .with_context(|| format!("{} has another backup; name another folder", root.display()))?,
            _lock: file,
        })
    }

    /// A new folder of parts, by its name.
    pub(super) fn begin_parts(&self) -> anyhow::Result<String> {
        let before = self.before.as_ref().map(|before| before.parts.as_str());
        self.remove_parts_but(before)?;
        let number = before.and_then(|name| name.strip_prefix(PARTS)?.parse::<u64>().ok());
        let name = format!("{PARTS}{}", number.unwrap_or(0) + 1);
        let path = self.root.join(&name);
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(name)
    }

    /// Makes the new backup the one that counts, and removes the parts of the one before.
    pub(super) fn finish(&self, backup: &Backup) -> anyhow::Result<()> {
        let place = self.root.join(FACTS);
        let beside = place.with_extension("json.new");
        let cannot = || format!("cannot write {}", place.display());
        let mut text = serde_json::to_vec_pretty(backup)?;
        text.push(b'\n');
        sync_folder(&self.root.join(&backup.parts)).with_context(cannot)?;
        sync_folder(&self.root).with_context(cannot)?;
        let mut file = File::create(&beside).with_context(cannot)?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .with_context(cannot)?;
        fs::rename(&beside, &place).with_context(cannot)?;
        sync_folder(&self.root).with_context(cannot)?;
        for scaffold in ["parts", "unfinished"] {
            // They belong to the store of blobs, and are not empty where something is amiss.
            let _ = fs::remove_dir(self.root.join(scaffold));
        }
        self.remove_parts_but(Some(&backup.parts))
    }

    fn remove_parts_but(&self, kept: Option<&str>) -> anyhow::Result<()> {
        let cannot = || format!("cannot clear {}", self.root.display());
        for entry in fs::read_dir(&self.root).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(PARTS));
            let is_parts = number.is_some_and(|number| number.parse::<u64>().is_ok());
            if is_parts && name.to_str() != kept {
                fs::remove_dir_all(entry.path()).with_context(cannot)?;
            }
        }
        Ok(())
    }
}

/// What the backup in a folder says of itself, which has to be finished and of a schema that this release knows.
pub(super) fn read_facts(root: &Path) -> anyhow::Result<Backup> {
    let Some(text) = read_text(root)? else {
        bail!(
            "{} has no {FACTS}: it is no backup, or one that was not finished. A backup that was interrupted is finished by \
             'tintype backup' into the same folder",
            root.display()
        );
    };
    Backup::read(&text).with_context(|| format!("the backup in {} cannot be restored", root.display()))
}

fn read_text(root: &Path) -> anyhow::Result<Option<String>> {
    let path = root.join(FACTS);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T>(result: anyhow::Result<T>) -> String {
        format!("{:#}", result.err().expect("it is refused"))
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tintype.sqlite"), "x").unwrap();
        let refusal = refusal(WritableFolder::open(folder.path()));
        assert!(
            refusal.contains("something else in it (tintype.sqlite)"),
            "{refusal}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_backups_into_a_folder_at_once_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = WritableFolder::open(folder.path()).unwrap();
        assert!(refusal(WritableFolder::open(folder.path())).contains("under way"));
        drop(first);
        WritableFolder::open(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_is_made_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old) = (folder.path().join("a/b"), folder.path().join("c"));
        fs::create_dir(&old).unwrap();
        for root in [new, old] {
            WritableFolder::open(&root).unwrap();
            let mode = fs::metadata(&root).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", root.display());
        }
    }

    #[test]
    fn a_folder_without_a_finished_backup_is_not_restored() {
        let folder = tempfile::tempdir().unwrap();
        drop(WritableFolder::open(folder.path()).unwrap());
        assert!(refusal(read_facts(folder.path())).contains("has no backup.json"));
    }
}
