//! The keys that delivery paths are signed with.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use domain::KeyRing;
use embedded::SystemEntropy;
use ports::random_bytes;
use runtime::Config;
use secrecy::ExposeSecret;

const FILE: &str = "signing-keys";

/// The configured keys; without any, one that is made once and kept in the data folder, readable by its owner alone.
///
/// # Errors
/// When the keys cannot be read or made, or are missing where several machines must have the same.
pub fn signing_keys(config: &Config) -> anyhow::Result<KeyRing> {
    if let Some(keys) = kept_signing_keys(config)? {
        return Ok(keys);
    }
    ensure!(
        !config.blobs.url.starts_with("s3://"),
        "delivery.signing_keys (TINTYPE_DELIVERY_SIGNING_KEYS) is needed where blobs.url is a bucket: api and delivery must \
         have the same, on whichever machine; 'tintype signing-key new' makes one"
    );
    let path = config.data.join(FILE);
    KeyRing::parse(&make(&path)?).with_context(|| format!("{}", path.display()))
}

/// The same, where there are any yet.
///
/// # Errors
/// When the keys cannot be read.
pub fn kept_signing_keys(config: &Config) -> anyhow::Result<Option<KeyRing>> {
    let configured = config.delivery.signing_keys.expose_secret();
    if !configured.is_empty() {
        return KeyRing::parse(configured)
            .context("delivery.signing_keys")
            .map(Some);
    }
    let file = KeysFile::of(config);
    let keys = file.read()?.map(|text| KeyRing::parse(&text));
    keys.transpose().with_context(|| file.0.display().to_string())
}

/// The file of keys in the data folder, which counts where none are configured.
#[derive(Debug, Clone)]
pub(crate) struct KeysFile(PathBuf);

impl KeysFile {
    pub(super) fn of(config: &Config) -> Self {
        Self(config.data.join(FILE))
    }

    /// Its text; none where it is not there.
    pub(super) fn read(&self) -> anyhow::Result<Option<String>> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.0.display())),
        }
    }

    /// Puts these keys in the place of those that may be there.
    pub(crate) fn write(&self, text: &str) -> anyhow::Result<()> {
        let unfinished = write_beside(&self.0, text)?;
        fs::rename(&unfinished, &self.0).with_context(|| format!("cannot write {}", self.0.display()))
    }
}

/// A file beside `path` with this text, readable by its owner alone.
fn write_beside(path: &Path, text: &str) -> anyhow::Result<PathBuf> {
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    let unfinished = path.with_extension(std::process::id().to_string());
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(failed)?;
    Ok(unfinished)
}

fn make(path: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot write {}", path.display());
    // Another key goes on a line of its own.
    let text = KeyRing::generate("k1", random_bytes(&SystemEntropy)) + "\n";
    // Written beside and linked into place: of two processes that start at once the second finds the first one's key.
    let unfinished = write_beside(path, &text)?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished).with_context(failed)?;
    match linked {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::read_to_string(path).with_context(failed)
        }
        Err(error) => Err(error).with_context(failed),
    }
}
