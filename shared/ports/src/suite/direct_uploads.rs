//! The contract of [`DirectUploads`].

use async_trait::async_trait;
use bytes::Bytes;
use domain::{BlobKey, DirectUpload, DirectUploadState, FileName, UploadId, UserId, Visibility};
use jiff::Timestamp;

use crate::{Assembled, BlobStore, DirectUploads, PartTarget, StoredPart};

/// Whoever sends bytes to the URLs that a store gives out.
#[async_trait]
pub trait Browser: Send + Sync {
    /// PUTs the bytes to the URL, without a credential. Whether they were taken: any status from 200 to 299.
    async fn put(&self, url: &str, bytes: Bytes) -> bool;
}

/// For stores that give out none.
#[derive(Debug, Clone, Copy)]
pub struct NoUrls;

#[async_trait]
impl Browser for NoUrls {
    async fn put(&self, url: &str, _: Bytes) -> bool {
        panic!("the store was to give out no URLs, and gave {url}");
    }
}

/// What the suite runs on: `blobs` reads what `uploads` assembles; URLs that end at `until` have not ended yet.
pub struct Store<'a> {
    /// The adapter.
    pub uploads: &'a dyn DirectUploads,
    /// The blob store beside it.
    pub blobs: &'a dyn BlobStore,
    /// Sends what goes to URLs.
    pub browser: &'a dyn Browser,
    /// The end of the URLs.
    pub until: Timestamp,
}

/// The smallest that S3 takes.
const PART: u64 = 5 * 1024 * 1024;

/// Two whole parts, and a shorter one.
const THREE_PARTS: u64 = 2 * PART + 1_000;

impl Store<'_> {
    async fn begin(&self, number: u8, size_bytes: u64) -> DirectUpload {
        let at = Timestamp::UNIX_EPOCH;
        let mut upload = DirectUpload {
            id: UploadId::new(at, [number; 10]),
            version: 1,
            state: DirectUploadState::Open,
            owner: UserId::new(at, [1; 10]),
            file_name: FileName::from_stored("a picture.jpg".to_owned()),
            visibility: Visibility::Private,
            size_bytes,
            sha256: None,
            part_size_bytes: PART,
            store_upload: String::new(),
            idempotency_key: None,
            image_id: None,
            refusal: None,
            created_at: at,
            updated_at: at,
            expires_at: at,
        };
        let begun = self.uploads.begin(upload.id, upload.parts()).await;
        upload.store_upload = begun.expect("an upload begins");
        upload
    }

    /// Sends a part. Whether it was taken.
    async fn send(&self, upload: &DirectUpload, number: u32, bytes: Bytes) -> bool {
        let target = self.uploads.part_target(upload, number, self.until).await;
        match target.expect("the part has a target") {
            PartTarget::Url(url) => self.browser.put(&url, bytes).await,
            PartTarget::Api => {
                let mut writer = self
                    .uploads
                    .write_part(upload, number)
                    .await
                    .expect("a part is begun");
                writer.write(bytes).await.expect("a part is written");
                writer.finish().await.expect("a part is finished");
                true
            }
        }
    }

    async fn send_filled(&self, upload: &DirectUpload, number: u32, byte: u8) {
        let bytes = filled(upload.part_len(number).expect("the part exists"), byte);
        assert!(
            self.send(upload, number, bytes).await,
            "part {number} was not taken"
        );
    }

    async fn numbers(&self, upload: &DirectUpload) -> Vec<u32> {
        let parts = self.uploads.parts(upload).await.expect("parts");
        for part in &parts {
            assert_eq!(Some(part.size_bytes), upload.part_len(part.number));
        }
        parts.iter().map(|part| part.number).collect()
    }

    async fn assemble(&self, upload: &DirectUpload) -> Assembled {
        self.uploads.assemble(upload).await.expect("assemble")
    }

    async fn blob(&self, upload: &DirectUpload) -> Option<Bytes> {
        self.blobs.get(&BlobKey::upload(upload.id)).await.expect("get")
    }

    async fn discard(&self, upload: &DirectUpload) {
        self.uploads.discard(upload).await.expect("discard");
        assert!(self.blob(upload).await.is_none(), "discarded and still there");
    }
}

fn filled(size_bytes: u64, byte: u8) -> Bytes {
    Bytes::from(vec![byte; usize::try_from(size_bytes).expect("parts are small")])
}

/// Every test, one after the other, on a store without uploads.
pub async fn all(store: &Store<'_>) {
    parts_in_any_order_make_the_file(store).await;
    a_part_sent_again_replaces_the_first(store).await;
    a_missing_part_is_named(store).await;
    a_part_of_the_wrong_length_does_not_count(store).await;
    assembling_twice_is_assembling_once(store).await;
    a_file_of_one_part_is_a_file(store).await;
    an_empty_file_is_a_file(store).await;
    what_was_discarded_is_gone(store).await;
    uploads_do_not_disturb_each_other(store).await;
    let left = store.blobs.list(BlobKey::UPLOADS, None, 10).await.expect("list");
    assert!(left.is_empty(), "the suite left something behind: {left:?}");
}

async fn parts_in_any_order_make_the_file(store: &Store<'_>) {
    let upload = store.begin(1, THREE_PARTS).await;
    assert_eq!(store.numbers(&upload).await, [0; 0]);
    store.send_filled(&upload, 3, b'c').await;
    store.send_filled(&upload, 1, b'a').await;
    assert_eq!(store.numbers(&upload).await, [1, 3]);
    assert!(store.blob(&upload).await.is_none(), "there before it is whole");
    store.send_filled(&upload, 2, b'b').await;
    assert_eq!(store.numbers(&upload).await, [1, 2, 3]);
    assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    let expected = [filled(PART, b'a'), filled(PART, b'b'), filled(1_000, b'c')].concat();
    assert!(
        store.blob(&upload).await.is_some_and(|blob| blob == expected),
        "the parts are not in their order"
    );
    store.discard(&upload).await;
}

async fn a_part_sent_again_replaces_the_first(store: &Store<'_>) {
    let upload = store.begin(2, PART + 3).await;
    store.send_filled(&upload, 1, b'x').await;
    store.send_filled(&upload, 2, b'b').await;
    store.send_filled(&upload, 1, b'a').await;
    assert_eq!(store.numbers(&upload).await, [1, 2]);
    assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    let expected = [filled(PART, b'a'), filled(3, b'b')].concat();
    assert!(store.blob(&upload).await.is_some_and(|blob| blob == expected));
    store.discard(&upload).await;
}

async fn a_missing_part_is_named(store: &Store<'_>) {
    let upload = store.begin(3, THREE_PARTS).await;
    assert_eq!(
        store.assemble(&upload).await,
        Assembled::Missing(vec![1, 2, 3]),
        "nothing was sent"
    );
    store.send_filled(&upload, 1, b'a').await;
    store.send_filled(&upload, 3, b'c').await;
    assert_eq!(store.assemble(&upload).await, Assembled::Missing(vec![2]));
    assert!(
        store.blob(&upload).await.is_none(),
        "there without its second part"
    );
    store.send_filled(&upload, 2, b'b').await;
    assert_eq!(
        store.assemble(&upload).await,
        Assembled::Yes,
        "what was missing came"
    );
    store.discard(&upload).await;
}

async fn a_part_of_the_wrong_length_does_not_count(store: &Store<'_>) {
    let upload = store.begin(4, PART + 1_000).await;
    store.send_filled(&upload, 1, b'a').await;
    for wrong in [999, 1_001] {
        // A store that signs the length refuses it at once; another takes it, and finds out.
        let taken = store.send(&upload, 2, filled(wrong, b'b')).await;
        let found = store.uploads.parts(&upload).await.expect("parts");
        let wrong = StoredPart {
            number: 2,
            size_bytes: wrong,
        };
        assert_eq!(found.contains(&wrong), taken);
        assert_eq!(store.assemble(&upload).await, Assembled::Missing(vec![2]));
    }
    store.send_filled(&upload, 2, b'b').await;
    assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    store.discard(&upload).await;
}

async fn assembling_twice_is_assembling_once(store: &Store<'_>) {
    let upload = store.begin(5, PART + 1).await;
    store.send_filled(&upload, 1, b'a').await;
    store.send_filled(&upload, 2, b'b').await;
    for _ in 0..3 {
        assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    }
    assert_eq!(
        store.blob(&upload).await.map(|blob| blob.len() as u64),
        Some(PART + 1)
    );
    store.discard(&upload).await;
}

async fn a_file_of_one_part_is_a_file(store: &Store<'_>) {
    let upload = store.begin(6, 70_000).await;
    assert_eq!(store.assemble(&upload).await, Assembled::Missing(vec![1]));
    store.send_filled(&upload, 1, b'x').await;
    store.send_filled(&upload, 1, b'a').await;
    assert_eq!(store.numbers(&upload).await, [1]);
    for _ in 0..2 {
        assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    }
    assert_eq!(store.blob(&upload).await, Some(filled(70_000, b'a')));
    store.discard(&upload).await;
}

async fn an_empty_file_is_a_file(store: &Store<'_>) {
    let upload = store.begin(7, 0).await;
    store.send_filled(&upload, 1, b'a').await;
    assert_eq!(store.assemble(&upload).await, Assembled::Yes);
    assert_eq!(store.blob(&upload).await, Some(Bytes::new()));
    store.discard(&upload).await;
}

async fn what_was_discarded_is_gone(store: &Store<'_>) {
    let upload = store.begin(8, THREE_PARTS).await;
    store.send_filled(&upload, 1, b'a').await;
    for _ in 0..2 {
        store.discard(&upload).await;
        assert_eq!(store.numbers(&upload).await, [0; 0]);
    }
    assert_eq!(
        store.assemble(&upload).await,
        Assembled::Missing(vec![1, 2, 3]),
        "assembled of what was discarded"
    );
}

async fn uploads_do_not_disturb_each_other(store: &Store<'_>) {
    let (one, other) = (store.begin(9, PART + 1).await, store.begin(10, PART + 1).await);
    for number in [1, 2] {
        store.send_filled(&one, number, b'1').await;
        store.send_filled(&other, number, b'2').await;
    }
    store.discard(&one).await;
    assert_eq!(store.assemble(&other).await, Assembled::Yes);
    assert_eq!(store.blob(&other).await, Some(filled(PART + 1, b'2')));
    store.discard(&other).await;
}
