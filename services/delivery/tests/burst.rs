//! Far more than can be rendered, at once. In a process of its own, so that its memory can be told.

mod common;

use std::fs;

use axum::http::StatusCode;
use common::{HEIGHT, Site, WIDTH, id, jpeg};
use domain::{BlobKey, ImageFormat};
use futures::{StreamExt, stream};
use tintype_delivery::DeliverySettings;

const MIB: u64 = 1024 * 1024;

/// Different pictures that are asked for.
const ASKED: usize = 2_000;

/// Clients that ask at the same time.
const CLIENTS: usize = 256;

/// What pixels may take, and answers that are kept.
const BUDGET: u64 = 96 * MIB;

/// What is neither: 256 clients' answers, files on their way into renders and into the store, and what the allocator has
/// not given back.
const BESIDE: u64 = 96 * MIB;

/// The most memory that this process had so far (proc(5), `VmHWM`); none where the system does not tell.
fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_stays_within_its_memory_and_every_request_is_answered() {
    let site = Site::with(DeliverySettings {
        render_memory_bytes: BUDGET * 2 / 3,
        decode_memory_bytes: BUDGET * 2 / 3,
        cache_bytes: BUDGET / 3,
        ..DeliverySettings::default()
    })
    .await;
    // Large enough that four at once would be beyond the budget, were each given what it may take.
    let (width, height) = (WIDTH * 8, HEIGHT * 8);
    let blob_key = BlobKey::mezzanine(id(), 2, width, ImageFormat::Jpeg);
    site.write(&blob_key, Vec::from(jpeg(width, height)).leak()).await;
    site.write_manifest(|manifest| {
        (manifest.width, manifest.height) = (width, height);
        manifest.mezzanines.truncate(1);
        let mezzanine = &mut manifest.mezzanines[0];
        (mezzanine.width, mezzanine.height) = (width, height);
        mezzanine.blob_key = blob_key;
    })
    .await;
    assert_eq!(site.get("w=299,f=jpeg").await.status, StatusCode::OK);

    let before = peak_bytes();
    let formats = ["jpeg", "webp"];
    let answers = stream::iter(0..ASKED).map(|number| {
        let options = format!("w={},f={}", 300 + number / 2, formats[number % 2]);
        site.get_owned(options)
    });
    let statuses: Vec<_> = answers
        .buffer_unordered(CLIENTS)
        .map(|answer| answer.status)
        .collect()
        .await;
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    let (rendered, refused) = (count(StatusCode::OK), count(StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(rendered + refused, ASKED, "{statuses:?}");
    assert!(
        rendered > 0 && refused > 0,
        "{rendered} rendered, {refused} refused"
    );
    if let (Some(before), Some(after)) = (before, peak_bytes()) {
        let grown = after - before;
        assert!(grown <= BUDGET + BESIDE, "{} MiB more than before", grown / MIB);
    }
    // What was rendered before goes on.
    let kept = site.get("w=299,f=jpeg").await;
    assert_eq!(kept.header("server-timing"), "cache;desc=\"memory\"");
}
