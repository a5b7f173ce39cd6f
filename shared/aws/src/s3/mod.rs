//! Blobs in S3, or in a store that speaks its language.
//!
//! Owns: which bucket a blob lies in, how its bytes travel, and what its URL is. Refuses: policies, life cycles and versions,
//! which are the bucket's own.

mod blob_store;
mod copy;
mod direct_uploads;
mod list;
mod location;
mod presign;
mod read;
mod writer;

use std::sync::Arc;

use aws_sdk_s3::{Client, config::RequestChecksumCalculation, types::ServerSideEncryption};
use domain::BlobKey;
use ports::{Clock, PortError};

pub use blob_store::S3BlobStore;
pub use direct_uploads::S3DirectUploads;
pub use location::{InvalidS3Url, S3Location, S3Places};

use crate::{
    AwsContext,
    failure::{failed, status},
};

const WHAT: &str = "the blob store";

/// The smallest part that S3 takes, the last one excepted:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>. With 10,000 of them, a blob may have 50 GB.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Sizes on which the way of a blob depends.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// A blob of at most so many bytes is copied by one call, which answers at its end.
    copied_at_once: u64,
    /// The bytes that each call copies of a larger one.
    copied_part: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            copied_at_once: 512 * 1024 * 1024,
            copied_part: 256 * 1024 * 1024,
        }
    }
}

/// What blob store and direct uploads have in common.
struct S3 {
    client: Client,
    /// Signs URLs for the address that browsers know, and demands no checksum of them.
    presigner: Client,
    places: S3Places,
    kms_key: Option<String>,
    clock: Arc<dyn Clock>,
    sizes: Sizes,
}

/// How an installation uses S3.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Which bucket a blob lies in.
    pub places: S3Places,
    /// The ARN of the key that what is written is encrypted with; none leaves it to the bucket.
    pub kms_key: Option<String>,
    /// Where browsers reach S3, if that is another address than this process uses: URLs are signed for it.
    pub public_endpoint: Option<String>,
}

impl S3Settings {
    /// The buckets at `places`, and nothing out of the ordinary.
    pub const fn new(places: S3Places) -> Self {
        Self {
            places,
            kms_key: None,
            public_endpoint: None,
        }
    }
}

/// The buckets of an installation, from which both adapters are made.
#[derive(Clone)]
pub struct S3Buckets(Arc<S3>);

impl S3Buckets {
    /// The buckets that the settings name.
    pub fn new(context: &AwsContext, settings: S3Settings, clock: Arc<dyn Clock>) -> Self {
        let not_empty = |text: Option<String>| text.filter(|text| !text.is_empty());
        let presigner = context
            .s3_at(not_empty(settings.public_endpoint))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        Self(Arc::new(S3 {
            client: Client::from_conf(context.s3().build()),
            presigner: Client::from_conf(presigner),
            places: settings.places,
            kms_key: not_empty(settings.kms_key),
            clock,
            sizes: Sizes::default(),
        }))
    }

    /// The blob store in these buckets.
    pub fn blob_store(&self) -> S3BlobStore {
        S3BlobStore(self.0.clone())
    }

    /// Direct uploads into these buckets.
    pub fn direct_uploads(&self) -> S3DirectUploads {
        S3DirectUploads(self.0.clone())
    }
}

/// An object that is there.
struct Head {
    size_bytes: u64,
    etag: String,
}

impl S3 {
    /// The bucket and the name of the object that holds the blob.
    fn object(&self, key: &BlobKey) -> (&str, String) {
        let place = self.places.of(key);
        (place.bucket(), place.object(key))
    }

    fn encryption(&self) -> Option<ServerSideEncryption> {
        self.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms)
    }

    /// One data key for many objects: with a key of its own for each, every read is a call of KMS, too.
    fn bucket_key(&self) -> Option<bool> {
        self.kms_key.as_ref().map(|_| true)
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<Head>, PortError> {
        let (bucket, object) = self.object(key);
        match self.client.head_object().bucket(bucket).key(object).send().await {
            Ok(found) => Ok(Some(Head {
                size_bytes: length(found.content_length())?,
                etag: found.e_tag().unwrap_or_default().to_owned(),
            })),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(failed(WHAT, format_args!("s3:GetObject in bucket {bucket}"))(
                error,
            )),
        }
    }

    /// What a refused conditional write means: that this very blob is there, since the answer to a try before was lost, or
    /// that the bytes of another would be lost.
    async fn is_there_already(&self, key: &BlobKey, size_bytes: u64) -> Result<(), PortError> {
        match self.head(key).await? {
            Some(found) if found.size_bytes == size_bytes => Ok(()),
            Some(found) => Err(PortError::corrupt(
                WHAT,
                format!(
                    "another blob of {} bytes at {key}, where one of {size_bytes} bytes was to be written",
                    found.size_bytes
                ),
            )),
            None => Err(crate::failure::unavailable(
                WHAT,
                format_args!("{key} was there and was not, while it was written"),
            )),
        }
    }
}

/// The condition to write the blob under: an original is never replaced, everything else is made anew at will.
fn only_if_absent(key: &BlobKey) -> Option<String> {
    key.as_str()
        .starts_with(BlobKey::ORIGINALS)
        .then(|| "*".to_owned())
}

fn length(found: Option<i64>) -> Result<u64, PortError> {
    found
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| PortError::corrupt(WHAT, "an object without a length"))
}
