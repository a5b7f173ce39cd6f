//! Manifests, kept in memory for a moment: a picture that is asked for a thousand times a second is looked up once.

use std::{sync::Arc, time::Duration};

use domain::{Availability, BlobKey, ImageId, Manifest};
use futures::FutureExt;
use moka::future::Cache;
use ports::{BlobStore, PortError};

/// How many are kept. Two kilobytes each, as a rule.
const MAX_KEPT: u64 = 10_000;

/// The manifests of the images that may be shown.
///
/// Only what is there is kept, so that an image can be asked for as soon as it is ready.
pub(crate) struct Manifests {
    blobs: Arc<dyn BlobStore>,
    /// None where every request is to look.
    kept: Option<Cache<ImageId, Arc<Manifest>>>,
}

/// Why there is nothing to keep.
enum Nothing {
    Missing,
    Failed(PortError),
}

impl Manifests {
    /// No manifest is used for longer than `max_age`.
    pub(crate) fn new(blobs: Arc<dyn BlobStore>, max_age: Duration) -> Self {
        let kept = (!max_age.is_zero()).then(|| {
            Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(max_age)
                .build()
        });
        Self { blobs, kept }
    }

    /// The manifest of an image that may be shown. None where there is no such image, or it is withdrawn: to the world
    /// that is the same. Equal questions at the same time are one.
    pub(crate) async fn get(&self, image: ImageId) -> Result<Option<Arc<Manifest>>, Arc<PortError>> {
        let Some(kept) = &self.kept else {
            return self.read(image).await.map_err(Arc::new);
        };
        let found = kept.try_get_with(image, async {
            match self.read(image).await {
                Ok(Some(manifest)) => Ok(manifest),
                Ok(None) => Err(Nothing::Missing),
                Err(error) => Err(Nothing::Failed(error)),
            }
        });
        match found.await {
            Ok(manifest) => Ok(Some(manifest)),
            Err(nothing) => match Arc::try_unwrap(nothing) {
                Ok(Nothing::Missing) => Ok(None),
                Ok(Nothing::Failed(error)) => Err(Arc::new(error)),
                // Several asked at once, and an error cannot be shared out of its wrapping: each asks for itself.
                Err(nothing) => match *nothing {
                    Nothing::Missing => Ok(None),
                    Nothing::Failed(_) => self.read(image).await.map_err(Arc::new),
                },
            },
        }
    }

    /// The same without a look at the store; none where one is due. The same manifest as before is the same `Arc`.
    pub(crate) fn at_hand(&self, image: ImageId) -> Option<Arc<Manifest>> {
        // It waits only where another thread tidies the cache up.
        self.kept.as_ref()?.get(&image).now_or_never()?
    }

    /// The same, as it is at this moment.
    pub(crate) async fn get_anew(&self, image: ImageId) -> Result<Option<Arc<Manifest>>, Arc<PortError>> {
        self.forget(image).await;
        self.get(image).await
    }

    /// Looks the image up anew when it is next asked for.
    pub(crate) async fn forget(&self, image: ImageId) {
        if let Some(kept) = &self.kept {
            kept.invalidate(&image).await;
        }
    }

    async fn read(&self, image: ImageId) -> Result<Option<Arc<Manifest>>, PortError> {
        let Some(bytes) = self.blobs.get(&BlobKey::manifest(image)).await? else {
            return Ok(None);
        };
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| PortError::corrupt("a manifest", format!("image {image}: {error}")))?;
        let available = manifest.availability == Availability::Available;
        Ok(available.then(|| Arc::new(manifest)))
    }
}
