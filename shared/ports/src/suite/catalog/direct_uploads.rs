//! The contract of [`DirectUploadCatalog`](crate::DirectUploadCatalog).

use super::samples::at;
use crate::{AcceptOutcome, Catalog, Stored};
use domain::{
    BlobKey, DirectUpload, DirectUploadState, Failure, ImageFormat, ImageId, Job, JobId, NewImage, Original,
    OutboxMessage, Sha256Digest, UploadId, User, Visibility,
};

pub(super) fn new_upload(number: u8, owner: &User) -> DirectUpload {
    DirectUpload {
        id: UploadId::new(at(i64::from(number)), [number; 10]),
        version: 1,
        state: DirectUploadState::Open,
        owner: owner.id,
        file_name: format!("Ürlaub {number}.jpg").parse().expect("a name"),
        visibility: Visibility::Private,
        size_bytes: 5 << 32,
        sha256: Some(Sha256Digest::from_bytes([number; 32])),
        part_size_bytes: 8 << 20,
        store_upload: String::new(),
        idempotency_key: None,
        image_id: None,
        refusal: None,
        created_at: at(i64::from(number)),
        updated_at: at(i64::from(number)),
        expires_at: at(1_000 + i64::from(number)),
    }
}

fn image_of(upload: &DirectUpload, number: u8, bytes: u8) -> NewImage {
    NewImage {
        id: ImageId::new(at(i64::from(number)), [number; 10]),
        owner: upload.owner,
        file_name: upload.file_name.clone(),
        visibility: upload.visibility,
        original: Original {
            blob_key: BlobKey::original(upload.id),
            sha256: Sha256Digest::from_bytes([bytes; 32]),
            size_bytes: upload.size_bytes,
            format: ImageFormat::Png,
        },
        idempotency_key: upload.idempotency_key.clone(),
        created_at: at(300),
    }
}

fn next(upload: &DirectUpload, state: DirectUploadState) -> DirectUpload {
    DirectUpload {
        version: upload.version + 1,
        state,
        updated_at: at(500 + i64::try_from(upload.version).expect("a small version")),
        ..upload.clone()
    }
}

fn job(number: u8) -> OutboxMessage {
    let upload_id = UploadId::new(at(0), [number; 10]);
    let id = JobId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Job(Job::Accept { upload_id }.into_envelope(id, None))
}

/// What waits in the outbox, which is left empty.
async fn told(catalog: &dyn Catalog) -> Vec<OutboxMessage> {
    let items = catalog.outbox(0, 100).await.expect("outbox");
    catalog.settle(&items).await.expect("settle");
    items
        .into_iter()
        .map(|item| item.message.expect("readable"))
        .collect()
}

async fn store(catalog: &dyn Catalog, changed: &DirectUpload, number: u8) -> Stored {
    catalog
        .store_upload(changed, &[job(number)])
        .await
        .expect("store")
}

/// `owner` and `other` are people of this catalog.
pub(super) async fn direct_uploads(catalog: &dyn Catalog, owner: &User, other: &User) {
    told(catalog).await;
    let first = DirectUpload {
        idempotency_key: Some("trip-1".into()),
        ..new_upload(50, owner)
    };
    let second = DirectUpload {
        sha256: None,
        store_upload: "2~VmVyeSBsb25n/+=".into(),
        ..new_upload(51, owner)
    };
    let theirs = DirectUpload {
        idempotency_key: Some("trip-1".into()),
        ..new_upload(52, other)
    };
    for upload in [&first, &second, &theirs] {
        assert_eq!(&catalog.add_upload(upload).await.expect("add"), upload);
        assert_eq!(
            catalog.upload(upload.id).await.expect("upload").as_ref(),
            Some(upload)
        );
    }
    let again = DirectUpload {
        idempotency_key: Some("trip-1".into()),
        ..new_upload(53, owner)
    };
    assert_eq!(catalog.add_upload(&again).await.expect("add"), first);
    assert_eq!(catalog.upload(again.id).await.expect("upload"), None);
    let upper = DirectUpload {
        idempotency_key: Some("TRIP-1 ".into()),
        ..new_upload(54, other)
    };
    assert_eq!(
        catalog.add_upload(&upper).await.expect("add"),
        upper,
        "keys differ by case and by trailing blanks"
    );
    catalog.remove_upload(upper.id).await.expect("remove");
    assert_eq!(
        catalog.open_uploads(owner.id, 10).await.expect("open"),
        [second.clone(), first.clone()],
        "newest first, and nobody else's"
    );
    assert_eq!(
        catalog.open_uploads(owner.id, 1).await.expect("open"),
        std::slice::from_ref(&second)
    );

    // A change needs the version before, and is told with it.
    let staged = next(&first, DirectUploadState::Staged);
    assert_eq!(store(catalog, &staged, 1).await, Stored::Yes);
    assert_eq!(store(catalog, &staged, 2).await, Stored::Conflict);
    assert_eq!(
        catalog.upload(first.id).await.expect("upload"),
        Some(staged.clone())
    );
    assert_eq!(told(catalog).await, [job(1)]);
    assert_eq!(catalog.open_uploads(owner.id, 10).await.expect("open").len(), 2);
    let refused = DirectUpload {
        refusal: Some(Failure {
            code: "not-a-picture".into(),
            reason: "It is a text.".into(),
        }),
        expires_at: at(900),
        ..next(&second, DirectUploadState::Refused)
    };
    assert_eq!(store(catalog, &refused, 3).await, Stored::Yes);
    assert_eq!(
        catalog.upload(second.id).await.expect("upload"),
        Some(refused.clone())
    );
    assert_eq!(told(catalog).await, [job(3)]);
    assert_eq!(
        catalog.open_uploads(owner.id, 10).await.expect("open"),
        std::slice::from_ref(&staged)
    );

    accepting(catalog, &staged, &theirs).await;

    // Swept are those whose end has come, and a staged one never.
    let expired = |second| async move { catalog.expired_uploads(at(second), 10).await.expect("expired") };
    assert_eq!(expired(900).await, []);
    assert_eq!(expired(901).await, std::slice::from_ref(&refused));
    let waiting = next(
        &next(&theirs, DirectUploadState::Accepted),
        DirectUploadState::Staged,
    );
    assert_eq!(
        catalog.store_upload(&waiting, &[]).await.expect("store"),
        Stored::Yes
    );
    let ids: Vec<_> = expired(5_000).await.iter().map(|upload| upload.id).collect();
    assert_eq!(ids, [refused.id, first.id]);
    for upload in [&first, &second, &theirs] {
        catalog.remove_upload(upload.id).await.expect("remove");
        catalog.remove_upload(upload.id).await.expect("remove");
        assert_eq!(catalog.upload(upload.id).await.expect("upload"), None);
    }
}

async fn accepting(catalog: &dyn Catalog, staged: &DirectUpload, theirs: &DirectUpload) {
    let image = image_of(staged, 60, 60);
    let accepted = next(staged, DirectUploadState::Accepted);
    let stale = next(&accepted, DirectUploadState::Accepted);
    assert_eq!(
        catalog
            .accept_upload(&stale, &image, &[job(4)])
            .await
            .expect("accept"),
        None
    );
    assert_eq!(catalog.image(image.id).await.expect("image"), None);
    assert!(
        !catalog
            .has_original(&image.original.blob_key)
            .await
            .expect("has original")
    );
    assert_eq!(told(catalog).await, [], "what is not stored is not told");

    let done = catalog
        .accept_upload(&accepted, &image, &[job(5)])
        .await
        .expect("accept")
        .expect("the version fits");
    assert_eq!((done.outcome, done.image.id), (AcceptOutcome::Created, image.id));
    assert_eq!(catalog.image(image.id).await.expect("image"), Some(done.image));
    let stored = catalog.upload(staged.id).await.expect("upload");
    let wanted = DirectUpload {
        image_id: Some(image.id),
        ..accepted.clone()
    };
    assert_eq!(stored, Some(wanted));
    assert_eq!(told(catalog).await, [job(5)]);
    assert_eq!(
        catalog
            .accept_upload(&accepted, &image_of(staged, 61, 61), &[job(6)])
            .await
            .expect("accept"),
        None,
        "a job that came twice made two images"
    );

    // The bytes are known; and the key is another's, who has images of their own.
    let sharing = catalog
        .accept_upload(
            &next(theirs, DirectUploadState::Accepted),
            &image_of(theirs, 62, 60),
            &[],
        )
        .await
        .expect("accept")
        .expect("the version fits");
    assert_eq!(sharing.outcome, AcceptOutcome::SharesBytes);
    assert_eq!(sharing.image.original.blob_key, image.original.blob_key);
}
