//! Dead letters: jobs that were given up, seen by an administrator and tried again.

use std::time::Duration;

use api_client::ApiClient;
use api_types::{DismissRequest, RedriveRequest};
use domain::{Envelope, Failure, ImageId, ImageState, JobId, OutboxMessage};
use testkit::{System, TestApp, pictures};

use crate::upload;

in_each_shape!(a_request_says_which, dead_letters_are_for_administrators);

const ONE_ATTEMPT: (&str, &str) = ("TINTYPE_WORKER_MAX_ATTEMPTS", "1");

/// Uploads a picture whose worker dies over it without a word: nobody may try it any more.
async fn dies(app: &TestApp, client: &ApiClient, seed: u64) -> ImageId {
    let bytes = pictures::jpeg(&pictures::scene(seed, 64, 48));
    let image = upload(client, "x.jpg", bytes).await.summary.id;
    let items = app.adapters.catalog.outbox(0, 100).await.unwrap();
    let jobs: Vec<Envelope> = items
        .iter()
        .filter_map(|item| match &item.message {
            Ok(OutboxMessage::Job(envelope)) => Some(envelope.clone()),
            _ => None,
        })
        .collect();
    app.adapters.queue.send(&jobs).await.unwrap();
    app.adapters.catalog.settle(&items).await.unwrap();
    let lease = Duration::from_secs(15);
    let received = app
        .adapters
        .queue
        .receive(10, lease, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(received.len(), jobs.len());
    app.clock.advance(lease * 2);
    app.drain().await;
    image
}

async fn state(client: &ApiClient, image: ImageId) -> ImageState {
    client.image(image).await.unwrap().unwrap().summary.state
}

fn some(ids: &[JobId]) -> RedriveRequest {
    RedriveRequest {
        ids: Some(ids.iter().map(ToString::to_string).collect()),
        all: false,
    }
}

#[tokio::test]
async fn a_job_that_was_given_up_is_seen_and_tried_again_with_its_image() {
    let app = TestApp::with_environment(&[ONE_ATTEMPT]).await;
    let (admin, _) = app.admin().await;
    let image = dies(&app, &admin, 1).await;
    let failed = admin.image(image).await.unwrap().unwrap().summary;
    assert_eq!(failed.failure.unwrap().code, Failure::GAVE_UP);
    let list = admin.dead_letters(10).await.unwrap();
    assert_eq!(list.count, 1);
    let letter = &list.dead_letters[0];
    assert_eq!(
        (letter.kind.as_str(), letter.image_id),
        ("image.ingest", Some(image))
    );
    assert!(
        letter.reason.contains("It was tried 1 times"),
        "{}",
        letter.reason
    );

    let redriven = admin.redrive(&some(&[letter.id])).await.unwrap();
    assert_eq!((redriven.ids, redriven.left), (vec![letter.id], 0));
    // Before its job is there it waits, as a new one does.
    assert_eq!(state(&admin, image).await, ImageState::Queued);
    app.drain().await;
    assert_eq!(state(&admin, image).await, ImageState::Ready);
    assert_eq!(admin.dead_letters(10).await.unwrap().count, 0);
    // Twice is once.
    assert_eq!(admin.redrive(&some(&[letter.id])).await.unwrap().ids, []);
}

fn unwanted(ids: &[JobId]) -> DismissRequest {
    DismissRequest {
        ids: some(ids).ids,
        all: false,
    }
}

#[tokio::test]
async fn a_job_that_is_dismissed_is_done_by_nobody_and_its_image_can_be_tried_again_all_the_same() {
    let app = TestApp::with_environment(&[ONE_ATTEMPT]).await;
    let (admin, _) = app.admin().await;
    let (image, other) = (dies(&app, &admin, 1).await, dies(&app, &admin, 2).await);
    let letters = admin.dead_letters(10).await.unwrap().dead_letters;
    let letter = letters
        .iter()
        .find(|letter| letter.image_id == Some(image))
        .unwrap();
    let dismissed = admin.dismiss(&unwanted(&[letter.id])).await.unwrap();
    assert_eq!((dismissed.ids, dismissed.left), (vec![letter.id], 1));
    // Whoever looks at what the queue gave up does not find it there.
    app.worker.bury_strays().await.unwrap();
    app.drain().await;
    assert_eq!(admin.dead_letters(10).await.unwrap().count, 1);
    assert_eq!(state(&admin, image).await, ImageState::Failed);
    assert_eq!(admin.redrive(&some(&[letter.id])).await.unwrap().ids, []);
    assert_eq!(admin.dismiss(&unwanted(&[letter.id])).await.unwrap().ids, []);

    let all = DismissRequest { ids: None, all: true };
    let dismissed = admin.dismiss(&all).await.unwrap();
    assert_eq!((dismissed.ids.len(), dismissed.left), (1, 0));
    app.drain().await;
    assert_eq!(state(&admin, other).await, ImageState::Failed);

    admin.retry(image).await.unwrap();
    app.drain().await;
    assert_eq!(state(&admin, image).await, ImageState::Ready);
}

#[tokio::test]
async fn all_are_tried_again_at_once() {
    let app = TestApp::with_environment(&[ONE_ATTEMPT]).await;
    let (admin, _) = app.admin().await;
    let mut images = Vec::new();
    for seed in 1..=3 {
        images.push(dies(&app, &admin, seed).await);
    }
    // One was thrown away meanwhile, and stays there.
    admin.trash(images[2]).await.unwrap();
    let all = RedriveRequest { ids: None, all: true };
    let redriven = admin.redrive(&all).await.unwrap();
    assert_eq!((redriven.ids.len(), redriven.left), (3, 0));
    app.drain().await;
    for (image, expected) in images
        .iter()
        .zip([ImageState::Ready, ImageState::Ready, ImageState::Failed])
    {
        assert_eq!(state(&admin, *image).await, expected);
    }
    assert_eq!(admin.dead_letters(10).await.unwrap().count, 0);
}

#[tokio::test]
async fn a_redrive_that_broke_off_is_done_again() {
    let app = TestApp::with_environment(&[ONE_ATTEMPT]).await;
    let (admin, _) = app.admin().await;
    let image = dies(&app, &admin, 1).await;
    let letter = admin.dead_letters(10).await.unwrap().dead_letters.remove(0);
    // Its first step is what a person does who has the image tried again; then the process ends.
    admin.retry(image).await.unwrap();
    let redriven = admin.redrive(&some(&[letter.id])).await.unwrap();
    assert_eq!(redriven.ids, [letter.id]);
    app.drain().await;
    assert_eq!(state(&admin, image).await, ImageState::Ready);
}

async fn a_request_says_which(app: System) {
    let (admin, _) = app.admin().await;
    for request in [
        RedriveRequest::default(),
        RedriveRequest {
            ids: Some(Vec::new()),
            all: true,
        },
    ] {
        let error = admin.redrive(&request).await.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(400), Some("invalid-redrive"))
        );
    }
    let request = RedriveRequest {
        ids: Some(vec!["x".into()]),
        all: false,
    };
    let error = admin.redrive(&request).await.unwrap_err();
    assert!(error.to_string().contains("must be the id of a job"), "{error}");
    let both = DismissRequest {
        ids: Some(Vec::new()),
        all: true,
    };
    for request in [DismissRequest::default(), both] {
        let error = admin.dismiss(&request).await.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(400), Some("invalid-dismissal"))
        );
    }
    let unknown = "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e".parse().unwrap();
    assert_eq!(admin.dismiss(&unwanted(&[unknown])).await.unwrap().ids, []);
}

async fn dead_letters_are_for_administrators(app: System) {
    let editor = app.editor().await;
    assert_eq!(
        editor.dead_letters(10).await.unwrap_err().code(),
        Some("not-allowed")
    );
    let error = editor.redrive(&some(&[])).await.unwrap_err();
    assert_eq!(error.code(), Some("not-allowed"));
    let error = editor.dismiss(&unwanted(&[])).await.unwrap_err();
    assert_eq!(error.code(), Some("not-allowed"));
}
