//! Uploads that nobody goes on with.

use std::time::Duration;

use domain::DirectUploadState;
use jiff::Timestamp;
use ports::{BlobWriter, DirectUploads};
use testkit::TestApp;

use super::{app, assert_left, bytes_of, keys, photograph, promise, send, send_parts};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn sweep(app: &TestApp) -> u64 {
    // Files have the machine's time, and the rows the test's.
    app.worker.sweep_before(Timestamp::MAX).await.unwrap().uploads
}

#[tokio::test]
async fn an_abandoned_upload_is_swept_and_begins_anew_under_its_key() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let upload = admin.begin_upload(&promise(&file), Some("k")).await.unwrap();
    let part = &upload.parts[0];
    let url = part.url.as_deref().unwrap();
    admin.put_part(url, bytes_of(&file, part).into()).await.unwrap();
    assert_eq!(sweep(&app).await, 0, "it is under way");

    app.clock.advance(DAY);
    assert_eq!(admin.direct_upload(upload.summary.id).await.unwrap(), None);
    assert_eq!(admin.open_uploads().await.unwrap(), []);
    let anew = admin.begin_upload(&promise(&file), Some("k")).await.unwrap();
    assert_ne!(anew.summary.id, upload.summary.id);
    assert!(anew.parts.iter().all(|part| !part.stored));
    assert_left(&app, 0).await;

    send_parts(&admin, &anew, &file).await;
    app.clock.advance(DAY);
    assert_eq!(sweep(&app).await, 1);
    assert_left(&app, 0).await;
    assert_eq!(app.adapters.catalog.upload(anew.summary.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_staged_upload_waits_for_its_worker_and_its_outcome_is_told_for_a_day() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let id = send(&admin, &promise(&file), &file).await;
    app.clock.advance(DAY * 3);
    assert_eq!(sweep(&app).await, 0, "its worker is late");
    let error = admin.cancel_upload(id).await.unwrap_err();
    assert_eq!(error.code(), Some("upload-staged"));
    app.drain().await;
    let accepted = admin.direct_upload(id).await.unwrap().unwrap();
    assert_eq!(accepted.summary.state, DirectUploadState::Accepted);
    app.clock.advance(DAY);
    assert_eq!(sweep(&app).await, 1);
    assert_eq!(admin.direct_upload(id).await.unwrap(), None);
    assert!(
        admin
            .image(accepted.summary.image_id.unwrap())
            .await
            .unwrap()
            .is_some()
    );
    assert_left(&app, 1).await;
}

#[tokio::test]
async fn what_comes_after_the_end_is_swept() {
    let app = app().await;
    let (admin, _) = app.admin().await;
    let file = photograph();
    let uploads = &app.adapters.direct_uploads;
    // A part that was under way when its upload was given up, and one when its upload was completed.
    let given_up = admin
        .begin_upload(&promise(&file), None)
        .await
        .unwrap()
        .summary
        .id;
    let row = app.adapters.catalog.upload(given_up).await.unwrap().unwrap();
    let late = write(&**uploads, &row).await;
    admin.cancel_upload(given_up).await.unwrap();
    late.finish().await.unwrap();
    let completed = admin.begin_upload(&promise(&file), None).await.unwrap();
    let row = app
        .adapters
        .catalog
        .upload(completed.summary.id)
        .await
        .unwrap()
        .unwrap();
    let late = write(&**uploads, &row).await;
    send_parts(&admin, &completed, &file).await;
    admin.complete_upload(completed.summary.id).await.unwrap();
    late.finish().await.unwrap();

    assert_eq!(sweep(&app).await, 2);
    assert_eq!(uploads.begun(None, 10).await.unwrap(), []);
    assert_eq!(
        keys(&app, "uploads/").await.len(),
        1,
        "the one that waits for its worker"
    );
    app.drain().await;
    assert_left(&app, 1).await;
}

async fn write(uploads: &dyn DirectUploads, row: &domain::DirectUpload) -> Box<dyn BlobWriter> {
    let mut writer = uploads.write_part(row, 1).await.unwrap();
    writer.write(vec![1; 10].into()).await.unwrap();
    writer
}
