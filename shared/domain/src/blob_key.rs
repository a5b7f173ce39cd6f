//! Where each blob lies. The whole layout of the blob store stands in this file.
//!
//! ```text
//! uploads/{upload}                           what a client sends itself, until a worker has checked it
//! originals/{upload}                         the bytes as they came
//! images/{image}/manifest.json               what delivery knows of the image
//! images/{image}/analysis.json               what the worker found in it
//! images/{image}/mezzanines/{version}/{edge}.{ext}     intermediates that delivery renders from
//! images/{image}/variants/{version}/{sha256 of the canonical options}.{ext}
//! library/presets.json                       what delivery knows of the presets
//! ```
//!
//! An original is named by its upload, or by the attempt to accept a direct one, not by its content: the catalog decides in one transaction whether the bytes
//! are new or an image shares them with another, so no rename and no race stands between the upload and the row.

use std::fmt;

use crate::{ImageFormat, ImageId, UploadId};

/// A key that no store could misread: segments of `[a-z0-9._-]` with `/` between, none of them `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// The text is not a blob key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a blob key")]
pub struct InvalidBlobKey(pub String);

impl BlobKey {
    /// The prefix of all that clients send themselves.
    pub const UPLOADS: &'static str = "uploads/";
    /// The prefix of all originals.
    pub const ORIGINALS: &'static str = "originals/";
    /// The prefix of all that was derived from originals.
    pub const IMAGES: &'static str = "images/";

    /// The prefix of what delivery knows of the library as a whole.
    pub const LIBRARY: &'static str = "library/";

    /// What delivery knows of the presets.
    pub fn presets() -> Self {
        Self(format!("{}presets.json", Self::LIBRARY))
    }

    /// Where the bytes lie that a client sends itself.
    pub fn upload(upload: UploadId) -> Self {
        Self(format!("{}{upload}", Self::UPLOADS))
    }

    /// The direct upload whose bytes a client sent; none for other blobs.
    pub fn upload_id(&self) -> Option<UploadId> {
        self.0.strip_prefix(Self::UPLOADS)?.parse().ok()
    }

    /// Where an upload's bytes lie, from the first one on. Of a direct upload each attempt to accept it has an id of its own
    /// here.
    pub fn original(upload: UploadId) -> Self {
        Self(format!("{}{upload}", Self::ORIGINALS))
    }

    /// The prefix of everything that belongs to one image, its original excepted.
    pub fn image_prefix(image: ImageId) -> String {
        format!("{}{image}/", Self::IMAGES)
    }

    /// What delivery knows of the image.
    pub fn manifest(image: ImageId) -> Self {
        Self(format!("{}{image}/manifest.json", Self::IMAGES))
    }

    /// What the worker found in the image.
    pub fn analysis(image: ImageId) -> Self {
        Self(format!("{}{image}/analysis.json", Self::IMAGES))
    }

    /// An intermediate of the content version, whose longer side has `edge` pixels.
    pub fn mezzanine(image: ImageId, content_version: u32, edge: u32, format: ImageFormat) -> Self {
        Self(format!(
            "{}{image}/mezzanines/{content_version}/{edge}.{}",
            Self::IMAGES,
            format.extension()
        ))
    }

    /// A rendered answer; `digest` is the hexadecimal SHA-256 of the canonical options.
    pub fn variant(image: ImageId, content_version: u32, digest: &str, format: ImageFormat) -> Self {
        Self(format!(
            "{}{image}/variants/{content_version}/{digest}.{}",
            Self::IMAGES,
            format.extension()
        ))
    }

    /// The key that was stored or listed as `text`.
    pub fn parse(text: &str) -> Result<Self, InvalidBlobKey> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        let sound = text.len() <= 512
            && text
                .split('/')
                .all(|part| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain));
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidBlobKey(text.chars().take(80).collect()))
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The image a derived blob belongs to; none for originals.
    pub fn image(&self) -> Option<ImageId> {
        self.0.strip_prefix(Self::IMAGES)?.split('/').next()?.parse().ok()
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_could_leave_the_store_are_refused() {
        for wrong in [
            "", "/", "a//b", "../a", "a/..", "a/./b", "A", "a b", "a\\b", "a\0",
        ] {
            assert!(BlobKey::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(BlobKey::parse("images/0/manifest.json").is_ok());
    }

    #[test]
    fn a_derived_blob_names_its_image() {
        let image = ImageId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]);
        assert_eq!(BlobKey::manifest(image).image(), Some(image));
        assert_eq!(
            BlobKey::original(UploadId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10])).image(),
            None
        );
        assert_eq!(BlobKey::presets().image(), None);
        let upload = UploadId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]);
        assert_eq!(BlobKey::upload(upload).upload_id(), Some(upload));
        assert_eq!(BlobKey::original(upload).upload_id(), None);
        assert_eq!(
            BlobKey::parse(BlobKey::presets().as_str()),
            Ok(BlobKey::presets())
        );
    }
}
