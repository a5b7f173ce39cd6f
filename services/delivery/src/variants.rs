//! Variants: what identifies one, and where it is kept.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use delivery_url::Options;
use domain::{BlobKey, ImageId};
use futures::TryStreamExt;
use imaging::OutputFormat;
use moka::sync::Cache;
use ports::{BlobReader, BlobStore, PortError};
use sha2::{Digest, Sha256};

use crate::{manifests::Manifests, watermarks::Mark};

/// Of the engine's output. Raised whenever the same options give other bytes, so that nothing stored before is served
/// again and no client is told that what it has is current.
const RENDER_VERSION: u32 = 5;

/// The hexadecimal digits of an entity tag: 128 bits, far from any collision, and half as long on every answer.
const ETAG_DIGITS: usize = 32;

/// One picture in one form: equal variants are equal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Where it is kept, and what requests for it have in common.
    pub(crate) key: BlobKey,
    /// Its strong entity tag, in quotes. Made from what the bytes follow from, so that nobody has to read or render them
    /// to answer 304.
    pub(crate) etag: String,
    /// What the bytes are.
    pub(crate) format: OutputFormat,
}

impl Variant {
    /// The variant of an image's content that `options` ask for in `format`, under `mark`.
    pub(crate) fn new(
        image: ImageId,
        content_version: u32,
        options: &Options,
        format: OutputFormat,
        mark: Option<&Mark>,
    ) -> Self {
        let canonical = options.of_variant(format).canonical();
        let mut line = format!("{RENDER_VERSION}:{canonical}");
        if let Some(mark) = mark {
            line.push('\n');
            line.push_str(&mark.key());
        }
        let digest = hex(&[&line]);
        Self {
            key: BlobKey::variant(image, content_version, &digest, format.format()),
            etag: etag(&[&image.to_string(), &content_version.to_string(), &digest]),
            format,
        }
    }
}

/// A strong entity tag, in quotes, of what an answer follows from.
pub(crate) fn etag(lines: &[&str]) -> String {
    let mut tag = hex(lines);
    tag.truncate(ETAG_DIGITS);
    format!("\"{tag}\"")
}

/// The SHA-256 of lines, in hexadecimal.
fn hex(lines: &[&str]) -> String {
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    domain::Sha256Digest::from_bytes(digest.into()).to_string()
}

/// A variant that was rendered before, ready to be read.
pub(crate) enum StoredVariant {
    /// All of it, in memory.
    Whole(Bytes),
    /// From the blob store, chunk by chunk.
    Streamed {
        /// Its length.
        size_bytes: u64,
        /// Its bytes.
        body: Body,
    },
}

/// A variant larger than this part of the memory is not kept there: it would drive out too many others.
const LARGEST_PART: u64 = 16;

/// What an entry takes beside its bytes: its key twice, and the cache's own records.
const ENTRY_BYTES: u64 = 512;

/// Variants in memory, and in the blob store behind it.
pub(crate) struct Variants {
    blobs: Arc<dyn BlobStore>,
    manifests: Arc<Manifests>,
    /// Admits by how often a key was asked for (TinyLFU): who walks through a whole library drives out nothing that is
    /// asked for often.
    memory: Cache<BlobKey, Bytes>,
    largest: u64,
}

impl Variants {
    /// Keeps about `cache_bytes` in memory.
    pub(crate) fn new(blobs: Arc<dyn BlobStore>, manifests: Arc<Manifests>, cache_bytes: u64) -> Self {
        let weight =
            |_: &BlobKey, bytes: &Bytes| u32::try_from(bytes.len() as u64 + ENTRY_BYTES).unwrap_or(u32::MAX);
        Self {
            blobs,
            manifests,
            memory: Cache::builder().max_capacity(cache_bytes).weigher(weight).build(),
            largest: cache_bytes / LARGEST_PART,
        }
    }

    /// The bytes, if they are in memory.
    pub(crate) fn remembered(&self, key: &BlobKey) -> Option<Bytes> {
        self.memory.get(key)
    }

    /// Keeps the bytes in memory, unless they are too many.
    pub(crate) fn remember(&self, key: &BlobKey, bytes: &Bytes) {
        if bytes.len() as u64 <= self.largest {
            self.memory.insert(key.clone(), bytes.clone());
        }
    }

    /// What the blob store has: a small one whole, to be remembered; a large one to be streamed, since what a slow client
    /// holds is then a chunk and not the picture.
    pub(crate) async fn open(&self, key: &BlobKey) -> Result<Option<StoredVariant>, PortError> {
        let Some(reader) = self.blobs.open(key).await? else {
            return Ok(None);
        };
        let size_bytes = reader.size_bytes;
        if size_bytes <= self.largest {
            let chunks: Vec<Bytes> = reader.chunks.try_collect().await?;
            let bytes = Bytes::from(chunks.concat());
            self.remember(key, &bytes);
            return Ok(Some(StoredVariant::Whole(bytes)));
        }
        Ok(Some(StoredVariant::Streamed {
            size_bytes,
            body: streamed(key, reader),
        }))
    }

    /// The whole of a blob, such as a mezzanine.
    pub(crate) async fn read(&self, key: &BlobKey) -> Result<Option<Bytes>, PortError> {
        self.blobs.get(key).await
    }

    /// Keeps a variant for the next request. A failure is logged and nothing more: the picture can be rendered again.
    pub(crate) async fn store(&self, image: ImageId, key: &BlobKey, bytes: Bytes) {
        if let Err(error) = self.store_unless_withdrawn(image, key, bytes).await {
            tracing::warn!(
                image.id = %image,
                blob.key = %key,
                error.message = %error,
                "a variant could not be stored, and will be rendered again"
            );
        }
    }

    /// A deletion writes its tombstone (the withdrawn manifest) first and lists the objects after that. So either it sees
    /// this variant, or this sees the tombstone: no orphan is left.
    async fn store_unless_withdrawn(
        &self,
        image: ImageId,
        key: &BlobKey,
        bytes: Bytes,
    ) -> Result<(), PortError> {
        self.blobs.put(key, bytes).await?;
        match self.manifests.get_anew(image).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => self.blobs.delete(key).await,
            Err(error) => Err(PortError::unavailable("the manifest")(error)),
        }
    }
}

/// A blob on its way to the client.
pub(crate) fn streamed(key: &BlobKey, reader: BlobReader) -> Body {
    let key = key.clone();
    let chunks = reader.chunks.inspect_err(move |error| {
        // The status is sent: all that is left is to break the answer off and say why here.
        tracing::error!(blob.key = %key, error.message = %error, "a stored blob broke off");
    });
    Body::from_stream(chunks)
}

#[cfg(test)]
mod tests {
    use delivery_url::{Target, parse};

    use super::*;

    fn variant(id: u8, version: u32, options: &str, format: OutputFormat) -> Variant {
        let image = ImageId::new(jiff::Timestamp::UNIX_EPOCH, [id; 10]);
        let Target::Options(options) = parse(options).unwrap().target else {
            panic!("{options} are no options");
        };
        Variant::new(image, version, &options, format, None)
    }

    #[test]
    fn requests_for_the_same_bytes_are_one_variant() {
        use OutputFormat::{Png, Webp};
        let one = variant(1, 1, "w=800", Webp);
        for same in [
            "width=800",
            "w=800,f=webp",
            "w=800,f=auto,q=80,v=1",
            "f=webp,w=800,kid=a,sig=b",
        ] {
            assert_eq!(variant(1, 1, same, Webp), one, "{same}");
        }
        assert_eq!(variant(1, 1, "w=800,q=30", Png), variant(1, 1, "w=800", Png));
    }

    #[test]
    fn other_bytes_are_another_variant_with_another_tag() {
        use OutputFormat::{Jpeg, Webp};
        let one = variant(1, 1, "w=800", Webp);
        for other in [
            variant(2, 1, "w=800", Webp),
            variant(1, 2, "w=800", Webp),
            variant(1, 1, "w=801", Webp),
            variant(1, 1, "w=800", Jpeg),
        ] {
            assert_ne!(other.key, one.key);
            assert_ne!(other.etag, one.etag);
        }
    }

    #[test]
    fn the_key_and_the_tag_stay_what_they_are() {
        // A change here re-renders every picture in the world: raise RENDER_VERSION on purpose, or not at all.
        let variant = variant(1, 1, "w=800,h=600,fit=cover,g=top,dpr=2", OutputFormat::Webp);
        insta::assert_snapshot!(variant.key, @"images/00000000-0000-7000-8101-010101010101/variants/1/bb6b8fc8574b139de74b72b71386d063cc17e6170a4c72bc2359bea403b83729.webp");
        insta::assert_snapshot!(variant.etag, @r#""90989bdd775f852fddae6f7bd2427025""#);
    }
}
