//! The contract of [`OutboxCatalog`](crate::OutboxCatalog).

use std::time::Duration;

use domain::Role;

use super::samples::{at, event, job, new_image, user};
use crate::Catalog;

pub(super) async fn outbox(catalog: &dyn Catalog) {
    let owner = user(4, Role::Editor);
    let image = new_image(40, 40, &owner);
    let messages = [event(1, image.id), job(2, image.id)];
    catalog.accept(&image, &messages).await.expect("accept");
    catalog
        .accept(&new_image(41, 41, &owner), &[event(3, image.id)])
        .await
        .expect("accept");
    let items = catalog.outbox(0, 10).await.expect("outbox");
    assert_eq!(
        items
            .iter()
            .map(|item| item.message.as_ref().expect("readable"))
            .collect::<Vec<_>>(),
        [&messages[0], &messages[1], &event(3, image.id)]
    );
    assert!(items.is_sorted_by_key(|item| item.position));
    let later = catalog.outbox(items[0].position, 10).await.expect("outbox");
    assert_eq!(later, items[1..], "a page goes on where the one before ended");
    assert_eq!(catalog.outbox(0, 1).await.expect("outbox").len(), 1);

    assert_eq!(catalog.last_sequence().await.expect("last"), 0);
    catalog.settle(&items).await.expect("settle");
    catalog
        .settle(&items)
        .await
        .expect("a relay that lost its lease settles again");
    assert!(catalog.outbox(0, 10).await.expect("outbox").is_empty());
    let events = catalog.events_after(0, 10).await.expect("events");
    assert_eq!(
        events.iter().map(|event| event.sequence).collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(events.iter().all(|event| event.traceparent.is_some()));
    assert_eq!(catalog.events_after(1, 10).await.expect("events"), events[1..]);
    assert_eq!(catalog.last_sequence().await.expect("last"), 2);

    let put_down = async |limit| catalog.events_to_put_down(limit).await.expect("to put down");
    assert_eq!(put_down(10).await, events);
    assert_eq!(put_down(1).await, events[..1]);
    catalog
        .add_webhook_messages(&events[..1], at(0))
        .await
        .expect("put down");
    assert_eq!(put_down(10).await, events[1..]);

    assert_eq!(catalog.unpublished_events(10).await.expect("unpublished"), events);
    catalog.mark_published(1).await.expect("mark");
    assert_eq!(
        catalog.unpublished_events(10).await.expect("unpublished"),
        events[1..]
    );
    catalog.mark_published(2).await.expect("mark");
    assert_eq!(
        put_down(10).await,
        [],
        "a relay of the release before puts down what it marks, and says no more"
    );
    let later = at(3).checked_add(Duration::from_secs(60)).expect("in range");
    catalog.forget_events_before(later).await.expect("forget");
    let left = catalog.events_after(0, 10).await.expect("events");
    assert_eq!(
        left,
        events[1..],
        "the newest event stays, so that sequences go on from it"
    );
}
