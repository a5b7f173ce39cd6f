//! Five hundred pictures at once, through the real program.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use api_types::LibraryView;
use domain::ImageState;
use testkit::{Program, pictures, whole_library};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::upload;

const PICTURES: u64 = 500;
const CONCURRENCY: usize = 8;
const MAX_MEMORY_MIB: u64 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_pictures_are_ready_in_order_and_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(env!("CARGO_BIN_EXE_tintype"), folder.path(), &[]);
    let client = program.client(&program.key());
    let places = Arc::new(Semaphore::new(CONCURRENCY));
    let mut uploads = JoinSet::new();
    for seed in 0..PICTURES {
        let place = places.clone().acquire_owned().await.unwrap();
        let client = client.clone();
        uploads.spawn(async move {
            let bytes = pictures::jpeg(&pictures::scene(seed, 320, 240));
            let image = upload(&client, &format!("{seed}.jpg"), bytes).await;
            drop(place);
            image.summary.id
        });
    }
    let mut accepted = uploads.join_all().await;
    let started = Instant::now();
    let images = loop {
        let images = whole_library(&client, LibraryView::Library, 60).await;
        if images.iter().all(|image| image.state == ImageState::Ready) {
            break images;
        }
        assert!(
            started.elapsed() < Duration::from_secs(300),
            "not all are ready after five minutes"
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    // Newest first: ids sort by the time of acceptance.
    accepted.sort();
    accepted.reverse();
    assert_eq!(images.iter().map(|image| image.id).collect::<Vec<_>>(), accepted);
    assert!(images.is_sorted_by_key(|image| std::cmp::Reverse(image.created_at)));
    let peak = program.peak_memory_mib();
    println!("peak memory of {PICTURES} uploads: {peak} MiB");
    assert!(peak <= MAX_MEMORY_MIB, "{peak} MiB");
}
