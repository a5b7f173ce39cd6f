//! A library that changes between the rows of a backup and their blobs.

use std::sync::Arc;

use async_trait::async_trait;
use catalog::{
    CatalogRows, Cell, OtherSide, RowSink, RowSource, RowsError, SqliteCatalog, SqliteDatabase, Table,
};
use domain::{
    Availability, BlobKey, Image, ImageFormat, ImageId, Job, Manifest, Mezzanine, OutboxMessage, UploadId,
    Visibility,
};
use embedded::{FolderBlobStore, SystemClock, SystemEntropy};
use jiff::Timestamp;
use ports::{BlobStore, DirectUploadCatalog, ImageCatalog, OutboxCatalog, Stored};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{keep, lines::hexadecimal, restore, rows::from_line};
use crate::compose::{Library, SigningKeysPlace};

const MICROS: i64 = 1_790_000_000_000_000;

fn image_id(number: u8) -> ImageId {
    ImageId::new(Timestamp::from_microsecond(MICROS).unwrap(), [number; 10])
}

fn upload_id(number: u8) -> UploadId {
    UploadId::new(Timestamp::from_microsecond(MICROS).unwrap(), [number; 10])
}

/// Rows that are written down here.
struct Written(Vec<(&'static str, Value)>);

impl RowSource for Written {
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Cell>>, OtherSide> {
        let Some(place) = self.0.iter().position(|(name, _)| *name == table.name) else {
            return Ok(None);
        };
        let (_, Value::Object(line)) = self.0.remove(place) else {
            return Err("not an object".into());
        };
        Ok(Some(from_line(table, line)?))
    }
}

fn image_row(
    number: u8,
    state: &str,
    version: u64,
    original: &[u8],
    deleting: bool,
) -> (&'static str, Value) {
    let row = json!({
        "id": image_id(number), "version": version, "state": state, "owner_id": image_id(0), "file_name": "x.jpg", "title": "",
        "alt_text": "", "visibility": "public", "original_sha256": sha256(original), "content_version": 1,
        "created_at": MICROS, "updated_at": MICROS, "deleting": u8::from(deleting),
    });
    ("images", row)
}

fn upload_row(number: u8) -> (&'static str, Value) {
    let row = json!({
        "id": upload_id(number), "version": 2, "state": "staged", "owner_id": image_id(0), "file_name": "x.jpg",
        "visibility": "public", "size_bytes": 1, "part_size_bytes": 1, "store_upload": "", "created_at": MICROS,
        "updated_at": MICROS, "expires_at": MICROS,
    });
    ("direct_uploads", row)
}

fn original_row(number: u8, bytes: &[u8]) -> (&'static str, Value) {
    let key = BlobKey::original(upload_id(number));
    (
        "originals",
        json!({"sha256": sha256(bytes), "blob_key": key.as_str(), "size_bytes": bytes.len(), "format": "jpeg"}),
    )
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// What a worker leaves of an image that was ready in this version.
async fn derive(blobs: &dyn BlobStore, number: u8, image_version: u64) {
    let id = image_id(number);
    let mezzanine = BlobKey::mezzanine(id, 1, 640, ImageFormat::Jpeg);
    let manifest = Manifest {
        v: 1,
        image_id: id,
        image_version,
        availability: Availability::Available,
        visibility: Visibility::Public,
        alt_text: String::new(),
        content_version: 1,
        width: 640,
        height: 480,
        has_alpha: false,
        original: BlobKey::original(upload_id(1)),
        original_format: ImageFormat::Jpeg,
        frames: 1,
        mezzanines: vec![Mezzanine {
            blob_key: mezzanine.clone(),
            format: ImageFormat::Jpeg,
            width: 640,
            height: 480,
        }],
    };
    let manifest = serde_json::to_vec(&manifest).unwrap();
    blobs.put(&BlobKey::manifest(id), manifest.into()).await.unwrap();
    blobs.put(&BlobKey::analysis(id), "{}".into()).await.unwrap();
    blobs.put(&mezzanine, "pixels".into()).await.unwrap();
}

/// Deletes images, and makes an image of an upload, as soon as the rows were handed out.
struct Meddled {
    rows: Arc<SqliteCatalog>,
    blobs: Arc<dyn BlobStore>,
}

#[async_trait]
impl CatalogRows for Meddled {
    async fn export(&self, sink: &mut dyn RowSink) -> Result<(), RowsError> {
        self.rows.export(sink).await?;
        for number in [3, 4] {
            let image = self.rows.image(image_id(number)).await?.unwrap();
            let changed = Image {
                version: image.version + 1,
                deleting: true,
                ..image
            };
            assert_eq!(self.rows.store(&changed, &[]).await?, Stored::Yes);
            for key in [BlobKey::manifest(changed.id), BlobKey::analysis(changed.id)] {
                self.blobs.delete(&key).await?;
            }
            if let Some(original) = self.rows.remove(changed.id, &[]).await? {
                self.blobs.delete(&original).await?;
            }
        }
        let upload = self.rows.upload(upload_id(8)).await?.unwrap();
        let mut accepted = upload.accepted(upload.created_at, upload.created_at).unwrap();
        accepted.image_id = Some(image_id(1));
        assert_eq!(self.rows.store_upload(&accepted, &[]).await?, Stored::Yes);
        self.blobs.delete(&BlobKey::upload(upload.id)).await?;
        Ok(())
    }

    async fn used_table(&self) -> Result<Option<&'static str>, RowsError> {
        self.rows.used_table().await
    }

    async fn import(&self, source: &mut dyn RowSource) -> Result<(), RowsError> {
        self.rows.import(source).await
    }
}

/// An empty library, and its catalog.
async fn library() -> (Library, Arc<SqliteCatalog>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let database = SqliteDatabase::open(&folder.path().join("x.sqlite"))
        .await
        .unwrap();
    let catalog = Arc::new(SqliteCatalog::new(database));
    let entropy = Arc::new(SystemEntropy);
    let blobs = FolderBlobStore::open(folder.path(), entropy.clone()).unwrap();
    let library = Library {
        catalog: catalog.clone(),
        rows: catalog.clone(),
        blobs: Arc::new(blobs),
        clock: Arc::new(SystemClock),
        entropy,
        signing_keys: None,
        signing_keys_place: SigningKeysPlace::Nowhere,
        description: "a test's".into(),
    };
    (library, catalog, folder)
}

#[tokio::test]
async fn what_was_deleted_meanwhile_goes_on_being_deleted_and_what_was_not_done_is_asked_for_again() {
    let (mut library, catalog, _folder) = library().await;
    let (shared, gone, waiting): (&[u8], &[u8], &[u8]) = (b"shared", b"gone", b"waiting");
    let user = json!({"id": image_id(0), "email": "a@example.org", "role": "editor", "password_hash": "", "created_at": 0});
    let mut rows = Written(vec![
        ("users", user),
        original_row(1, shared),
        original_row(2, gone),
        original_row(3, waiting),
        image_row(1, "ready", 3, shared, false),
        // Described, and its manifest not written yet.
        image_row(2, "ready", 5, shared, false),
        // Deleted meanwhile: the one shares its bytes, the other was queued.
        image_row(3, "ready", 2, shared, false),
        image_row(4, "queued", 1, gone, false),
        image_row(5, "processing", 2, waiting, false),
        image_row(6, "ready", 4, shared, true),
        upload_row(7),
        upload_row(8),
    ]);
    catalog.import(&mut rows).await.unwrap();
    let blobs = library.blobs.clone();
    for (number, bytes) in [(1, shared), (2, gone), (3, waiting)] {
        blobs
            .put(&BlobKey::original(upload_id(number)), bytes.to_vec().into())
            .await
            .unwrap();
    }
    for (number, version) in [(1, 3), (2, 4), (3, 2)] {
        derive(&*blobs, number, version).await;
    }
    for number in [7, 8] {
        blobs
            .put(&BlobKey::upload(upload_id(number)), "sent".into())
            .await
            .unwrap();
    }
    library.rows = Arc::new(Meddled { rows: catalog, blobs });
    let place = tempfile::tempdir().unwrap();
    let kept = keep(&library, place.path(), false).await.unwrap();
    assert_eq!(kept.backup.deleted, [image_id(3), image_id(4)].into());
    assert!(kept.backup.lost.is_empty() && kept.backup.remade.is_empty());

    let (restored, catalog, _folder) = self::library().await;
    let report = restore(&restored, place.path()).await.unwrap();
    for number in 1..=6 {
        let image = catalog.image(image_id(number)).await.unwrap().unwrap();
        assert_eq!(image.deleting, [3, 4, 6].contains(&number), "{number}");
    }
    // What became an image meanwhile is not in the rows: its bytes are those of that image's original.
    for (number, bytes) in [(7, "sent"), (8, "shared")] {
        let blob = restored
            .blobs
            .get(&BlobKey::upload(upload_id(number)))
            .await
            .unwrap();
        assert_eq!(blob.unwrap(), bytes);
    }
    let asked: Vec<Job> = catalog
        .outbox(0, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|item| match item.message.unwrap() {
            OutboxMessage::Job(envelope) => Job::try_from(&envelope).unwrap(),
            OutboxMessage::Event(event) => panic!("nothing happened, and this is told: {event:?}"),
        })
        .collect();
    let image = image_id;
    let expected = [
        Job::PublishManifest { image_id: image(2) },
        Job::Delete { image_id: image(3) },
        Job::Delete { image_id: image(4) },
        Job::Ingest { image_id: image(5) },
        Job::Delete { image_id: image(6) },
        Job::Accept {
            upload_id: upload_id(7),
        },
        Job::Accept {
            upload_id: upload_id(8),
        },
        Job::PublishPresets,
    ];
    assert_eq!(asked, expected);
    assert_eq!(report.jobs, expected.len() as u64);
}
