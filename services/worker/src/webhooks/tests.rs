use domain::{EventId, EventKind, WebhookPost, WebhookState};
use ports::{Clock, WebhookCatalog};

use super::*;
use crate::testing::{Answer, Scene};

const URL: &str = "https://a.example.org/hook";

#[tokio::test]
async fn an_event_reaches_the_webhooks_that_want_it_once() {
    let scene = Scene::new().await;
    let every = scene.webhook(URL, &[]).await;
    let ready = scene.webhook("https://b.example.org/", &[EventKind::Ready]).await;
    let (image, _) = scene.accepts(EventKind::Accepted, false).await;
    let drained = scene.worker.drain().await.unwrap();
    assert_eq!((drained.messages, drained.posts), (1, 1));
    let posts = scene.receivers.posts(URL);
    assert_eq!(posts.len(), 1);
    let body: serde_json::Value = serde_json::from_slice(&posts[0].body).unwrap();
    assert_eq!(body["type"], "image.accepted");
    assert_eq!(body["data"]["image_id"], image.to_string());
    assert_eq!(body["data"]["sequence"], 1);
    let secret = scene.seen(every).await.secret;
    assert_eq!(
        posts[0].signature,
        secret.sign(&posts[0].id, posts[0].timestamp_s, &posts[0].body)
    );
    assert!(scene.seen(every).await.delivered_at.is_some());

    scene.accepts(EventKind::Ready, false).await;
    assert_eq!(scene.worker.drain().await.unwrap().posts, 2);
    assert_eq!(scene.waiting(every).await + scene.waiting(ready).await, 0);
    assert_eq!(scene.worker.drain().await.unwrap().posts, 0, "told twice");
}

/// Lets time pass from one attempt to the next until there is none to come; the hours at which there was one.
async fn attempts_until_the_end(scene: &Scene) -> Vec<f64> {
    let start = scene.clock.now();
    let mut attempts = Vec::new();
    loop {
        if scene.worker.drain().await.unwrap().posts > 0 {
            attempts.push(scene.clock.now().duration_since(start).as_secs_f64() / 3_600.0);
        }
        let next: Option<i64> = sqlx::query_scalar("SELECT MIN(due_at) FROM webhook_messages")
            .fetch_one(&scene.database.reader)
            .await
            .unwrap();
        let Some(next) = next else { return attempts };
        let pause = next - scene.clock.now().as_microsecond();
        scene.pass(Duration::from_micros(pause.unsigned_abs())).await;
    }
}

#[tokio::test]
async fn a_receiver_that_is_away_is_tried_for_a_day_and_then_disabled_with_the_reason() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.receivers.answer(
        URL,
        Answer::Nothing("It could not be reached: connection refused."),
    );
    scene.accepts(EventKind::Ready, false).await;
    let attempts = attempts_until_the_end(&scene).await;
    assert!((10..=14).contains(&attempts.len()), "{attempts:?}");
    let pauses: Vec<f64> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[..5].is_sorted(), "they do not grow: {pauses:?}");
    assert!((23.99..24.01).contains(attempts.last().unwrap()), "{attempts:?}");
    let webhook = scene.seen(id).await;
    assert_eq!(webhook.state, WebhookState::Disabled);
    assert_eq!(
        webhook.last_error.as_deref(),
        Some("It took no message for 24 hours. It could not be reached: connection refused.")
    );
    assert_eq!(scene.waiting(id).await, 0);
    // The same message each time, signed anew.
    let posts = scene.receivers.posts(URL);
    assert!(
        posts
            .iter()
            .all(|post| post.id == posts[0].id && post.body == posts[0].body)
    );
    assert!(
        posts
            .windows(2)
            .all(|pair| pair[0].timestamp_s < pair[1].timestamp_s)
    );
    // Nobody tells it of what comes.
    scene.accepts(EventKind::Ready, false).await;
    assert_eq!(scene.worker.drain().await.unwrap().posts, 0);
}

#[tokio::test]
async fn a_receiver_that_comes_back_gets_what_waited() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.receivers.answer(URL, Answer::Status(503));
    for _ in 0..3 {
        scene.accepts(EventKind::Ready, false).await;
    }
    scene.worker.drain().await.unwrap();
    let failing = scene.seen(id).await;
    assert_eq!(
        (failing.failing_since.is_some(), failing.last_error.as_deref()),
        (true, Some("It answered 503."))
    );
    scene.hours(1).await;
    scene.worker.drain().await.unwrap();
    let since = scene.seen(id).await.failing_since;
    assert_eq!(since, failing.failing_since, "each failure starts anew");

    scene.receivers.answer(URL, Answer::Status(204));
    scene.hours(1).await;
    assert_eq!(scene.worker.drain().await.unwrap().posts, 3);
    let webhook = scene.seen(id).await;
    assert_eq!((webhook.failing_since, webhook.last_error), (None, None));
    assert_eq!(
        (webhook.state, scene.waiting(id).await),
        (WebhookState::Enabled, 0)
    );
}

#[tokio::test]
async fn one_message_that_is_never_taken_disables_nobody() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.receivers.answer(URL, Answer::Status(500));
    scene.accepts(EventKind::Failed, false).await;
    scene.worker.drain().await.unwrap();
    // Others are taken in between.
    scene.receivers.answer(URL, Answer::Status(200));
    scene.accepts(EventKind::Ready, false).await;
    let mut relay = scene.worker.relay();
    relay.turn().await.unwrap();
    relay.end().await.unwrap();
    scene.worker.send_due_webhooks().await.unwrap();
    scene.receivers.answer(URL, Answer::Status(500));
    attempts_until_the_end(&scene).await;
    let webhook = scene.seen(id).await;
    assert_eq!(
        (webhook.state, scene.waiting(id).await),
        (WebhookState::Enabled, 0)
    );
    let words = webhook.last_error.unwrap();
    assert!(
        words.starts_with("A message was given up after 24 hours."),
        "{words}"
    );
}

#[tokio::test]
async fn who_answers_410_is_left_alone_at_once() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.receivers.answer(URL, Answer::Status(410));
    scene.accepts(EventKind::Ready, false).await;
    scene.accepts(EventKind::Ready, false).await;
    scene.worker.drain().await.unwrap();
    let webhook = scene.seen(id).await;
    assert_eq!(
        (webhook.state, scene.waiting(id).await),
        (WebhookState::Disabled, 0)
    );
    assert!(webhook.last_error.unwrap().contains("410 Gone"));
}

#[tokio::test]
async fn a_redirect_is_a_failure_that_says_what_to_do() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.receivers.answer(URL, Answer::Status(301));
    scene.accepts(EventKind::Ready, false).await;
    scene.worker.drain().await.unwrap();
    let words = scene.seen(id).await.last_error.unwrap();
    assert!(words.contains("give the webhook its new address"), "{words}");
    assert_eq!(scene.waiting(id).await, 1);
}

#[tokio::test]
async fn what_an_address_did_is_not_held_against_the_one_that_took_its_place() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.accepts(EventKind::Ready, false).await;
    let mut relay = scene.worker.relay();
    relay.turn().await.unwrap();
    let claimed = scene
        .worker
        .claim(&scene.seen(id).await, 1)
        .await
        .unwrap()
        .remove(0);
    let mut moved = scene.seen(id).await;
    moved.url = "https://new.example.org/".into();
    moved.version += 1;
    scene.catalog.store_webhook(&moved).await.unwrap();
    scene.receivers.answer(URL, Answer::Status(410));
    scene.worker.deliver(claimed).await.unwrap();
    assert_eq!(scene.seen(id).await, moved);
}

#[tokio::test]
async fn a_slow_receiver_has_its_own_places_and_a_failing_one_a_single_one() {
    let scene = Scene::new().await;
    let (slow, failing, quick) = ("https://slow.example.org/", "https://failing.example.org/", URL);
    for url in [slow, failing, quick] {
        scene.webhook(url, &[]).await;
    }
    scene.receivers.answer(slow, Answer::Slow);
    scene.receivers.answer(failing, Answer::Status(500));
    scene.accepts(EventKind::Ready, false).await;
    let mut relay = scene.worker.relay();
    relay.turn().await.unwrap();
    let (mut places, mut under_way) = (Places::new(), JoinSet::new());
    scene.worker.start_due(&mut places, &mut under_way).await.unwrap();
    // The quick and the failing one have answered; the slow one has not.
    under_way.join_next().await.unwrap().unwrap();
    under_way.join_next().await.unwrap().unwrap();

    scene.receivers.answer(failing, Answer::Slow);
    for _ in 0..20 {
        scene.accepts(EventKind::Ready, false).await;
    }
    relay.turn().await.unwrap();
    for round in 0..5 {
        scene.worker.start_due(&mut places, &mut under_way).await.unwrap();
        for _ in 0..PLACES_EACH {
            under_way.join_next().await.unwrap().unwrap();
        }
        assert_eq!(scene.receivers.posts(quick).len(), 1 + 4 * (round + 1));
    }
    assert_eq!(scene.receivers.posts(slow).len(), PLACES_EACH as usize);
    assert_eq!(scene.receivers.posts(failing).len(), 1 + 1);
}

#[tokio::test]
async fn two_senders_share_the_messages() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    for _ in 0..10 {
        scene.accepts(EventKind::Ready, false).await;
    }
    let mut relay = scene.worker.relay();
    relay.turn().await.unwrap();
    let webhook = scene.seen(id).await;
    let (first, second) = tokio::join!(scene.worker.claim(&webhook, 5), scene.worker.claim(&webhook, 10));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.len() + second.len(), 10);
    // One of them dies: its messages are due again when its claim ends.
    drop(first);
    for message in second {
        scene.worker.deliver(message).await.unwrap();
    }
    assert_eq!(scene.worker.send_due_webhooks().await.unwrap(), 0);
    let left = scene.waiting(id).await;
    scene.pass(CLAIM).await;
    assert_eq!(scene.worker.send_due_webhooks().await.unwrap() as u64, left);
    assert_eq!(scene.waiting(id).await, 0);
}

#[tokio::test]
async fn a_message_says_which_step_of_a_trace_it_is_and_a_test_message_is_none() {
    let scene = Scene::new().await;
    let id = scene.webhook(URL, &[]).await;
    scene.accepts(EventKind::Ready, false).await;
    let mut relay = scene.worker.relay();
    relay.turn().await.unwrap();
    let webhook = scene.seen(id).await;
    let mut claimed = scene.worker.claim(&webhook, 1).await.unwrap().remove(0);
    // Nothing is recorded here: the step that made the event happen is the last that is known.
    let traceparent = "00-6870f0d1c0ffee000000000000000001-00000000000000a1-00";
    claimed.event.traceparent = Some(traceparent.into());
    scene.worker.deliver(claimed).await.unwrap();
    assert_eq!(
        scene.receivers.posts(URL)[0].traceparent.as_deref(),
        Some(traceparent)
    );
    let event_id = EventId::new(scene.clock_now(), [1; 10]);
    let test = WebhookPost::test(&webhook, event_id, scene.clock_now());
    assert_eq!(test.traceparent, None);
}
