//! What several processes do at once.

use std::{collections::HashSet, future::Future};

use domain::{
    BlobKey, DirectUpload, DirectUploadState, Event, EventKind, Image, ImageChange, ImageId, NewImage,
    OutboxMessage, Preset, PresetMeaning, Role, UploadId, User, Webhook,
};
use futures::future::join_all;

use super::{
    dead_letters::letter,
    direct_uploads::new_upload,
    samples::{at, event, job, new_image, user},
    webhooks::{event as told, webhook},
};
use crate::{AcceptOutcome, Accepted, Catalog, PresetStored, Stored};

/// How many do the same at once.
const TASKS: u8 = 8;

/// What each of [`TASKS`] comes to, every other one in the other process.
async fn at_once<'a, T, F>(
    one: &'a dyn Catalog,
    other: &'a dyn Catalog,
    task: impl Fn(&'a dyn Catalog, u8) -> F,
) -> Vec<T>
where
    F: Future<Output = T>,
{
    let tasks = (0..TASKS).map(|number| task(if number % 2 == 0 { one } else { other }, number));
    join_all(tasks).await
}

/// What waits in the outbox, which is left empty.
async fn messages(catalog: &dyn Catalog) -> Vec<OutboxMessage> {
    let items = catalog.outbox(0, 1_000).await.expect("outbox");
    catalog.settle(&items).await.expect("settle");
    items
        .into_iter()
        .map(|item| item.message.expect("readable"))
        .collect()
}

pub(super) async fn all(one: &dyn Catalog, other: &dyn Catalog) {
    set_up_once(one, other).await;
    let owner = user(1, Role::Editor);
    assert!(one.add_user(&owner).await.expect("add"));
    same_bytes(one, other, &owner).await;
    same_key(one, other, &owner).await;
    removal(one, other, &owner).await;
    same_version(one, other, &owner).await;
    direct_upload(one, other, &owner).await;
    relays(one, other, &owner).await;
    lease(one, other).await;
    dead_letters(one, other).await;
    webhook_messages(one, other).await;
    last_places(one, other).await;
}

async fn set_up_once(one: &dyn Catalog, other: &dyn Catalog) {
    at_once(one, other, |catalog, number| async move {
        catalog.replace_setup_token(&[number; 32]).await.expect("token");
    })
    .await;
    let admins = at_once(one, other, |catalog, number| async move {
        // Of the tokens one counts, and nobody says which.
        catalog
            .set_up(&[number; 32], &user(100 + number, Role::Admin))
            .await
            .expect("set up")
    })
    .await;
    assert_eq!(admins.iter().filter(|made| **made).count(), 1, "administrators");
}

fn count(accepted: &[Accepted], outcome: AcceptOutcome) -> usize {
    accepted
        .iter()
        .filter(|accepted| accepted.outcome == outcome)
        .count()
}

async fn same_bytes(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    let accepted = at_once(one, other, |catalog, number| async move {
        let image = new_image(10 + number, 10, owner);
        catalog
            .accept(&image, &[job(10 + number, image.id)])
            .await
            .expect("accept")
    })
    .await;
    assert_eq!(count(&accepted, AcceptOutcome::Created), 1);
    assert_eq!(
        count(&accepted, AcceptOutcome::SharesBytes),
        usize::from(TASKS) - 1
    );
    let keys: HashSet<_> = accepted
        .iter()
        .map(|accepted| accepted.image.original.blob_key.as_str())
        .collect();
    assert_eq!(keys.len(), 1, "one set of bytes, one blob");
    for accepted in &accepted {
        assert_eq!(
            one.image(accepted.image.id).await.expect("image"),
            Some(accepted.image.clone())
        );
    }
    assert_eq!(messages(one).await.len(), usize::from(TASKS));
}

async fn same_key(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    let accepted = at_once(one, other, |catalog, number| async move {
        let image = NewImage {
            idempotency_key: Some("the same".into()),
            ..new_image(20 + number, 20 + number, owner)
        };
        catalog
            .accept(&image, &[job(20 + number, image.id)])
            .await
            .expect("accept")
    })
    .await;
    assert_eq!(count(&accepted, AcceptOutcome::Created), 1);
    assert_eq!(count(&accepted, AcceptOutcome::Repeated), usize::from(TASKS) - 1);
    assert!(
        accepted.iter().all(|each| each.image == accepted[0].image),
        "one image for all"
    );
    assert_eq!(messages(one).await.len(), 1);
    for number in 0..TASKS {
        let image = new_image(20 + number, 20 + number, owner);
        let is_winner = image.id == accepted[0].image.id;
        assert_eq!(one.image(image.id).await.expect("image").is_some(), is_winner);
        assert_eq!(
            one.has_original(&image.original.blob_key)
                .await
                .expect("has original"),
            is_winner
        );
    }
}

async fn changed(catalog: &dyn Catalog, image: &Image, change: ImageChange) -> Image {
    let changed = image.changed(change, at(500)).expect("the change fits");
    assert_eq!(catalog.store(&changed, &[]).await.expect("store"), Stored::Yes);
    changed
}

async fn removal(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    for round in 0..20_u8 {
        let bytes = 100 + round;
        let first = one
            .accept(&new_image(bytes, bytes, owner), &[])
            .await
            .expect("accept");
        let trashed = changed(one, &first.image, ImageChange::Trash).await;
        let deleting = changed(one, &trashed, ImageChange::Delete).await;
        let second = NewImage {
            id: ImageId::new(at(1_000 + i64::from(round)), [round; 10]),
            original: domain::Original {
                blob_key: BlobKey::original(UploadId::new(at(1_000 + i64::from(round)), [round; 10])),
                ..first.image.original.clone()
            },
            ..new_image(bytes, bytes, owner)
        };
        let (removed, accepted) = futures::join!(one.remove(deleting.id, &[]), other.accept(&second, &[]));
        let (orphan, accepted) = (removed.expect("remove"), accepted.expect("accept"));
        let key = &accepted.image.original.blob_key;
        match (&orphan, accepted.outcome) {
            (Some(orphan), AcceptOutcome::Created) => {
                assert_eq!(
                    (orphan, key),
                    (&first.image.original.blob_key, &second.original.blob_key)
                );
                assert!(!one.has_original(orphan).await.expect("has original"));
            }
            (None, AcceptOutcome::SharesBytes) => assert_eq!(key, &first.image.original.blob_key),
            lost => panic!("an image has no bytes, or a blob no image: {lost:?}"),
        }
        assert!(one.has_original(key).await.expect("has original"));
        assert_eq!(one.image(second.id).await.expect("image"), Some(accepted.image));
    }
}

async fn same_version(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    let image = one
        .accept(&new_image(40, 40, owner), &[])
        .await
        .expect("accept")
        .image;
    let (id, image) = (image.id, &image);
    let stored = at_once(one, other, |catalog, number| async move {
        let changed = image
            .changed(ImageChange::StartProcessing, at(i64::from(number)))
            .expect("the change fits");
        catalog
            .store(&changed, &[event(number, id)])
            .await
            .expect("store")
    })
    .await;
    assert_eq!(stored.iter().filter(|stored| **stored == Stored::Yes).count(), 1);
    assert_eq!(messages(one).await.len(), 1);
}

async fn direct_upload(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    let begun = at_once(one, other, |catalog, number| async move {
        let upload = DirectUpload {
            idempotency_key: Some("the same".into()),
            ..new_upload(50 + number, owner)
        };
        catalog.add_upload(&upload).await.expect("add")
    })
    .await;
    assert!(
        begun.iter().all(|upload| *upload == begun[0]),
        "one upload for all"
    );
    assert_eq!(one.open_uploads(owner.id, 100).await.expect("open").len(), 1);

    let accepted = DirectUpload {
        version: 2,
        state: DirectUploadState::Accepted,
        ..begun[0].clone()
    };
    let accepted = &accepted;
    let images = at_once(one, other, |catalog, number| async move {
        let image = new_image(50 + number, 50, owner);
        catalog
            .accept_upload(accepted, &image, &[job(50 + number, image.id)])
            .await
            .expect("accept")
    })
    .await;
    let images: Vec<_> = images.into_iter().flatten().collect();
    assert_eq!(images.len(), 1, "one upload, one image");
    assert_eq!(
        one.upload(accepted.id)
            .await
            .expect("upload")
            .and_then(|upload| upload.image_id),
        Some(images[0].image.id)
    );
    assert_eq!(messages(one).await.len(), 1);
}

/// Two that think that they hold the lease, while others write.
async fn relays(one: &dyn Catalog, other: &dyn Catalog, owner: &User) {
    let before = one.last_sequence().await.expect("last");
    let writing = at_once(one, other, |catalog, number| async move {
        for image in 0..5 {
            let number = 150 + number * 5 + image;
            let image = new_image(number, number, owner);
            let events = [event(number, image.id), event(number.wrapping_add(50), image.id)];
            catalog.accept(&image, &events).await.expect("accept");
        }
    });
    let relaying = at_once(one, other, |catalog, number| async move {
        for _ in 0..if number < 4 { 10 } else { 0 } {
            let items = catalog.outbox(0, 7).await.expect("outbox");
            catalog.settle(&items).await.expect("settle");
        }
    });
    futures::join!(writing, relaying);
    messages(one).await;
    let log = one.events_after(before, 1_000).await.expect("events");
    let written = 2 * 5 * u64::from(TASKS);
    let sequences: Vec<_> = log.iter().map(|event| event.sequence).collect();
    assert_eq!(
        sequences,
        (before + 1..=before + written).collect::<Vec<_>>(),
        "no gap, and none twice"
    );
    let ids: HashSet<_> = log.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), log.len());
    // Of one image, in the order in which they were written.
    for image in log.iter().map(|event| event.image_id).collect::<HashSet<_>>() {
        let of_it: Vec<_> = log.iter().filter(|event| event.image_id == image).collect();
        assert_eq!(of_it.len(), 2);
        assert_eq!(of_it[1].id, second_event(of_it[0]), "{of_it:?}");
    }
}

/// The id of the event that is written after this one, of the same image.
fn second_event(first: &Event) -> domain::EventId {
    let number = first.id.as_uuid().as_bytes()[15].wrapping_add(50);
    match event(number, first.image_id) {
        OutboxMessage::Event(event) => event.id,
        OutboxMessage::Job(_) => unreachable!("the sample is an event"),
    }
}

async fn lease(one: &dyn Catalog, other: &dyn Catalog) {
    for round in 0..10 {
        let (now, until) = (at(round * 10), at(round * 10 + 10));
        let held = at_once(one, other, |catalog, number| async move {
            let holder = format!("holder {number}");
            catalog
                .hold_lease("race", &holder, now, until)
                .await
                .expect("hold")
        })
        .await;
        assert_eq!(
            held.iter().filter(|held| **held).count(),
            1,
            "holders in round {round}"
        );
        if round % 3 == 2 {
            for number in 0..TASKS {
                one.release_lease("race", &format!("holder {number}"))
                    .await
                    .expect("release");
            }
        }
    }
}

async fn dead_letters(one: &dyn Catalog, other: &dyn Catalog) {
    let letters: Vec<_> = (0..10).map(|number| letter(number, 10)).collect();
    let letters = &letters;
    at_once(one, other, |catalog, _| async move {
        for letter in letters {
            catalog.bury(letter).await.expect("bury");
        }
    })
    .await;
    assert_eq!(one.count_dead_letters().await.expect("count"), 10);
    let sent = at_once(one, other, |catalog, number| async move {
        let mut ids: Vec<_> = letters.iter().map(|letter| letter.envelope.id).collect();
        ids.rotate_left(usize::from(number));
        catalog.redrive(&ids).await.expect("redrive").len()
    })
    .await;
    assert_eq!(sent.iter().sum::<usize>(), 10, "sent by all together");
    assert_eq!(messages(one).await.len(), 10);
}

async fn webhook_messages(one: &dyn Catalog, other: &dyn Catalog) {
    let hook: &Webhook = &webhook(1, &[]);
    one.add_webhook(hook).await.expect("add");
    let events: Vec<Event> = (1..=100)
        .map(|sequence| told(sequence, EventKind::Ready))
        .collect();
    let events = &events;
    at_once(one, other, |catalog, _| async move {
        catalog.add_webhook_messages(events, at(0)).await.expect("add");
    })
    .await;
    assert_eq!(one.waiting_webhook_messages(hook.id).await.expect("waiting"), 100);
    let claimed = at_once(one, other, |catalog, _| async move {
        let mut claimed = Vec::new();
        loop {
            let messages = catalog
                .claim_webhook_messages(hook.id, at(1), at(60), 7)
                .await
                .expect("claim");
            if messages.is_empty() {
                break claimed;
            }
            for message in messages {
                catalog
                    .settle_webhook_message(hook.id, message.event.sequence, None)
                    .await
                    .expect("settle");
                claimed.push(message.event.sequence);
            }
        }
    })
    .await;
    let mut claimed = claimed.concat();
    claimed.sort_unstable();
    assert!(
        claimed.windows(2).all(|pair| pair[0] < pair[1]),
        "claimed twice: {claimed:?}"
    );
    // What others had in their hands is passed over, and comes another time.
    let left = one
        .claim_webhook_messages(hook.id, at(1), at(60), 100)
        .await
        .expect("claim");
    assert_eq!(claimed.len() + left.len(), 100);
    assert!(one.remove_webhook(hook.id).await.expect("remove"));
}

async fn last_places(one: &dyn Catalog, other: &dyn Catalog) {
    let stored = at_once(one, other, |catalog, number| async move {
        let preset = Preset {
            name: format!("preset-{number}").parse().expect("a name"),
            version: 1,
            meaning: PresetMeaning::Options("w=1".into()),
            updated_at: at(0),
        };
        catalog.store_preset(&preset, 3, &[]).await.expect("store")
    })
    .await;
    assert_eq!(
        stored
            .iter()
            .filter(|stored| **stored == PresetStored::Yes)
            .count(),
        3
    );
    assert_eq!(one.presets().await.expect("presets").len(), 3);
}
