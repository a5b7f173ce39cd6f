//! The table queue passes the queue's suite.

use std::{sync::Arc, time::Duration};

use catalog::SqliteDatabase;
use embedded::{SqliteQueue, SystemClock, SystemEntropy};
use ports::{Clock, Queue, suite::queue::SelfMovingClock};

async fn database(folder: &tempfile::TempDir) -> SqliteDatabase {
    SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
        .await
        .expect("a new database opens")
}

async fn queue(folder: &tempfile::TempDir, clock: Arc<dyn Clock>) -> SqliteQueue {
    let database = database(folder).await;
    SqliteQueue::new(database.reader, database.writer, clock, Arc::new(SystemEntropy))
}

fn job(number: u8) -> domain::Envelope {
    domain::Envelope {
        v: 1,
        kind: "image.ingest".into(),
        id: domain::JobId::new(SystemClock.now(), [number; 10]),
        traceparent: None,
        body: serde_json::json!({}),
    }
}

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_table_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SelfMovingClock::default());
    let queue = queue(&folder, clock.clone()).await;
    ports::suite::queue::all(&queue, &*clock).await;
}

#[tokio::test]
async fn a_waiting_receiver_wakes_when_a_job_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let queue = queue(&folder, Arc::new(SystemClock)).await;
    let job = job(1);
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move {
            queue
                .receive(1, Duration::from_secs(60), Duration::from_secs(60))
                .await
                .unwrap()
        }
    });
    queue.send(std::slice::from_ref(&job)).await.unwrap();
    assert_eq!(waiting.await.unwrap()[0].envelope, job);
}

#[tokio::test]
async fn what_cannot_be_read_is_put_aside_and_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let queue = queue(&folder, Arc::new(SystemClock)).await;
    let (damaged, sound) = (job(1), job(2));
    queue.send(&[damaged.clone(), sound.clone()]).await.unwrap();
    let writer = database(&folder).await.writer;
    sqlx::query("UPDATE jobs SET envelope = '{\"v\":1,' WHERE id = ?")
        .bind(damaged.id.as_uuid())
        .execute(&writer)
        .await
        .unwrap();

    // One at a time: the damaged one comes first and is passed by.
    let received = queue.receive(1, LEASE, Duration::ZERO).await.unwrap();
    assert_eq!(received[0].envelope, sound);
    assert!(queue.receive(1, LEASE, Duration::ZERO).await.unwrap().is_empty());
    let depth = queue.depth().await.unwrap();
    assert_eq!((depth.waiting, depth.leased, depth.dead), (0, 1, 1));

    let stray = queue.strays(10).await.unwrap().remove(0);
    assert_eq!((stray.envelope.id, stray.attempts), (damaged.id, 1));
    assert_eq!(stray.envelope.body["text"], "{\"v\":1,");

    // Sent anew it is what it was: for a release that can read it.
    queue.forget_dead(&[damaged.id]).await.unwrap();
    assert!(queue.strays(10).await.unwrap().is_empty());
    queue.send(std::slice::from_ref(&stray.envelope)).await.unwrap();
    assert!(queue.receive(1, LEASE, Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(queue.strays(10).await.unwrap()[0].envelope, stray.envelope);
}

#[tokio::test]
async fn a_receiver_that_is_dropped_keeps_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let queue = queue(&folder, Arc::new(SystemClock)).await;
    queue.send(&[job(1)]).await.unwrap();
    for _ in 0..50 {
        // Dropped at whichever point it has reached when it first has to wait.
        let receive = queue.receive(1, LEASE, LEASE);
        assert!(futures::FutureExt::now_or_never(receive).is_none());
    }
    let received = queue.receive(1, LEASE, LEASE).await.unwrap();
    assert_eq!(received.len(), 1);
}
