//! The contract of [`Notifier`].

use domain::{Event, EventKind, ImageId};
use jiff::Timestamp;

use crate::Notifier;

/// An event is taken.
pub async fn tells_an_event(notifier: &dyn Notifier) {
    let event = Event {
        id: domain::EventId::new(Timestamp::UNIX_EPOCH, [1; 10]),
        sequence: 1,
        kind: EventKind::Ready,
        image_id: ImageId::new(Timestamp::UNIX_EPOCH, [2; 10]),
        at: Timestamp::UNIX_EPOCH,
        traceparent: None,
    };
    notifier.publish(&event).await.expect("an event is taken");
}
