//! Variants: what identifies one, and where it is kept.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use domain::{Availability, BlobKey, ImageId, Manifest};
use futures::TryStreamExt;
use imaging::OutputFormat;
use ports::{BlobStore, PortError};
use sha2::{Digest, Sha256};

use crate::options::Options;

/// Of the engine's output. Raised whenever the same options give other bytes, so that nothing stored before is served
/// again and no client is told that what it has is current.
const RENDER_VERSION: u32 = 2;

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
    /// The variant of an image's content that `options` ask for in `format`.
    pub(crate) fn new(image: ImageId, content_version: u32, options: &Options, format: OutputFormat) -> Self {
        let canonical = options.of_variant(format).canonical();
        let digest = hex(&[&format!("{RENDER_VERSION}:{canonical}")]);
        let mut tag = hex(&[&image.to_string(), &content_version.to_string(), &digest]);
        tag.truncate(ETAG_DIGITS);
        Self {
            key: BlobKey::variant(image, content_version, &digest, format.format()),
            etag: format!("\"{tag}\""),
            format,
        }
    }
}

/// The SHA-256 of lines, in hexadecimal.
fn hex(lines: &[&str]) -> String {
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    domain::Sha256Digest::from_bytes(digest.into()).to_string()
}

/// A variant that was rendered before, ready to be read.
pub(crate) struct StoredVariant {
    pub(crate) size_bytes: u64,
    pub(crate) body: Body,
}

/// Manifests, mezzanines and variants in the blob store.
#[derive(Clone)]
pub(crate) struct Variants {
    blobs: Arc<dyn BlobStore>,
}

impl Variants {
    pub(crate) fn new(blobs: Arc<dyn BlobStore>) -> Self {
        Self { blobs }
    }

    /// The manifest of an image that may be shown. None where there is no such image, or it is withdrawn: to the world
    /// that is the same.
    pub(crate) async fn manifest(&self, image: ImageId) -> Result<Option<Manifest>, PortError> {
        let Some(bytes) = self.blobs.get(&BlobKey::manifest(image)).await? else {
            return Ok(None);
        };
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| PortError::corrupt("a manifest", format!("image {image}: {error}")))?;
        Ok(Some(manifest).filter(|manifest| manifest.availability == Availability::Available))
    }

    /// The stored bytes, to be streamed: what a slow client holds is a chunk and not the picture.
    pub(crate) async fn open(&self, key: &BlobKey) -> Result<Option<StoredVariant>, PortError> {
        let reader = self.blobs.open(key).await?;
        Ok(reader.map(|reader| {
            let key = key.clone();
            let chunks = reader.chunks.inspect_err(move |error| {
                // The status is sent: all that is left is to break the answer off and say why here.
                tracing::error!(blob.key = %key, error.message = %error, "a stored variant broke off");
            });
            StoredVariant {
                size_bytes: reader.size_bytes,
                body: Body::from_stream(chunks),
            }
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
        match self.manifest(image).await? {
            Some(_) => Ok(()),
            None => self.blobs.delete(key).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::parse;

    fn variant(id: u8, version: u32, options: &str, format: OutputFormat) -> Variant {
        let image = ImageId::new(jiff::Timestamp::UNIX_EPOCH, [id; 10]);
        Variant::new(image, version, &parse(options).unwrap().options, format)
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
        insta::assert_snapshot!(variant.key, @"images/00000000-0000-7000-8101-010101010101/variants/1/1146e94b5dbc12ff565e16cd3f8fd1b0b35bae1f61e59d162b24625bf484fce8.webp");
        insta::assert_snapshot!(variant.etag, @r#""7563617d87d6072e2b93ae46f31f6274""#);
    }
}
