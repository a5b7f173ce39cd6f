//! The library: paging, describing, trash and deletion.

use std::time::Duration;

use api_types::{DescribeRequest, LibraryView};
use domain::ImageId;
use testkit::{System, TestApp, pictures, whole_library};

use crate::upload;

async fn ids(client: &api_client::ApiClient, view: LibraryView) -> Vec<ImageId> {
    whole_library(client, view, 3)
        .await
        .iter()
        .map(|image| image.id)
        .collect()
}

async fn pages_go_from_the_newest_to_the_oldest_without_a_gap(app: System) {
    let (admin, _) = app.admin().await;
    let mut made = Vec::new();
    for seed in 0..7 {
        made.push(
            upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(seed, 32, 32)))
                .await
                .summary
                .id,
        );
    }
    made.reverse();
    // Others may have put pictures of theirs between them.
    let mut listed = ids(&admin, LibraryView::Library).await;
    assert!(listed.is_sorted_by(|one, next| one > next), "{listed:?}");
    listed.retain(|id| made.contains(id));
    assert_eq!(listed, made);
}

async fn a_description_is_kept_and_an_overtaken_one_refused(app: System) {
    let (admin, _) = app.admin().await;
    let image = upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(1, 32, 32)))
        .await
        .summary;
    let title = Some("Das rote Fahrrad".to_owned());
    let request = DescribeRequest {
        title,
        version: Some(image.version),
        ..DescribeRequest::default()
    };
    let described = admin.describe(image.id, &request).await.unwrap().summary;
    assert_eq!(
        (described.title.as_str(), described.version),
        ("Das rote Fahrrad", image.version + 1)
    );
    let late = DescribeRequest {
        title: Some("x".into()),
        version: Some(image.version),
        ..DescribeRequest::default()
    };
    assert_eq!(
        admin.describe(image.id, &late).await.unwrap_err().code(),
        Some("image-changed")
    );
    let alt_text = DescribeRequest {
        alt_text: Some("A bicycle".into()),
        ..DescribeRequest::default()
    };
    let both = admin.describe(image.id, &alt_text).await.unwrap().summary;
    assert_eq!(
        (both.title.as_str(), both.alt_text.as_str()),
        ("Das rote Fahrrad", "A bicycle")
    );
}

async fn what_is_in_the_trash_is_not_delivered_until_it_is_restored(app: System) {
    let (admin, _) = app.admin().await;
    let id = upload(&admin, "x.jpg", pictures::jpeg(&pictures::scene(1, 64, 64)))
        .await
        .summary
        .id;
    let url = format!("/i/{id}/w=16");
    app.answers(&url, 200).await;
    admin.trash(id).await.unwrap();
    admin.trash(id).await.unwrap();
    app.answers(&url, 404).await;
    assert!(ids(&admin, LibraryView::Trash).await.contains(&id));
    assert!(!ids(&admin, LibraryView::Library).await.contains(&id));
    admin.restore(id).await.unwrap();
    app.answers(&url, 200).await;
    assert_eq!(
        admin.restore(id).await.unwrap_err().code(),
        Some("image-not-trashed")
    );
}

#[tokio::test]
async fn deleting_for_good_leaves_nothing_but_the_bytes_that_others_share() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let bytes = pictures::jpeg(&pictures::scene(1, 64, 64));
    let first = upload(&admin, "a.jpg", bytes.clone()).await.summary.id;
    let second = upload(&admin, "b.jpg", bytes).await.summary.id;
    app.drain().await;
    assert_eq!(app.get(&format!("/i/{first}/w=16")).await.status.as_u16(), 200);
    assert_eq!(
        admin.delete_permanently(first).await.unwrap_err().code(),
        Some("image-not-trashed")
    );
    for (id, left) in [(first, 1), (second, 0)] {
        admin.trash(id).await.unwrap();
        admin.delete_permanently(id).await.unwrap();
        app.drain().await;
        assert!(admin.image(id).await.unwrap().is_none());
        let blobs = app.adapters.blobs.list("", None, 100).await.unwrap();
        assert!(blobs.iter().all(|blob| blob.key.image() != Some(id)), "{blobs:?}");
        assert_eq!(
            blobs.iter().filter(|blob| blob.key.image().is_none()).count(),
            left
        );
    }
}

#[tokio::test]
async fn the_sweep_takes_what_is_nobodys_and_leaves_what_is_somebodys() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let id = upload(&admin, "a.jpg", pictures::jpeg(&pictures::scene(1, 64, 64)))
        .await
        .summary
        .id;
    app.drain().await;
    let before = app.adapters.blobs.list("", None, 100).await.unwrap();
    for orphan in [
        "originals/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e",
        "images/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/x",
    ] {
        let key = domain::BlobKey::parse(orphan).unwrap();
        app.adapters.blobs.put(&key, "nobody's".into()).await.unwrap();
    }
    // Files have the machine's time, and the fake clock stands in another: so far in the future that all are old.
    app.clock.advance(Duration::from_secs(100 * 366 * 24 * 60 * 60));
    let report = app.worker.sweep(Duration::from_secs(60)).await.unwrap();
    assert_eq!((report.originals, report.derived, report.unfinished), (1, 1, 0));
    assert_eq!(app.adapters.blobs.list("", None, 100).await.unwrap(), before);
    assert_eq!(app.get(&format!("/i/{id}/w=16")).await.status.as_u16(), 200);
}

in_each_shape!(
    pages_go_from_the_newest_to_the_oldest_without_a_gap,
    a_description_is_kept_and_an_overtaken_one_refused,
    what_is_in_the_trash_is_not_delivered_until_it_is_restored,
);
