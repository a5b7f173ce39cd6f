//! What a fault leaves in the stores.

use std::collections::HashSet;

use domain::BlobKey;
use ports::{BlobStore, Catalog};
use testkit::Fleet;

/// How many keys one listing asks for.
const PAGE: usize = 500;

/// Has an operator's sweep remove what uploads that were broken off have left; how many blobs it found.
pub fn sweep(fleet: &Fleet) -> u64 {
    let output = fleet.command(&["sweep", "--min-age-s", "0"], "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok())
        .sum()
}

async fn keys(blobs: &dyn BlobStore, prefix: &str) -> Vec<BlobKey> {
    let mut keys: Vec<BlobKey> = Vec::new();
    loop {
        let page = blobs.list(prefix, keys.last(), PAGE).await.unwrap();
        let is_last = page.len() < PAGE;
        keys.extend(page.into_iter().map(|blob| blob.key));
        if is_last {
            return keys;
        }
    }
}

/// Blobs that no image refers to, after the sweep.
pub async fn orphans(fleet: &Fleet) -> usize {
    let (blobs, catalog) = (fleet.blobs().await, fleet.catalog().await);
    let mut orphans = keys(&*blobs, BlobKey::UPLOADS).await.len();
    for key in keys(&*blobs, BlobKey::ORIGINALS).await {
        orphans += usize::from(!catalog.has_original(&key).await.unwrap());
    }
    orphans + derived(&*blobs, &*catalog).await
}

async fn derived(blobs: &dyn BlobStore, catalog: &dyn Catalog) -> usize {
    let keys = keys(blobs, BlobKey::IMAGES).await;
    let of = |key: &BlobKey| key.image().expect("what lies there is of an image");
    let mut orphaned = HashSet::new();
    for image in keys.iter().map(of).collect::<HashSet<_>>() {
        if catalog.image(image).await.unwrap().is_none() {
            orphaned.insert(image);
        }
    }
    keys.iter().filter(|key| orphaned.contains(&of(key))).count()
}
