//! The contract of [`BlobStore`].

use bytes::Bytes;
use domain::BlobKey;
use futures::TryStreamExt;
use jiff::Timestamp;

use crate::{BlobStore, ByteRange, RangeReader};

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).expect("the suite's keys are sound")
}

/// Every test, one after the other, on an empty store.
pub async fn all(store: &dyn BlobStore) {
    what_was_put_is_read_back(store).await;
    absence_is_none(store).await;
    a_part_is_read_alone(store).await;
    a_written_blob_is_seen_whole_or_not_at_all(store).await;
    a_blob_of_many_parts_is_read_back(store).await;
    a_dropped_writer_leaves_nothing(store).await;
    a_copy_is_a_blob_of_its_own(store).await;
    writing_anew_replaces(store).await;
    deleting_is_idempotent(store).await;
    listing_is_ordered_paged_and_by_prefix(store).await;
    writers_do_not_disturb_each_other(store).await;
    store.ping().await.expect("a store that works can be reached");
}

async fn what_was_put_is_read_back(store: &dyn BlobStore) {
    for size in [0, 1, 65_535, 65_536, 300_001] {
        let bytes: Bytes = (0..size).map(|i: u32| (i % 251) as u8).collect::<Vec<_>>().into();
        let key = key("a/put.bin");
        store.put(&key, bytes.clone()).await.expect("put");
        assert_eq!(store.get(&key).await.expect("get").as_ref(), Some(&bytes));
        let reader = store.open(&key).await.expect("open").expect("it is there");
        assert_eq!(reader.size_bytes, u64::from(size));
        let chunks: Vec<Bytes> = reader.chunks.try_collect().await.expect("chunks");
        assert_eq!(chunks.concat(), bytes);
    }
    store.delete(&key("a/put.bin")).await.expect("delete");
}

async fn a_part_is_read_alone(store: &dyn BlobStore) {
    let key = key("a/part.bin");
    let bytes: Bytes = (0..200_000_u32)
        .map(|i| (i % 251) as u8)
        .collect::<Vec<_>>()
        .into();
    store.put(&key, bytes.clone()).await.expect("put");
    let from = |first, last| ByteRange::From { first, last };
    for (range, expected) in [
        (from(0, None), 0..200_000),
        (from(0, Some(0)), 0..1),
        (from(70_000, Some(140_000)), 70_000..140_001),
        (from(199_999, Some(u64::MAX)), 199_999..200_000),
        (ByteRange::Last(5), 199_995..200_000),
        (ByteRange::Last(u64::MAX), 0..200_000),
    ] {
        let found = store.open_range(&key, range).await.expect("open_range");
        let Some(RangeReader::Part { first, last, reader }) = found else {
            panic!("{range:?} has bytes");
        };
        assert_eq!((first, last + 1), (expected.start, expected.end), "{range:?}");
        assert_eq!(reader.size_bytes, 200_000);
        let chunks: Vec<Bytes> = reader.chunks.try_collect().await.expect("chunks");
        let expected = expected.start as usize..expected.end as usize;
        assert!(chunks.concat() == bytes[expected], "{range:?}");
    }
    for range in [from(200_000, None), ByteRange::Last(0)] {
        let found = store.open_range(&key, range).await.expect("open_range");
        let Some(RangeReader::Beyond { size_bytes }) = found else {
            panic!("{range:?} has no bytes");
        };
        assert_eq!(size_bytes, 200_000);
    }
    store.delete(&key).await.expect("delete");
    let gone = store.open_range(&key, from(0, None)).await.expect("open_range");
    assert!(gone.is_none());
}

async fn absence_is_none(store: &dyn BlobStore) {
    assert!(store.get(&key("no/such")).await.expect("get").is_none());
    assert!(store.open(&key("no/such")).await.expect("open").is_none());
}

async fn a_written_blob_is_seen_whole_or_not_at_all(store: &dyn BlobStore) {
    let key = key("a/written.bin");
    let mut writer = store.create(&key).await.expect("create");
    for _ in 0..100 {
        writer
            .write(Bytes::from_static(&[7; 10_000]))
            .await
            .expect("write");
    }
    assert!(
        store.get(&key).await.expect("get").is_none(),
        "seen before it was finished"
    );
    assert!(
        store.list("a/", None, 10).await.expect("list").is_empty(),
        "listed before it was finished"
    );
    writer.finish().await.expect("finish");
    assert_eq!(
        store.get(&key).await.expect("get").map(|bytes| bytes.len()),
        Some(1_000_000)
    );
    store.delete(&key).await.expect("delete");
}

/// Larger than what stores send at once, in chunks that fit no part.
async fn a_blob_of_many_parts_is_read_back(store: &dyn BlobStore) {
    const CHUNK: usize = 700_001;
    let (written, copied) = (key("a/large.bin"), key("b/large.bin"));
    let chunks: Vec<Bytes> = (0..20).map(|number| Bytes::from(vec![number; CHUNK])).collect();
    let mut writer = store.create(&written).await.expect("create");
    for chunk in &chunks {
        writer.write(chunk.clone()).await.expect("write");
    }
    assert!(
        store.get(&written).await.expect("get").is_none(),
        "seen before it was finished"
    );
    writer.finish().await.expect("finish");
    assert!(store.copy(&written, &copied).await.expect("copy"));
    let expected = chunks.concat();
    for key in [&written, &copied] {
        let reader = store.open(key).await.expect("open").expect("it is there");
        assert_eq!(reader.size_bytes, expected.len() as u64);
        let read: Vec<Bytes> = reader.chunks.try_collect().await.expect("chunks");
        assert!(read.concat() == expected, "other bytes at {key}");
        store.delete(key).await.expect("delete");
    }
}

async fn a_dropped_writer_leaves_nothing(store: &dyn BlobStore) {
    for size in [4, 6 * 1024 * 1024] {
        let mut writer = store.create(&key("a/dropped.bin")).await.expect("create");
        writer.write(Bytes::from(vec![1; size])).await.expect("write");
        drop(writer);
    }
    store.abort_unfinished(Timestamp::MAX).await.expect("abort");
    assert!(store.get(&key("a/dropped.bin")).await.expect("get").is_none());
    assert!(store.list("", None, 10).await.expect("list").is_empty());
    assert_eq!(
        store.abort_unfinished(Timestamp::MAX).await.expect("abort"),
        0,
        "something was left behind"
    );
}

async fn a_copy_is_a_blob_of_its_own(store: &dyn BlobStore) {
    let (from, to) = (key("a/from.bin"), key("b/to.bin"));
    assert!(
        !store.copy(&from, &to).await.expect("copy"),
        "there was nothing to copy"
    );
    store
        .put(&from, Bytes::from_static(b"the same bytes"))
        .await
        .expect("put");
    assert!(store.copy(&from, &to).await.expect("copy"));
    store.delete(&from).await.expect("delete");
    assert_eq!(
        store.get(&to).await.expect("get"),
        Some(Bytes::from_static(b"the same bytes"))
    );
    store.delete(&to).await.expect("delete");
}

async fn writing_anew_replaces(store: &dyn BlobStore) {
    let key = key("a/again.bin");
    store
        .put(&key, Bytes::from_static(b"the first, which is longer"))
        .await
        .expect("put");
    store
        .put(&key, Bytes::from_static(b"the second"))
        .await
        .expect("put");
    assert_eq!(
        store.get(&key).await.expect("get"),
        Some(Bytes::from_static(b"the second"))
    );
    store.delete(&key).await.expect("delete");
}

async fn deleting_is_idempotent(store: &dyn BlobStore) {
    let key = key("a/b/c/gone.bin");
    store.put(&key, Bytes::from_static(b"x")).await.expect("put");
    store.delete(&key).await.expect("delete");
    store.delete(&key).await.expect("delete again");
    assert!(store.get(&key).await.expect("get").is_none());
}

async fn listing_is_ordered_paged_and_by_prefix(store: &dyn BlobStore) {
    let keys = ["l/a-b", "l/a.b", "l/a/1", "l/a/2", "l/a/2.x/y", "l/b", "m/x"];
    for text in keys.iter().rev() {
        store
            .put(&key(text), Bytes::copy_from_slice(text.as_bytes()))
            .await
            .expect("put");
    }
    let mut found: Vec<String> = Vec::new();
    let mut after = None;
    loop {
        let page = store.list("l/", after.as_ref(), 2).await.expect("list");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        found.extend(page.iter().map(|blob| blob.key.as_str().to_owned()));
    }
    assert_eq!(found, keys[..6]);
    let by_prefix = store.list("l/a/2", None, 10).await.expect("list");
    assert_eq!(
        by_prefix.iter().map(|blob| blob.key.as_str()).collect::<Vec<_>>(),
        ["l/a/2", "l/a/2.x/y"]
    );
    assert_eq!(by_prefix[0].size_bytes, 5);
    for text in keys {
        store.delete(&key(text)).await.expect("delete");
    }
}

async fn writers_do_not_disturb_each_other(store: &dyn BlobStore) {
    let writes = (0..16).map(|i| async move {
        let key = key(&format!("w/{}/blob", i % 4));
        for _ in 0..5 {
            store.put(&key, Bytes::from(vec![i; 1_000])).await.expect("put");
            // The folder or prefix goes and comes while others write beside.
            store.delete(&key).await.expect("delete");
        }
        store.put(&key, Bytes::from(vec![i; 1_000])).await.expect("put");
    });
    futures::future::join_all(writes).await;
    let left = store.list("w/", None, 100).await.expect("list");
    for blob in &left {
        let bytes = store.get(&blob.key).await.expect("get").expect("it was listed");
        assert!(
            bytes.len() == 1_000 && bytes.iter().all(|byte| *byte == bytes[0]),
            "a mixture of two writes"
        );
        store.delete(&blob.key).await.expect("delete");
    }
}
