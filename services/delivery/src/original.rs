//! `original`: the file as it was uploaded, with everything that stands in it.

use axum::http::HeaderMap;
use domain::{BlobKey, Manifest};
use ports::{BlobStore, RangeReader};

use crate::{
    answer::{Content, Origin},
    errors::DeliveryError,
    range,
    variants::{etag, streamed},
};

/// Its entity tag: the file under a key never changes.
pub(crate) fn tag(manifest: &Manifest) -> String {
    etag(&["original", manifest.original.as_str()])
}

/// Its bytes, or the part of them that is asked for.
pub(crate) async fn open(
    blobs: &dyn BlobStore,
    manifest: &Manifest,
    headers: &HeaderMap,
) -> Result<Content, DeliveryError> {
    let key = &manifest.original;
    if !manifest.original_format.is_inert() {
        // A script in it would run with the rights of this site's pages.
        return Err(DeliveryError::OriginalNotInert(manifest.original_format));
    }
    let found = match range::asked(headers, &tag(manifest)) {
        Some(range) => blobs.open_range(key, range).await?,
        None => {
            let reader = blobs.open(key).await?;
            let reader = reader.ok_or_else(|| DeliveryError::source_missing(key))?;
            return Ok(Content::Streamed {
                size_bytes: reader.size_bytes,
                body: streamed(key, reader),
                origin: Origin::Stored,
            });
        }
    };
    Ok(part(
        key,
        found.ok_or_else(|| DeliveryError::source_missing(key))?,
    ))
}

/// A part of a blob, as it is sent.
pub(crate) fn part(key: &BlobKey, found: RangeReader) -> Content {
    match found {
        RangeReader::Part { first, last, reader } => Content::Part {
            first,
            last,
            size_bytes: reader.size_bytes,
            body: streamed(key, reader),
        },
        RangeReader::Beyond { size_bytes } => Content::BeyondRange { size_bytes },
    }
}
