//! A large blob passes through in little memory, up and down. Measured in a process of its own, which does nothing else.

use std::{env, process::Command, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws::{AwsContext, Provision, S3Buckets, S3Location, S3Places, S3Settings};
use bytes::Bytes;
use domain::BlobKey;
use futures::TryStreamExt;
use jiff::Timestamp;
use ports::{BlobStore, Clock};

const CHUNKS: u64 = 300 * 16;
const CHUNK_BYTES: usize = 64 * 1024;
const MOST_MIB: u64 = 80;

/// Names the child among the two processes.
const CHILD: &str = "TINTYPE_TEST_MEMORY_CHILD";

/// No URL is signed here and nothing waits.
struct NoTime;

#[async_trait]
impl Clock for NoTime {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn sleep(&self, _: Duration) {}
}

#[test]
fn a_blob_of_300_mib_goes_through_in_less_than_80_mib() {
    if env::var_os(CHILD).is_some() {
        through();
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_blob_of_300_mib_goes_through_in_less_than_80_mib",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let peak = said
        .lines()
        .find_map(|line| line.split_once("peak MiB: "))
        .map(|(_, peak)| peak);
    let peak: u64 = peak.expect("the child says its peak").trim().parse().unwrap();
    println!("peak resident memory: {peak} MiB");
    assert!(peak < MOST_MIB, "{peak} MiB");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn through() {
    let endpoint = env::var("TINTYPE_TEST_AWS_ENDPOINT").expect(
        "this test needs an AWS: run it by ./test, or by `dev/aws run cargo test -p aws`, which start an emulator, \
         or set TINTYPE_TEST_AWS_ENDPOINT",
    );
    let context = AwsContext::load_for_endpoint(&endpoint).await.unwrap();
    let bucket = match env::var("TINTYPE_TEST_S3_BUCKET") {
        Ok(bucket) => bucket,
        Err(_) => {
            let wanted = Provision {
                prefix: "tintype-memory".into(),
                public_url: "http://127.0.0.1:8080".into(),
                allow_remote: false,
            };
            aws::provision(&context, &wanted).await.unwrap().originals
        }
    };
    let place = S3Location::parse(&format!("s3://{bucket}")).unwrap();
    let places = S3Places::new(place, None, None);
    let store = S3Buckets::new(&context, S3Settings::new(places), Arc::new(NoTime)).blob_store();
    let key = BlobKey::parse("memory/large.bin").unwrap();

    let mut writer = store.create(&key).await.unwrap();
    for number in 0..CHUNKS {
        let chunk = vec![(number % 251) as u8; CHUNK_BYTES];
        writer.write(Bytes::from(chunk)).await.unwrap();
    }
    writer.finish().await.unwrap();

    let mut reader = store.open(&key).await.unwrap().unwrap();
    assert_eq!(reader.size_bytes, CHUNKS * CHUNK_BYTES as u64);
    let mut position = 0;
    while let Some(chunk) = reader.chunks.try_next().await.unwrap() {
        for byte in chunk {
            assert_eq!(u64::from(byte), position / CHUNK_BYTES as u64 % 251);
            position += 1;
        }
    }
    assert_eq!(position, reader.size_bytes);
    store.delete(&key).await.unwrap();
    println!("peak MiB: {}", peak_mib());
}

/// The largest resident memory of this process until now.
fn peak_mib() -> u64 {
    // SAFETY: `getrusage` fills the structure it is given, and reads nothing of it.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0);
        usage
    };
    // KiB on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1_024 };
    usage.ru_maxrss.unsigned_abs() * unit / (1024 * 1024)
}
