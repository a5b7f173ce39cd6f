//! The shape of services.

use std::time::{Duration, Instant};

use api_types::LibraryView;
use domain::ImageState;
use testkit::{Fleet, Program, whole_library};

use crate::library::Visitor;
use crate::{
    printed,
    process::{EXECUTABLE, add_people, command},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_services_is_whole_again_on_a_new_database_and_new_buckets_and_in_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let fleet =
        tokio::task::block_in_place(|| Fleet::start(EXECUTABLE, &[("TINTYPE_WORKER_CONCURRENCY", "1")]));
    let key = add_people(|arguments, input| printed(&fleet.command(arguments, input)));
    let visitor = Visitor::new(&fleet.url(), &key);
    visitor.fill().await;
    let before = visitor.look(None).await;
    before.is_full();
    // Its job is in the queue when the workers go, and nowhere else: SQS is in no backup.
    fleet.kill("worker-2");
    let mut waiting = Vec::new();
    for seed in 70..74 {
        waiting.push(visitor.send(seed).await);
    }
    let catalog = fleet.catalog().await;
    let began = Instant::now();
    while !catalog.outbox(0, 10).await.unwrap().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "nobody relays");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fleet.kill("worker-1");
    assert_eq!(catalog.outbox(0, 10).await.unwrap(), []);
    let images = whole_library(&visitor.client, LibraryView::Library, 50).await;
    let unready = images
        .iter()
        .filter(|image| image.state != ImageState::Ready)
        .count();
    assert!(unready > 0, "the worker was too fast for this test");
    printed(&fleet.command(&["backup", backup.to_str().unwrap()], ""));
    let keys = fleet
        .environment()
        .iter()
        .find(|(name, _)| name == "TINTYPE_DELIVERY_SIGNING_KEYS");
    let keys = keys.unwrap().1.clone();
    let keys = [("TINTYPE_DELIVERY_SIGNING_KEYS", keys.as_str())];

    // Wiped: what comes now has a database, buckets and queues of its own.
    drop(fleet);
    let restored = tokio::task::block_in_place(|| Fleet::start_restored(EXECUTABLE, &backup, &keys));
    let again = visitor.at(&restored.url());
    for id in &waiting {
        again.until_ready(*id).await;
    }
    let (last, others) = waiting.split_last().unwrap();
    let mut now = again.look(Some(&before)).await;
    others.iter().for_each(|id| now.forget(*id));
    before.is_seen_again(now, *last);
    again.editor_signs_in().await;
    drop(restored);

    // Moved to one machine.
    let data = folder.path().join("data");
    printed(&command(&data, &["restore", backup.to_str().unwrap()]));
    let program = Program::start(EXECUTABLE, &data, &keys);
    let there = visitor.at(&program.url());
    for id in &waiting {
        there.until_ready(*id).await;
    }
    let mut now = there.look(Some(&before)).await;
    others.iter().for_each(|id| now.forget(*id));
    before.is_seen_again(now, *last);
}
