//! SIGKILL at random instants during uploads.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use api_client::{ApiClient, ClientError, Upload};
use api_types::LibraryView;
use domain::{ImageId, ImageState};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use testkit::{Program, pictures, whole_library};
use tokio::{sync::Semaphore, task::JoinSet};

const UPLOADS: u64 = 100;
const KILLS: u32 = 20;
const CONCURRENCY: usize = 4;

/// Changes which instants the kills hit; printed, so that a failure can be told.
const SEED: u64 = 20_261_121;

/// Sends until a 2xx comes back, as a careful client does: under one idempotency key. How often it had to send.
async fn send_until_accepted(client: &ApiClient, seed: u64, bytes: &[u8]) -> (ImageId, u32) {
    for attempt in 1.. {
        let upload = Upload {
            file_name: format!("{seed}.jpg"),
            body: bytes.to_vec().into(),
            idempotency_key: Some(format!("upload-{seed}")),
        };
        match client.upload(upload).await {
            Ok(image) => return (image.summary.id, attempt),
            Err(ClientError::Unreachable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("an upload was refused: {error}"),
        }
    }
    unreachable!("the loop ends only by returning")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_during_a_hundred_uploads_lose_nothing_double_nothing_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Short leases, so that what a killed worker held is soon free.
    let mut program = Program::start(
        env!("CARGO_BIN_EXE_tintype"),
        folder.path(),
        &[("TINTYPE_WORKER_LEASE_S", "3")],
    );
    let client = program.client(&program.key());

    let done = Arc::new(AtomicBool::new(false));
    let killer = std::thread::spawn({
        let done = done.clone();
        move || {
            let mut rng = StdRng::seed_from_u64(SEED);
            for _ in 0..KILLS {
                std::thread::sleep(Duration::from_millis(rng.random_range(5..500)));
                program.kill_and_restart();
            }
            (program, done.load(Ordering::SeqCst))
        }
    });
    let places = Arc::new(Semaphore::new(CONCURRENCY));
    let mut uploads = JoinSet::new();
    for seed in 0..UPLOADS {
        let place = places.clone().acquire_owned().await.unwrap();
        let client = client.clone();
        uploads.spawn(async move {
            let bytes = pictures::photograph(seed, 1600, 1200, (seed % 8) as u8 + 1);
            let accepted = send_until_accepted(&client, seed, &bytes).await;
            drop(place);
            accepted
        });
    }
    let accepted = uploads.join_all().await;
    done.store(true, Ordering::SeqCst);
    let (program, uploads_ended_first) = tokio::task::spawn_blocking(move || killer.join().unwrap())
        .await
        .unwrap();
    let resent: u32 = accepted.iter().map(|(_, attempts)| attempts - 1).sum();
    println!("seed {SEED}: {UPLOADS} uploads, {KILLS} kills, {resent} sent again");
    assert!(resent > 0, "no kill hit an upload");
    if uploads_ended_first {
        println!("the last kills hit the worker alone");
    }

    let ids: HashSet<ImageId> = accepted.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len() as u64, UPLOADS, "two uploads became one image");
    let started = Instant::now();
    let images = loop {
        let images = whole_library(&client, LibraryView::Library, 200).await;
        if images.iter().all(|image| image.state == ImageState::Ready) {
            break images;
        }
        let states = images.iter().fold(HashMap::<_, u32>::new(), |mut states, image| {
            *states.entry(image.state).or_default() += 1;
            states
        });
        assert!(
            started.elapsed() < Duration::from_secs(180),
            "after three minutes: {states:?}"
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    assert_eq!(
        images.iter().map(|image| image.id).collect::<HashSet<_>>(),
        ids,
        "lost or doubled"
    );
    assert_eq!(images.len() as u64, UPLOADS, "doubled");

    let swept = program.command(&["sweep", "--min-age-s", "0"], "");
    assert!(
        swept.status.success(),
        "{}",
        String::from_utf8_lossy(&swept.stderr)
    );
    println!("{}", String::from_utf8_lossy(&swept.stdout).trim());
    let blobs = folder.path().join("blobs");
    assert_eq!(
        files(&blobs.join("originals")).len() as u64,
        UPLOADS,
        "an original without an image was left"
    );
    assert!(
        files(&folder.path().join("unfinished")).is_empty(),
        "an unfinished blob was left"
    );
    let folders: HashSet<String> = std::fs::read_dir(blobs.join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        folders,
        ids.iter().map(ImageId::to_string).collect(),
        "derived blobs without an image were left"
    );
}
