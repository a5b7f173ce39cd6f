//! How fast two workers, each a process of its own, work off what is queued: over the table queue and SQLite, and over SQS, S3 and
//! MySQL. `tests/bench/queue/run` starts what it needs.
//!
//! Every job is a whole one: an image is read, decoded, measured, written as a ladder, and told of. At the end each image must
//! have been processed exactly once: `ready`, of the first content version, told of as ready once, and nothing left behind.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

mod verify;

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::{
    BlobKey, EmailAddress, Envelope, EventKind, ImageFormat, ImageId, Job, JobId, NewImage, Original, Role,
    Sha256Digest, UploadId, User, UserId, Visibility,
};
use embedded::{SystemClock, SystemEntropy};
use ports::{Clock, event_message, random_bytes};
use runtime::{Config, ConfigSource, LoadedConfig};
use sha2::{Digest, Sha256};
use testkit::{Fleet, Program, pictures};
use tintype::compose::Adapters;

/// What SQS takes in one call.
const BATCH: usize = 10;

/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(100);

/// Longer than either part may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What was measured.
struct Measured {
    stores: &'static str,
    jobs: usize,
    seconds: f64,
    cpu_seconds: f64,
}

fn main() {
    let counts: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let [table, sqs] = counts[..] else {
        panic!("how many jobs: on the table queue, and on SQS; tests/bench/queue/run says 10000 2000");
    };
    let measured = [on_the_table_queue(table), on_sqs(sqs)];
    println!(
        "| Queue, catalog, blobs | Jobs | Workers | Seconds | Jobs/s | CPU a job, ms | Done twice | Left behind |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for row in measured {
        println!(
            "| {} | {} | 2 | {:.1} | {:.0} | {:.1} | 0 | 0 |",
            row.stores,
            row.jobs,
            row.seconds,
            row.jobs as f64 / row.seconds,
            row.cpu_seconds * 1_000.0 / row.jobs as f64,
        );
    }
}

fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_tintype")
}

fn config_of(environment: impl IntoIterator<Item = (String, String)>) -> Config {
    let environment: BTreeMap<String, String> = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with("TINTYPE_"))
        .collect();
    LoadedConfig::load(&ConfigSource {
        environment,
        ..ConfigSource::default()
    })
    .unwrap()
    .config
}

fn on_the_table_queue(jobs: usize) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let config = config_of([("TINTYPE_DATA".to_owned(), data)]);
    measure("table, SQLite, a folder", jobs, &config, || {
        let launch = || {
            let mut worker = Program::launch("worker", executable(), folder.path(), &[]);
            worker.wait_until_ready();
            worker
        };
        let workers = [launch(), launch()];
        let pids = workers.iter().map(Program::pid).collect();
        (workers, pids)
    })
}

fn on_sqs(jobs: usize) -> Measured {
    let fleet = Fleet::start(executable(), &[]);
    let names = ["worker-1", "worker-2"];
    for name in names {
        fleet.programs().get_mut(name).unwrap().kill();
    }
    // The SDK reads its own variables from the environment of the process.
    for (name, value) in fleet.environment() {
        if name.starts_with("AWS_") {
            // SAFETY: nothing else runs in this process yet that could read the environment.
            unsafe { std::env::set_var(name, value) };
        }
    }
    let config = config_of(fleet.environment().iter().cloned());
    measure("SQS, MySQL, S3 (emulated)", jobs, &config, || {
        let mut programs = fleet.programs();
        let mut pids = Vec::new();
        for name in names {
            let worker = programs.get_mut(name).unwrap();
            worker.start_again();
            pids.push(worker.pid());
        }
        ((), pids)
    })
}

/// Queues the jobs, starts the workers, waits until all is done, and looks whether it was done once. What `start` returns beside
/// the processes lives until then.
fn measure<W>(
    stores: &'static str,
    jobs: usize,
    config: &Config,
    start: impl FnOnce() -> (W, Vec<u32>),
) -> Measured {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let adapters = runtime.block_on(Adapters::open(config)).unwrap();
    let images = runtime.block_on(queue(&adapters, jobs));
    let began = Instant::now();
    let (workers, pids) = start();
    runtime.block_on(async {
        while !verify::is_done(&adapters, &images).await {
            assert!(
                began.elapsed() < PATIENCE,
                "{stores}: not done after {PATIENCE:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let cpu_seconds = pids.iter().map(|pid| cpu_seconds(*pid)).sum();
    runtime.block_on(verify::each_was_done_once(&adapters, &images));
    drop(workers);
    Measured {
        stores,
        jobs,
        seconds,
        cpu_seconds,
    }
}

/// Images of one original, each with its job in the queue.
async fn queue(adapters: &Adapters, jobs: usize) -> Vec<ImageId> {
    let (clock, entropy) = (SystemClock, SystemEntropy);
    let owner = UserId::new(clock.now(), random_bytes(&entropy));
    let user = User {
        id: owner,
        email: "queue@example.org".parse::<EmailAddress>().unwrap(),
        role: Role::Editor,
        password_hash: "none".into(),
        created_at: clock.now(),
    };
    assert!(adapters.catalog.add_user(&user).await.unwrap());
    let bytes = pictures::jpeg(&pictures::scene(1, 64, 48));
    let blob_key = BlobKey::original(UploadId::new(clock.now(), random_bytes(&entropy)));
    let original = Original {
        sha256: Sha256Digest::from_bytes(Sha256::digest(&bytes).into()),
        size_bytes: bytes.len() as u64,
        format: ImageFormat::Jpeg,
        blob_key: blob_key.clone(),
    };
    adapters.blobs.put(&blob_key, Bytes::from(bytes)).await.unwrap();
    let mut images = Vec::with_capacity(jobs);
    let mut batch: Vec<Envelope> = Vec::with_capacity(BATCH);
    for _ in 0..jobs {
        let id = ImageId::new(clock.now(), random_bytes(&entropy));
        let image = NewImage {
            id,
            owner,
            file_name: "queued.jpg".parse().unwrap(),
            visibility: Visibility::Public,
            original: original.clone(),
            idempotency_key: None,
            created_at: clock.now(),
        };
        let event = event_message(&clock, &entropy, EventKind::Accepted, id);
        adapters.catalog.accept(&image, &[event]).await.unwrap();
        images.push(id);
        let job = JobId::new(clock.now(), random_bytes(&entropy));
        batch.push(Job::Ingest { image_id: id }.into_envelope(job, None));
        if batch.len() == BATCH {
            adapters.queue.send(&batch).await.unwrap();
            batch.clear();
        }
    }
    adapters.queue.send(&batch).await.unwrap();
    images
}

/// Seconds of processor time that a process has spent (proc(5): utime and stime, in ticks of a hundredth on Linux).
fn cpu_seconds(pid: u32) -> f64 {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(Path::new(&path)).unwrap();
    // The second field, the name, may hold spaces; it ends with the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    ticks as f64 / 100.0
}
