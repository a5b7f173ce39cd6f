//! The contract of [`ImageCatalog`](crate::ImageCatalog).

use domain::{Failure, Image, ImageChange, ImageId, ImageState, IngestResult, NewImage, Role, Visibility};

use super::samples::{analysis, at, job, new_image, user};
use crate::{AcceptOutcome, Catalog, ImageView, Stored};

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

pub(super) async fn images(catalog: &dyn Catalog) {
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
