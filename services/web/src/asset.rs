//! The static files, embedded, and the URLs they are linked by.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A static file.
pub(crate) struct Asset {
    /// Its name in URLs, and in the folder `static`.
    pub name: &'static str,
    /// For `Content-Type`.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $media_type:expr),+ $(,)?) => {
        &[$(Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!("../static/", $name)),
        }),+]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Every static file.
pub(crate) const ASSETS: &[Asset] = assets! {
    "style.css": CSS,
    "app.js": JS,
    "builder.js": JS,
    "copy.js": JS,
    "direct.js": JS,
    "drops.js": JS,
    "events.js": JS,
    "grid.js": JS,
    "image.js": JS,
    "kept.js": JS,
    "menu.js": JS,
    "presets.js": JS,
    "session.js": JS,
    "thumbhash.js": JS,
    "tiles.js": JS,
    "time.js": JS,
    "trash.js": JS,
    "upload.js": JS,
    "uploads.js": JS,
    "icon.svg": SVG,
};

/// One hash for all files: modules import each other by relative path, so a change to one must rename them all.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut sha256 = Sha256::new();
    for asset in ASSETS {
        sha256.update(asset.name);
        sha256.update((asset.bytes.len() as u64).to_be_bytes());
        sha256.update(asset.bytes);
    }
    sha256
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// The first 16 hexadecimal digits of the SHA-256 of all files.
pub(crate) fn hash() -> &'static str {
    &HASH
}

/// Where the file called `name` is served.
pub(crate) fn url(name: &str) -> String {
    format!("/static/{}/{name}", hash())
}

/// The file called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut embedded: Vec<_> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        embedded.sort();
        assert_eq!(embedded, names);
    }

    #[test]
    fn modules_import_files_that_exist() {
        for asset in ASSETS.iter().filter(|asset| asset.media_type == JS) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            for import in text.lines().filter(|line| line.starts_with("import ")) {
                let name = import
                    .split("\"./")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                assert!(
                    name.is_some_and(|name| find(name).is_some()),
                    "{}: {import}",
                    asset.name
                );
            }
        }
    }
}
