//! The contract of [`DirectUploads`].

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{BlobKey, DirectUpload, DirectUploadState, UploadId, UserId, Visibility};
use jiff::Timestamp;

use crate::{Assembled, BlobStore, DirectUploads, PartTarget};

/// The least that S3 takes for a part that is not the last one.
const PART_BYTES: u64 = 5 * 1024 * 1024;

/// How a client sends the bytes of a part.
#[async_trait]
pub trait PartSender: Send + Sync {
    /// PUTs them to a URL; what was wrong with that, where the other side refused it.
    async fn put(&self, url: &str, bytes: Bytes) -> Result<(), String>;
}

/// What each test works with.
struct Subject<'a> {
    uploads: &'a dyn DirectUploads,
    blobs: &'a dyn BlobStore,
    sender: &'a dyn PartSender,
    now: Timestamp,
}

/// Every test, one after the other. `blobs` is the store that the parts become blobs of, empty; `now` is the time on the
/// adapter's clock.
pub async fn all(
    uploads: &dyn DirectUploads,
    blobs: &dyn BlobStore,
    sender: &dyn PartSender,
    now: Timestamp,
) {
    let subject = Subject {
        uploads,
        blobs,
        sender,
        now,
    };
    subject.parts_in_any_order_become_one_blob().await;
    subject.a_file_of_one_part_becomes_a_blob().await;
    subject.parts_that_are_missing_or_too_short_are_named().await;
    subject.a_part_that_is_sent_again_replaces_the_first().await;
    subject.what_is_one_blob_cannot_be_changed_by_a_part().await;
    subject.a_part_that_is_too_long_does_not_count().await;
    subject.an_empty_file_becomes_a_blob().await;
    subject.what_is_discarded_leaves_nothing().await;
    subject.what_is_discarded_disturbs_no_other().await;
    subject.what_was_begun_is_known_until_it_is_discarded().await;
    let left = blobs.list(BlobKey::UPLOADS, None, 10).await.expect("list");
    assert!(left.is_empty(), "the suite left something behind");
}

/// Bytes that differ from place to place and from `seed` to `seed`.
fn bytes(seed: u8, size_bytes: u64) -> Bytes {
    (0..size_bytes)
        .map(|i| (i % 251) as u8 ^ (i / PART_BYTES) as u8 ^ seed)
        .collect::<Vec<_>>()
        .into()
}

impl Subject<'_> {
    async fn begin(&self, number: u8, size_bytes: u64) -> DirectUpload {
        let id = UploadId::new(Timestamp::UNIX_EPOCH, [number; 10]);
        let mut upload = DirectUpload {
            id,
            version: 1,
            state: DirectUploadState::Open,
            owner: UserId::new(Timestamp::UNIX_EPOCH, [1; 10]),
            file_name: "photo.jpg".parse().expect("a sound name"),
            visibility: Visibility::Private,
            size_bytes,
            sha256: None,
            part_size_bytes: PART_BYTES,
            store_upload: String::new(),
            idempotency_key: None,
            image_id: None,
            refusal: None,
            created_at: self.now,
            updated_at: self.now,
            expires_at: self.now,
        };
        upload.store_upload = self.uploads.begin(id, upload.parts()).await.expect("begin");
        upload
    }

    /// Sends a part as a client does.
    async fn send(&self, upload: &DirectUpload, number: u32, bytes: Bytes) -> Result<(), String> {
        let until = self
            .now
            .checked_add(Duration::from_secs(600))
            .expect("tests are short");
        match self
            .uploads
            .part_target(upload, number, until)
            .await
            .expect("part_target")
        {
            PartTarget::Url(url) => {
                let origin = self.uploads.origin().await.expect("origin");
                let origin = origin.expect("an address that parts are sent to has an origin");
                assert!(url.starts_with(&format!("{origin}/")), "{url} is not at {origin}");
                self.sender.put(&url, bytes).await
            }
            PartTarget::Api => {
                let mut writer = self.uploads.write_part(upload, number).await.expect("write_part");
                for chunk in bytes.chunks(1_000_000) {
                    writer.write(Bytes::copy_from_slice(chunk)).await.expect("write");
                }
                writer.finish().await.expect("finish");
                Ok(())
            }
        }
    }

    /// Sends the part of `whole` that it is.
    async fn send_part_of(&self, upload: &DirectUpload, number: u32, whole: &Bytes) {
        let first = (u64::from(number) - 1) * PART_BYTES;
        let len = upload.part_len(number).expect("it has such a part");
        let part = whole.slice(first as usize..(first + len) as usize);
        self.send(upload, number, part).await.expect("a sound part");
    }

    async fn blob(&self, upload: &DirectUpload) -> Option<Bytes> {
        self.blobs.get(&BlobKey::upload(upload.id)).await.expect("get")
    }

    async fn assemble(&self, upload: &DirectUpload) -> Assembled {
        self.uploads.assemble(upload).await.expect("assemble")
    }

    async fn discard(&self, upload: &DirectUpload) {
        self.uploads.discard(upload).await.expect("discard");
        assert!(self.blob(upload).await.is_none(), "discarded, and still there");
        assert_eq!(self.uploads.parts(upload).await.expect("parts"), []);
    }

    async fn parts_in_any_order_become_one_blob(&self) {
        let whole = bytes(1, 2 * PART_BYTES + 1_000);
        let upload = self.begin(1, whole.len() as u64).await;
        assert_eq!(upload.parts(), 3);
        for number in [3, 1, 2] {
            assert!(self.blob(&upload).await.is_none(), "a blob before its parts");
            self.send_part_of(&upload, number, &whole).await;
        }
        let parts = self.uploads.parts(&upload).await.expect("parts");
        let parts: Vec<_> = parts.iter().map(|part| (part.number, part.size_bytes)).collect();
        assert_eq!(parts, [(1, PART_BYTES), (2, PART_BYTES), (3, 1_000)]);
        for _ in 0..2 {
            assert_eq!(self.assemble(&upload).await, Assembled::Yes);
            assert!(
                self.blob(&upload).await == Some(whole.clone()),
                "not the bytes that were sent"
            );
        }
        self.discard(&upload).await;
        self.discard(&upload).await;
    }

    async fn a_file_of_one_part_becomes_a_blob(&self) {
        for size_bytes in [1, PART_BYTES] {
            let whole = bytes(2, size_bytes);
            let upload = self.begin(2, size_bytes).await;
            self.send_part_of(&upload, 1, &whole).await;
            assert_eq!(self.assemble(&upload).await, Assembled::Yes);
            assert!(
                self.blob(&upload).await == Some(whole),
                "not the bytes that were sent"
            );
            self.discard(&upload).await;
        }
    }

    async fn parts_that_are_missing_or_too_short_are_named(&self) {
        let whole = bytes(3, 3 * PART_BYTES);
        let upload = self.begin(3, whole.len() as u64).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![1, 2, 3]));
        self.send_part_of(&upload, 2, &whole).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![1, 3]));
        self.send_part_of(&upload, 3, &whole).await;
        // A store that signs lengths refuses it, another finds it out.
        let _refused_or_stored = self.send(&upload, 1, whole.slice(..1_000)).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![1]));
        assert!(self.blob(&upload).await.is_none());
        self.send_part_of(&upload, 1, &whole).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        assert!(
            self.blob(&upload).await == Some(whole),
            "not the bytes that were sent"
        );
        self.discard(&upload).await;
    }

    async fn a_part_that_is_sent_again_replaces_the_first(&self) {
        let (other, whole) = (bytes(4, PART_BYTES + 10), bytes(5, PART_BYTES + 10));
        let upload = self.begin(4, whole.len() as u64).await;
        for sent in [&other, &whole] {
            self.send_part_of(&upload, 1, sent).await;
        }
        self.send_part_of(&upload, 2, &whole).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        assert!(
            self.blob(&upload).await == Some(whole),
            "not the bytes that were sent last"
        );
        self.discard(&upload).await;
    }

    async fn what_is_one_blob_cannot_be_changed_by_a_part(&self) {
        let (other, whole) = (bytes(6, PART_BYTES + 10), bytes(7, PART_BYTES + 10));
        let upload = self.begin(5, whole.len() as u64).await;
        for number in [1, 2] {
            self.send_part_of(&upload, number, &whole).await;
        }
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        let _refused_or_ignored = self.send(&upload, 2, other.slice(PART_BYTES as usize..)).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        assert!(
            self.blob(&upload).await == Some(whole),
            "changed after it was assembled"
        );
        self.discard(&upload).await;
    }

    async fn a_part_that_is_too_long_does_not_count(&self) {
        let whole = bytes(10, PART_BYTES + 10);
        let upload = self.begin(7, whole.len() as u64).await;
        self.send_part_of(&upload, 1, &whole).await;
        let _refused_or_stored = self.send(&upload, 2, whole.slice(..11)).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![2]));
        self.send_part_of(&upload, 2, &whole).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        self.discard(&upload).await;
    }

    async fn an_empty_file_becomes_a_blob(&self) {
        let upload = self.begin(8, 0).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![1]));
        self.send_part_of(&upload, 1, &Bytes::new()).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Yes);
        assert_eq!(self.blob(&upload).await, Some(Bytes::new()));
        self.discard(&upload).await;
    }

    async fn what_is_discarded_disturbs_no_other(&self) {
        let whole = bytes(11, PART_BYTES + 10);
        let (one, other) = (
            self.begin(9, whole.len() as u64).await,
            self.begin(10, whole.len() as u64).await,
        );
        for number in [1, 2] {
            self.send_part_of(&one, number, &whole).await;
            self.send_part_of(&other, number, &whole).await;
        }
        self.discard(&one).await;
        assert_eq!(self.assemble(&other).await, Assembled::Yes);
        assert!(self.blob(&other).await == Some(whole));
        self.discard(&other).await;
    }

    async fn what_is_discarded_leaves_nothing(&self) {
        let whole = bytes(8, PART_BYTES + 10);
        let upload = self.begin(6, whole.len() as u64).await;
        self.send_part_of(&upload, 1, &whole).await;
        self.discard(&upload).await;
        assert_eq!(self.assemble(&upload).await, Assembled::Missing(vec![1, 2]));
        assert_eq!(self.uploads.begun(None, 10).await.expect("begun"), []);
    }

    async fn what_was_begun_is_known_until_it_is_discarded(&self) {
        let whole = bytes(9, 1_000);
        let mut uploads = Vec::new();
        for number in [11, 12, 13] {
            let upload = self.begin(number, 1_000).await;
            self.send_part_of(&upload, 1, &whole).await;
            uploads.push(upload);
        }
        let first = self.uploads.begun(None, 2).await.expect("begun");
        let ids: Vec<_> = first.iter().map(|begun| begun.id).collect();
        assert_eq!(ids, [uploads[0].id, uploads[1].id]);
        assert_eq!(first[0].store_upload, uploads[0].store_upload);
        let rest = self.uploads.begun(Some(ids[1]), 10).await.expect("begun");
        assert_eq!(
            rest.iter().map(|begun| begun.id).collect::<Vec<_>>(),
            [uploads[2].id]
        );

        assert_eq!(self.assemble(&uploads[2]).await, Assembled::Yes);
        for begun in first.iter().chain(&rest) {
            self.uploads.discard_begun(begun).await.expect("discard_begun");
        }
        assert!(self.blob(&uploads[2]).await.is_some(), "a blob is no part");
        self.discard(&uploads[2]).await;
        assert_eq!(self.uploads.begun(None, 10).await.expect("begun"), []);
    }
}
