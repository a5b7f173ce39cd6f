//! How many images a catalog accepts in a second: `dev/mysql run cargo test -p catalog --release --test throughput -- --ignored --nocapture`.

mod servers;

use std::{sync::Arc, time::Instant};

use catalog::{SqliteCatalog, SqliteDatabase};
use domain::{
    BlobKey, ImageFormat, ImageId, Job, JobId, NewImage, Original, OutboxMessage, Role, Sha256Digest,
    UploadId, User, UserId, Visibility,
};
use jiff::Timestamp;
use ports::{Catalog, Entropy};
use servers::{TestDatabase, TestEntropy};

const IMAGES: u32 = 2_000;

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("tests stay in this century")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    TestEntropy.fill(&mut bytes);
    bytes
}

async fn accepts_per_second(catalog: Arc<dyn Catalog>, tasks: u32) -> f64 {
    let owner = UserId::new(now(), random());
    let user = User {
        id: owner,
        email: format!("{owner}@example.org").parse().unwrap(),
        role: Role::Editor,
        password_hash: "$".into(),
        created_at: now(),
    };
    catalog.add_user(&user).await.unwrap();
    let began = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let catalog = catalog.clone();
            tokio::spawn(async move {
                for _ in 0..IMAGES / tasks {
                    let image = NewImage {
                        id: ImageId::new(now(), random()),
                        owner,
                        file_name: "a.jpg".parse().unwrap(),
                        visibility: Visibility::Public,
                        original: Original {
                            blob_key: BlobKey::original(UploadId::new(now(), random())),
                            sha256: Sha256Digest::from_bytes(random()),
                            size_bytes: 1,
                            format: ImageFormat::Jpeg,
                        },
                        idempotency_key: None,
                        created_at: now(),
                    };
                    let job = Job::Ingest { image_id: image.id };
                    let job = job.into_envelope(JobId::new(now(), random()), None);
                    catalog.accept(&image, &[OutboxMessage::Job(job)]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    f64::from(IMAGES) / began.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn accepts_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
        .await
        .unwrap();
    let sqlite: Arc<dyn Catalog> = Arc::new(SqliteCatalog::new(sqlite));
    let database = TestDatabase::new().await;
    let (mysql, pool) = database.open().await;
    let mysql: Arc<dyn Catalog> = Arc::new(mysql);
    for tasks in [1, 8] {
        println!(
            "SQLite, {tasks} at once: {:.0} accepts/s",
            accepts_per_second(sqlite.clone(), tasks).await
        );
        println!(
            "MySQL,  {tasks} at once: {:.0} accepts/s",
            accepts_per_second(mysql.clone(), tasks).await
        );
    }
    println!("repeated: {:?}", pool.repeats());
}
