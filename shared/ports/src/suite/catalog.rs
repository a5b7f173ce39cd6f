//! The contract of [`Catalog`].

use std::time::Duration;

use domain::{
    Analysis, ApiKey, ApiKeyId, BlobKey, Event, EventId, EventKind, Failure, Image, ImageChange, ImageFormat,
    ImageId, ImageState, IngestResult, Job, JobId, Measures, Metadata, NewImage, Original, OutboxMessage,
    PaletteColour, Role, Scope, Session, Sha256Digest, UploadId, User, UserId, Visibility,
};
use jiff::Timestamp;

use crate::{AcceptOutcome, Catalog, ImageView, Stored};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("tests stay in this century")
}

fn user(number: u8, role: Role) -> User {
    User {
        id: UserId::new(at(i64::from(number)), [number; 10]),
        email: format!("user{number}@example.org").parse().expect("an address"),
        role,
        password_hash: "$argon2id$…".into(),
        created_at: at(i64::from(number)),
    }
}

fn new_image(number: u8, bytes: u8, owner: &User) -> NewImage {
    NewImage {
        id: ImageId::new(at(i64::from(number)), [number; 10]),
        owner: owner.id,
        file_name: format!("Bild {number} – \"x\" %_.jpg").parse().expect("a name"),
        visibility: Visibility::Public,
        original: Original {
            blob_key: BlobKey::original(UploadId::new(at(i64::from(number)), [number; 10])),
            sha256: Sha256Digest::from_bytes([bytes; 32]),
            size_bytes: u64::from(bytes) << 33,
            format: ImageFormat::Jpeg,
        },
        idempotency_key: None,
        created_at: at(i64::from(number)),
    }
}

fn event(number: u8, image: ImageId) -> OutboxMessage {
    let id = EventId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Event(Event {
        id,
        sequence: 0,
        kind: EventKind::Accepted,
        image_id: image,
        at: at(i64::from(number)),
        traceparent: Some("00-6870f0d1a1b2c3d4e5f60718293a4b5c-53995c3f42cd8ad8-01".into()),
    })
}

fn job(number: u8, image_id: ImageId) -> OutboxMessage {
    let id = JobId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Job(Job::Ingest { image_id }.into_envelope(id, Some("00-aa-bb-01".into())))
}

fn analysis() -> Analysis {
    Analysis {
        v: 1,
        format: ImageFormat::Jpeg,
        width: 4_000,
        height: 3_000,
        orientation: 6,
        has_alpha: false,
        is_animated: true,
        frames: Some(12),
        colour_profile: Some("Display P3".into()),
        thumbhash: "3OcRJYB4d3h/iIeHeEh3eIhw+j2w".into(),
        perceptual_hash: "ffee000000000001".into(),
        palette: vec![PaletteColour {
            hex: "#aabbcc".into(),
            share: 0.5,
            name: Some("light blue".into()),
        }],
        measures: Some(Measures {
            sharpness: 0.625,
            ..Measures::default()
        }),
        focus: Some([0.25, 0.5]),
        codes: vec!["https://example.com/?ä".into()],
        metadata: Metadata {
            description: Some("ein „Zitat“".into()),
            ..Metadata::default()
        },
        damaged: false,
    }
}

/// Every test, one after the other, on an empty catalog.
pub async fn all(catalog: &dyn Catalog) {
    accounts(catalog).await;
    leases(catalog).await;
    images(catalog).await;
    outbox(catalog).await;
    super::presets::presets(catalog).await;
    let [one, other] = [user(70, Role::Editor), user(71, Role::Editor)];
    for user in [&one, &other] {
        assert!(catalog.add_user(user).await.expect("add"));
    }
    super::upload_rows::upload_rows(catalog, &one, &other).await;
    super::dead_letters::dead_letters(catalog).await;
    super::webhooks::webhooks(catalog).await;
    catalog.ping().await.expect("a catalog that works can be reached");
}

async fn accounts(catalog: &dyn Catalog) {
    assert!(!catalog.has_admin().await.expect("has admin"));
    let admin = user(1, Role::Admin);
    catalog.replace_setup_token(&[1; 32]).await.expect("token");
    catalog.replace_setup_token(&[2; 32]).await.expect("token");
    assert!(
        !catalog.set_up(&[1; 32], &admin).await.expect("set up"),
        "a replaced token counted"
    );
    assert!(catalog.set_up(&[2; 32], &admin).await.expect("set up"));
    assert!(
        !catalog
            .set_up(&[2; 32], &user(2, Role::Admin))
            .await
            .expect("set up"),
        "a token counted twice"
    );
    assert!(catalog.has_admin().await.expect("has admin"));
    assert!(
        !catalog
            .add_user(&User {
                id: user(3, Role::Viewer).id,
                ..admin.clone()
            })
            .await
            .expect("add")
    );
    assert!(catalog.add_user(&user(4, Role::Editor)).await.expect("add"));
    assert_eq!(
        catalog.user_by_email(&admin.email).await.expect("user"),
        Some(admin.clone())
    );
    assert_eq!(
        catalog.user(user(4, Role::Editor).id).await.expect("user"),
        Some(user(4, Role::Editor))
    );

    let session = Session {
        token_hash: [9; 32],
        user_id: admin.id,
        created_at: at(0),
        expires_at: at(100),
    };
    catalog.add_session(&session).await.expect("session");
    assert_eq!(
        catalog.session_user(&[9; 32], at(99)).await.expect("user"),
        Some(admin.clone())
    );
    assert_eq!(
        catalog.session_user(&[9; 32], at(100)).await.expect("user"),
        None,
        "a session outlived its end"
    );
    assert_eq!(catalog.session_user(&[8; 32], at(0)).await.expect("user"), None);
    catalog.remove_ended_sessions(at(99)).await.expect("remove ended");
    assert!(
        catalog
            .session_user(&[9; 32], at(0))
            .await
            .expect("user")
            .is_some()
    );
    catalog.remove_session(&[9; 32]).await.expect("remove");
    assert_eq!(catalog.session_user(&[9; 32], at(0)).await.expect("user"), None);

    let key = ApiKey {
        id: ApiKeyId::new(at(0), [5; 10]),
        name: "script".into(),
        key_hash: [5; 32],
        scopes: vec![Scope::Read, Scope::Write],
        owner: admin.id,
        created_at: at(0),
    };
    catalog.add_api_key(&key).await.expect("key");
    assert_eq!(catalog.api_key(&[5; 32]).await.expect("key"), Some(key));
    assert_eq!(catalog.api_key(&[6; 32]).await.expect("key"), None);
}

async fn leases(catalog: &dyn Catalog) {
    assert!(
        catalog
            .hold_lease("relay", "a", at(0), at(10))
            .await
            .expect("hold")
    );
    assert!(
        !catalog
            .hold_lease("relay", "b", at(9), at(20))
            .await
            .expect("hold"),
        "two holders"
    );
    assert!(
        catalog
            .hold_lease("relay", "a", at(9), at(19))
            .await
            .expect("hold")
    );
    assert!(
        catalog
            .hold_lease("relay", "b", at(19), at(30))
            .await
            .expect("hold"),
        "a lease outlived its end"
    );
    assert!(
        !catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold")
    );
    catalog.release_lease("relay", "a").await.expect("release");
    assert!(
        !catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold"),
        "released by another"
    );
    catalog.release_lease("relay", "b").await.expect("release");
    assert!(
        catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold")
    );
    catalog.release_lease("relay", "a").await.expect("release");
}

async fn change(catalog: &dyn Catalog, image: &Image, change: ImageChange) -> Image {
    let changed = image.changed(change, at(200)).expect("the change fits");
    assert_eq!(catalog.store(&changed, &[]).await.expect("store"), Stored::Yes);
    assert_eq!(
        catalog.image(image.id).await.expect("image").as_ref(),
        Some(&changed),
        "what was stored is not what is read"
    );
    changed
}

async fn images(catalog: &dyn Catalog) {
    let owner = user(4, Role::Editor);
    let first = NewImage {
        idempotency_key: Some("once".into()),
        visibility: Visibility::Private,
        ..new_image(10, 10, &owner)
    };
    let accepted = catalog.accept(&first, &[]).await.expect("accept");
    assert_eq!(accepted.outcome, AcceptOutcome::Created);
    assert_eq!(accepted.image.visibility, Visibility::Private);
    assert_eq!(
        catalog.image(first.id).await.expect("image"),
        Some(accepted.image.clone())
    );

    let again = NewImage {
        id: ImageId::new(at(11), [11; 10]),
        visibility: Visibility::Public,
        ..first.clone()
    };
    let repeated = catalog.accept(&again, &[]).await.expect("accept");
    assert_eq!(
        (repeated.outcome, repeated.image.id, repeated.image.visibility),
        (AcceptOutcome::Repeated, first.id, Visibility::Private)
    );
    assert_eq!(catalog.image(again.id).await.expect("image"), None);

    let same_bytes = new_image(12, 10, &owner);
    let sharing = catalog.accept(&same_bytes, &[]).await.expect("accept");
    assert_eq!(sharing.outcome, AcceptOutcome::SharesBytes);
    assert_eq!(
        sharing.image.visibility,
        Visibility::Public,
        "who may see an image is not a matter of its bytes"
    );
    assert_eq!(sharing.image.original, first.original);
    assert!(catalog.has_original(&first.original.blob_key).await.expect("has"));
    assert!(
        !catalog
            .has_original(&same_bytes.original.blob_key)
            .await
            .expect("has")
    );
    for number in 20..30 {
        catalog
            .accept(&new_image(number, number, &owner), &[])
            .await
            .expect("accept");
    }

    let mut listed = Vec::new();
    let mut before = None;
    loop {
        let page = catalog
            .images(ImageView::Library, before, 5)
            .await
            .expect("images");
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        listed.extend(page.iter().map(|image| image.id));
    }
    assert_eq!(listed.len(), 12);
    assert!(listed.is_sorted_by(|a, b| a > b), "not newest first");

    let image = change(catalog, &accepted.image, ImageChange::StartProcessing).await;
    let result = IngestResult {
        content_version: 1,
        analysis: analysis(),
    };
    let ready = change(catalog, &image, ImageChange::Complete(Box::new(result))).await;
    assert_eq!(ready.state, ImageState::Ready);
    let stale = image
        .changed(ImageChange::StartProcessing, at(201))
        .expect("it fitted then");
    assert_eq!(
        catalog.store(&stale, &[job(1, image.id)]).await.expect("store"),
        Stored::Conflict
    );
    assert!(
        catalog.outbox(0, 10).await.expect("outbox").is_empty(),
        "a change that was refused told of itself"
    );

    let title = "„Ein Titel“".parse().expect("a title");
    let alt_text = "zwei\nZeilen".parse().expect("a text");
    let words = ImageChange::Describe {
        title,
        alt_text,
        visibility: Visibility::Public,
    };
    let described = change(catalog, &ready, words).await;
    let trashed = change(catalog, &described, ImageChange::Trash).await;
    assert_eq!(
        catalog.images(ImageView::Trash, None, 10).await.expect("images"),
        std::slice::from_ref(&trashed)
    );
    assert_eq!(
        catalog
            .images(ImageView::Library, None, 50)
            .await
            .expect("images")
            .len(),
        11
    );
    assert_eq!(
        catalog.trashed_before(at(201), 10).await.expect("trashed"),
        std::slice::from_ref(&trashed)
    );
    assert!(
        catalog
            .trashed_before(at(200), 10)
            .await
            .expect("trashed")
            .is_empty()
    );
    let restored = change(catalog, &trashed, ImageChange::Restore).await;
    assert_eq!(
        catalog.remove(restored.id, &[]).await.expect("remove"),
        None,
        "removed without being deleted first"
    );
    assert!(catalog.image(restored.id).await.expect("image").is_some());
    let trashed = change(catalog, &restored, ImageChange::Trash).await;
    let deleting = change(catalog, &trashed, ImageChange::Delete).await;
    assert!(
        catalog
            .images(ImageView::Trash, None, 10)
            .await
            .expect("images")
            .is_empty()
    );

    assert_eq!(
        catalog.remove(deleting.id, &[]).await.expect("remove"),
        None,
        "another image shares the bytes"
    );
    assert!(catalog.image(deleting.id).await.expect("image").is_none());
    let failed = change(
        catalog,
        &sharing.image,
        ImageChange::Fail(Failure {
            code: "undecodable".into(),
            reason: "it is damaged".into(),
        }),
    )
    .await;
    let trashed = change(catalog, &failed, ImageChange::Trash).await;
    let deleting = change(catalog, &trashed, ImageChange::Delete).await;
    assert_eq!(
        catalog.remove(deleting.id, &[]).await.expect("remove"),
        Some(first.original.blob_key.clone())
    );
    assert!(!catalog.has_original(&first.original.blob_key).await.expect("has"));
    assert_eq!(catalog.remove(deleting.id, &[]).await.expect("remove"), None);
}

async fn outbox(catalog: &dyn Catalog) {
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

    assert_eq!(catalog.unpublished_events(10).await.expect("unpublished"), events);
    catalog.mark_published(1).await.expect("mark");
    assert_eq!(
        catalog.unpublished_events(10).await.expect("unpublished"),
        events[1..]
    );
    catalog.mark_published(2).await.expect("mark");
    let later = at(3).checked_add(Duration::from_secs(60)).expect("in range");
    catalog.forget_events_before(later).await.expect("forget");
    let left = catalog.events_after(0, 10).await.expect("events");
    assert_eq!(
        left,
        events[1..],
        "the newest event stays, so that sequences go on from it"
    );
}
