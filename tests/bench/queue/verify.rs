//! Whether all that was queued was done, and each once.

use std::collections::HashMap;

use domain::{EventKind, ImageId, ImageState};
use tintype::compose::Adapters;

/// How many events are read at once.
const PAGE: u32 = 1_000;

/// Whether nothing is left to do, and the last image is ready.
pub(crate) async fn is_done(adapters: &Adapters, images: &[ImageId]) -> bool {
    let depth = adapters.queue.depth().await.unwrap();
    if depth.waiting + depth.leased > 0 {
        return false;
    }
    // The depth of SQS is approximate: the events are not.
    let told = events(adapters).await;
    images
        .iter()
        .all(|image| told.contains_key(&(*image, EventKind::Ready)))
}

/// Panics where an image was not done, or done twice, or something was left behind.
pub(crate) async fn each_was_done_once(adapters: &Adapters, images: &[ImageId]) {
    let told = events(adapters).await;
    for id in images {
        let image = adapters.catalog.image(*id).await.unwrap().unwrap();
        assert_eq!(image.state, ImageState::Ready, "image {id}");
        assert_eq!(image.content_version, 1, "image {id} was processed twice");
        assert_eq!(
            told.get(&(*id, EventKind::Ready)),
            Some(&1),
            "image {id} was told of as ready"
        );
    }
    assert_eq!(adapters.catalog.count_dead_letters().await.unwrap(), 0);
    let depth = adapters.queue.depth().await.unwrap();
    assert_eq!(
        (depth.waiting, depth.leased, depth.dead),
        (0, 0, 0),
        "left behind"
    );
}

/// How often each image was told of.
async fn events(adapters: &Adapters) -> HashMap<(ImageId, EventKind), u32> {
    let mut told = HashMap::new();
    let mut after = 0;
    loop {
        let events = adapters.catalog.events_after(after, PAGE).await.unwrap();
        let Some(last) = events.last() else { return told };
        after = last.sequence;
        for event in events {
            *told.entry((event.image_id, event.kind)).or_insert(0) += 1;
        }
    }
}
