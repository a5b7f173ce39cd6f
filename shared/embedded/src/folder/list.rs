//! Listing a folder in the order of keys, which is not the order of a walk: `a.b` sorts before `a/b`.

use std::{fs, io, path::Path};

use domain::BlobKey;
use jiff::Timestamp;
use ports::BlobInfo;

struct Listing<'a> {
    prefix: &'a str,
    after: Option<&'a str>,
    limit: usize,
    found: Vec<BlobInfo>,
}

/// At most `limit` blobs under `root` whose keys begin with `prefix` and sort after `after`.
pub(super) fn list(
    root: &Path,
    prefix: &str,
    after: Option<&BlobKey>,
    limit: usize,
) -> io::Result<Vec<BlobInfo>> {
    let mut listing = Listing {
        prefix,
        after: after.map(BlobKey::as_str),
        limit,
        found: Vec::new(),
    };
    listing.walk(root, "")?;
    Ok(listing.found)
}

impl Listing<'_> {
    fn walk(&mut self, folder: &Path, folder_key: &str) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // A concurrent delete took the folder away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let key = format!("{folder_key}{name}{}", if is_folder { "/" } else { "" });
            if self.may_hold(&key, is_folder) {
                keys.push((key, entry.path(), is_folder));
            }
        }
        keys.sort();
        for (key, path, is_folder) in keys {
            if self.found.len() >= self.limit {
                break;
            }
            if is_folder {
                self.walk(&path, &key)?;
            } else if let (Ok(metadata), Ok(key)) = (fs::metadata(&path), BlobKey::parse(&key)) {
                let modified_at = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
                self.found.push(BlobInfo {
                    key,
                    size_bytes: metadata.len(),
                    modified_at,
                });
            }
        }
        Ok(())
    }

    /// Whether the entry, or something in it, may belong to the listing.
    fn may_hold(&self, key: &str, is_folder: bool) -> bool {
        let wanted = key.starts_with(self.prefix) || (is_folder && self.prefix.starts_with(key));
        let later = self
            .after
            .is_none_or(|after| key > after || (is_folder && after.starts_with(key)));
        wanted && later
    }
}
