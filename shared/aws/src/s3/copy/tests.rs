use bytes::Bytes;
use ports::{BlobStore, suite::queue::SelfMovingClock};

use super::*;
use crate::{
    AwsContext, Provision, provision,
    s3::{S3BlobStore, S3Buckets, S3Location, S3Places, S3Settings, Sizes},
};

/// The sizes at which S3 itself needs parts are too large for a test.
#[tokio::test]
async fn a_blob_that_is_too_large_for_one_call_is_copied_in_parts() {
    let endpoint = std::env::var("TINTYPE_TEST_AWS_ENDPOINT").expect(
        "this test needs an AWS: run it by ./test, or by `dev/aws run cargo test -p aws`, which start an emulator, \
         or set TINTYPE_TEST_AWS_ENDPOINT",
    );
    const MIB: u64 = 1024 * 1024;
    let sizes = Sizes {
        copied_at_once: 6 * MIB,
        copied_part: 5 * MIB,
    };
    let context = AwsContext::load_for_endpoint(&endpoint).await.unwrap();
    let bucket = match std::env::var("TINTYPE_TEST_S3_BUCKET") {
        Ok(bucket) => bucket,
        Err(_) => {
            let wanted = Provision {
                prefix: "tintype-copy".into(),
                public_url: "http://127.0.0.1:8080".into(),
                allow_remote: false,
            };
            provision(&context, &wanted).await.unwrap().originals
        }
    };
    let place = S3Location::parse(&format!("s3://{bucket}/copy-in-parts")).unwrap();
    let settings = S3Settings::new(S3Places::new(place, None, None));
    let buckets = S3Buckets::new(&context, settings, Arc::new(SelfMovingClock::default()));
    let mut s3 = Arc::into_inner(buckets.0).unwrap();
    s3.sizes = sizes;
    let store = S3BlobStore(Arc::new(s3));
    let (from, to) = (BlobKey::parse("a/from").unwrap(), BlobKey::parse("a/to").unwrap());
    for size in [6 * MIB + 1, 10 * MIB, 12 * MIB + 345] {
        let bytes: Bytes = (0..size).map(|i| (i % 251) as u8).collect::<Vec<_>>().into();
        store.put(&from, bytes.clone()).await.unwrap();
        assert!(store.copy(&from, &to).await.unwrap());
        assert!(store.get(&to).await.unwrap() == Some(bytes), "{size}");
        let head = store.0.head(&to).await.unwrap().unwrap();
        let parts = size.div_ceil(5 * MIB);
        assert!(
            head.etag.ends_with(&format!("-{parts}\"")),
            "copied by one call: {}",
            head.etag
        );
        store.delete(&to).await.unwrap();
    }
    store.delete(&from).await.unwrap();
    assert!(!store.copy(&from, &to).await.unwrap());
}
