//! The contract of [`WebhookCatalog`](crate::WebhookCatalog).

use super::samples::at;
use crate::{Catalog, Stored, WebhookMessage};
use domain::{Event, EventId, EventKind, ImageId, Webhook, WebhookId, WebhookSecret, WebhookState};

pub(super) fn webhook(number: u8, kinds: &[EventKind]) -> Webhook {
    Webhook {
        id: WebhookId::new(at(i64::from(number)), [number; 10]),
        version: 1,
        url: format!("https://example.org/höök/{number}?a=1"),
        kinds: kinds.to_vec(),
        secret: WebhookSecret::from_bytes(vec![0, 255, number, 10, 13, 39]),
        state: WebhookState::Enabled,
        failing_since: None,
        last_error: None,
        delivered_at: None,
        created_at: at(i64::from(number)),
        updated_at: at(i64::from(number)),
    }
}

pub(super) fn event(sequence: u8, kind: EventKind) -> Event {
    Event {
        id: EventId::new(at(i64::from(sequence)), [sequence; 10]),
        sequence: u64::from(sequence),
        kind,
        image_id: ImageId::new(at(0), [sequence; 10]),
        traceparent: Some("00-aa-bb-01".into()),
        at: at(i64::from(sequence)),
    }
}

/// The sequences of what is claimed, and how often each was tried before.
async fn claimed(
    catalog: &dyn Catalog,
    webhook: &Webhook,
    now: i64,
    until: i64,
    limit: u32,
) -> Vec<(u64, u32)> {
    let messages = catalog
        .claim_webhook_messages(webhook.id, at(now), at(until), limit)
        .await
        .expect("claim");
    let names = |message: WebhookMessage| (message.event.sequence, message.attempts);
    messages.into_iter().map(names).collect()
}

async fn due(catalog: &dyn Catalog, now: i64) -> Vec<WebhookId> {
    let webhooks = catalog.due_webhooks(at(now)).await.expect("due");
    webhooks.into_iter().map(|webhook| webhook.id).collect()
}

async fn waiting(catalog: &dyn Catalog, webhook: &Webhook) -> u64 {
    catalog
        .waiting_webhook_messages(webhook.id)
        .await
        .expect("waiting")
}

async fn store(catalog: &dyn Catalog, changed: &Webhook) -> Stored {
    catalog.store_webhook(changed).await.expect("store")
}

pub(super) async fn webhooks(catalog: &dyn Catalog) {
    assert_eq!(catalog.webhooks().await.expect("webhooks"), []);
    let all = webhook(1, &[]);
    let some = webhook(2, &[EventKind::Ready, EventKind::Failed]);
    catalog.add_webhook(&some).await.expect("add");
    catalog.add_webhook(&all).await.expect("add");
    assert_eq!(
        catalog.webhooks().await.expect("webhooks"),
        [all.clone(), some.clone()],
        "oldest first"
    );
    assert_eq!(
        catalog.webhook(some.id).await.expect("webhook"),
        Some(some.clone())
    );
    let unknown = webhook(9, &[]).id;
    assert_eq!(catalog.webhook(unknown).await.expect("webhook"), None);

    let changed = Webhook {
        version: 2,
        url: "https://example.org/".into(),
        kinds: vec![EventKind::Ready],
        failing_since: Some(at(3)),
        last_error: Some("answered 500".into()),
        delivered_at: Some(at(2)),
        updated_at: at(3),
        ..some.clone()
    };
    assert_eq!(store(catalog, &changed).await, Stored::Yes);
    assert_eq!(store(catalog, &changed).await, Stored::Conflict);
    let stale = Webhook {
        version: 4,
        ..changed.clone()
    };
    assert_eq!(store(catalog, &stale).await, Stored::Conflict);
    assert_eq!(
        catalog.webhook(some.id).await.expect("webhook"),
        Some(changed.clone())
    );

    messages(catalog, &all, &changed).await;

    // Disabled, it loses what waits and gets nothing more.
    let disabled = Webhook {
        version: 3,
        state: WebhookState::Disabled,
        ..changed.clone()
    };
    let events = [event(11, EventKind::Ready), event(12, EventKind::Ready)];
    catalog
        .add_webhook_messages(&events[..1], at(200))
        .await
        .expect("add");
    assert_eq!(waiting(catalog, &changed).await, 1);
    assert_eq!(store(catalog, &disabled).await, Stored::Yes);
    assert_eq!(waiting(catalog, &changed).await, 0);
    catalog.add_webhook_messages(&events, at(200)).await.expect("add");
    assert_eq!(waiting(catalog, &changed).await, 0);
    assert_eq!(waiting(catalog, &all).await, 2);

    assert!(catalog.remove_webhook(all.id).await.expect("remove"));
    assert!(!catalog.remove_webhook(all.id).await.expect("remove"));
    assert_eq!(waiting(catalog, &all).await, 0);
    assert_eq!(claimed(catalog, &all, 1_000, 1_010, 10).await, []);
    assert_eq!(due(catalog, 1_000).await, []);
    assert!(catalog.remove_webhook(some.id).await.expect("remove"));
    assert_eq!(catalog.webhooks().await.expect("webhooks"), []);
}

/// `ready` wants ready images alone.
async fn messages(catalog: &dyn Catalog, all: &Webhook, ready: &Webhook) {
    let first = [event(1, EventKind::Accepted), event(2, EventKind::Ready)];
    catalog.add_webhook_messages(&first, at(100)).await.expect("add");
    catalog
        .add_webhook_messages(&first, at(101))
        .await
        .expect("a relay that lost its lease adds again");
    assert_eq!(
        (waiting(catalog, all).await, waiting(catalog, ready).await),
        (2, 1)
    );
    assert_eq!(claimed(catalog, all, 99, 150, 10).await, [], "not due yet");
    assert_eq!(due(catalog, 99).await, []);
    assert_eq!(due(catalog, 100).await, [all.id, ready.id]);

    let message = catalog
        .claim_webhook_messages(all.id, at(100), at(110), 1)
        .await
        .expect("claim");
    let wanted = WebhookMessage {
        webhook: all.clone(),
        event: first[0].clone(),
        attempts: 0,
        first_due_at: at(100),
    };
    assert_eq!(message, [wanted]);
    assert_eq!(
        claimed(catalog, all, 109, 120, 10).await,
        [(2, 0)],
        "what is claimed is nobody else's"
    );
    assert_eq!(due(catalog, 109).await, [ready.id]);
    assert_eq!(claimed(catalog, ready, 109, 120, 10).await, [(2, 0)]);
    assert_eq!(
        claimed(catalog, all, 110, 130, 10).await,
        [(1, 1)],
        "a claim that was not settled ends, and counts as an attempt"
    );

    // Posted, failed, and settled by one who is late.
    let settle = async |webhook: &Webhook, sequence, again: Option<i64>| {
        catalog
            .settle_webhook_message(webhook.id, sequence, again.map(at))
            .await
            .expect("settle");
    };
    settle(ready, 2, None).await;
    settle(ready, 2, Some(140)).await;
    assert_eq!(waiting(catalog, ready).await, 0);
    settle(all, 1, Some(140)).await;
    settle(all, 2, Some(135)).await;
    assert_eq!(waiting(catalog, all).await, 2);
    assert_eq!(claimed(catalog, all, 134, 160, 10).await, []);
    assert_eq!(
        claimed(catalog, all, 140, 160, 10).await,
        [(2, 1), (1, 2)],
        "the longest due first"
    );
    settle(all, 1, None).await;
    settle(all, 2, None).await;
    assert_eq!(waiting(catalog, all).await, 0);
}
