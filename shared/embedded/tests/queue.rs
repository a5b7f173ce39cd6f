//! The table queue passes the queue's suite.

use std::{sync::Arc, time::Duration};

use catalog::SqliteDatabase;
use embedded::{SqliteQueue, SystemClock, SystemEntropy};
use ports::{Clock, Queue, suite::queue::SelfMovingClock};

async fn queue(folder: &tempfile::TempDir, clock: Arc<dyn Clock>) -> SqliteQueue {
    let database = SqliteDatabase::open(&folder.path().join("tintype.sqlite"))
        .await
        .expect("a new database opens");
    SqliteQueue::new(database.reader, database.writer, clock, Arc::new(SystemEntropy))
}

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
    let job = domain::Envelope {
        v: 1,
        kind: "image.ingest".into(),
        id: domain::JobId::new(SystemClock.now(), [1; 10]),
        traceparent: None,
        body: serde_json::json!({}),
    };
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
