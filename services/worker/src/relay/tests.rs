use std::sync::atomic::Ordering;

use domain::EventKind;
use ports::{Clock, OutboxCatalog, Queue};

use super::*;
use crate::testing::Scene;

async fn log(scene: &Scene) -> Vec<u64> {
    let events = scene.catalog.events_after(0, 1_000).await.unwrap();
    events.iter().map(|event| event.sequence).collect()
}

#[tokio::test]
async fn another_relay_takes_over_within_fifteen_seconds_and_sequences_have_no_gap() {
    let scene = Scene::new().await;
    let (mut first, mut second) = (scene.worker.relay(), scene.worker.relay());
    for _ in 0..3 {
        scene.accepts(EventKind::Ready, true).await;
    }
    assert_eq!(first.turn().await.unwrap(), Some(6));
    // While the first one lives it keeps its lease, however long that is.
    for _ in 0..30 {
        scene.pass(Duration::from_secs(1)).await;
        assert_eq!(first.turn().await.unwrap(), Some(0));
        assert_eq!(second.turn().await.unwrap(), None);
    }
    // It falls silent in the middle of its work: what it put in the log it did not mark.
    scene.accepts(EventKind::Ready, true).await;
    let items = scene.catalog.outbox(0, 10).await.unwrap();
    scene.catalog.settle(&items[..1]).await.unwrap();
    scene.accepts(EventKind::Ready, true).await;
    let silent_since = scene.clock.now();
    while second.turn().await.unwrap().is_none() {
        scene.pass(PAUSE).await;
    }
    let took = scene.clock.now().duration_since(silent_since);
    assert!(took.as_secs() <= 15, "{took}");
    assert_eq!(log(&scene).await, [1, 2, 3, 4, 5]);
    assert_eq!(scene.catalog.events_to_put_down(10).await.unwrap(), []);
    // It was only slow, and wakes: it has lost the lease.
    assert_eq!(first.turn().await.unwrap(), None);
    assert_eq!(scene.queue.depth().await.unwrap().waiting, 5);
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_by_and_stays() {
    let scene = Scene::new().await;
    let poison = async |topic: &str, text: &str| {
        sqlx::query("INSERT INTO outbox (topic, message) VALUES (?, ?)")
            .bind(topic.to_owned())
            .bind(text.to_owned())
            .execute(&scene.database.writer)
            .await
            .unwrap();
    };
    poison("job", "{\"v\":").await;
    poison("event", "{\"kind\":\"image.sung\"}").await;
    poison("song", "la").await;
    // More than one page of them.
    for _ in 0..BATCH {
        poison("event", "").await;
    }
    scene.accepts(EventKind::Ready, true).await;
    let mut relay = scene.worker.relay();
    assert_eq!(relay.turn().await.unwrap(), Some(2));
    assert_eq!(relay.turn().await.unwrap(), Some(0));
    assert_eq!(log(&scene).await, [1]);
    assert_eq!(scene.queue.depth().await.unwrap().waiting, 1);
    assert_eq!(
        scene.catalog.outbox(0, 1_000).await.unwrap().len(),
        3 + BATCH as usize
    );
}

#[tokio::test]
async fn events_go_on_while_the_queue_is_away() {
    let scene = Scene::new().await;
    let id = scene.webhook("https://a.example.org/", &[]).await;
    scene.queue.is_away.store(true, Ordering::SeqCst);
    scene.accepts(EventKind::Ready, true).await;
    let mut relay = scene.worker.relay();
    assert!(relay.turn().await.is_err());
    assert_eq!(scene.waiting(id).await, 1);
    assert_eq!(scene.worker.send_due_webhooks().await.unwrap(), 1);
    assert!(relay.turn().await.is_err());
    assert_eq!(scene.waiting(id).await, 0, "put down twice");
    scene.queue.is_away.store(false, Ordering::SeqCst);
    assert_eq!(relay.turn().await.unwrap(), Some(1));
    assert_eq!(scene.queue.depth().await.unwrap().waiting, 1);
}

#[tokio::test]
async fn without_a_topic_what_is_put_down_is_published() {
    let mut scene = Scene::new().await;
    scene.worker.topic = None;
    scene.accepts(EventKind::Ready, false).await;
    let mut relay = scene.worker.relay();
    assert_eq!(relay.turn().await.unwrap(), Some(1));
    assert_eq!(scene.catalog.unpublished_events(10).await.unwrap(), []);
}
