//! From what is asked of an image to its answer.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderMap;
use bytes::Bytes;
use delivery_url::{FormatChoice, Options, Request, Target};
use domain::{Analysis, BlobKey, ImageId, KeyRing, Manifest, Visibility};
use ports::{BlobStore, Clock, PortError, Purger};

use crate::{
    answer::{Answer, Content, Lifetime, Origin},
    conditional,
    door::{Door, Pass},
    errors::DeliveryError,
    flight::Flights,
    info,
    manifests::Manifests,
    original,
    picture::Flown,
    plans::Plans,
    presets::Presets,
    renders::{RenderFailure, Renders},
    settings::DeliverySettings,
    variants::{Variants, etag},
};

/// The part of the memory for answers that is kept for what is said beside them.
const PLANS_PART: u64 = 8;

/// The delivery service: cheap to clone, and one for all its requests.
#[derive(Clone)]
pub struct Delivery(Arc<Inner>);

/// What its parts share.
pub(crate) struct Inner {
    pub(crate) door: Door,
    pub(crate) settings: DeliverySettings,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) manifests: Arc<Manifests>,
    pub(crate) presets: Presets,
    pub(crate) variants: Variants,
    pub(crate) plans: Plans,
    pub(crate) renders: Renders,
    pub(crate) flights: Flights<Result<Flown, RenderFailure>>,
}

impl Delivery {
    /// A service that reads and writes `blobs`, knows the signatures of `keys`, and ends them by `clock`.
    pub fn new(
        blobs: Arc<dyn BlobStore>,
        keys: Arc<KeyRing>,
        clock: Arc<dyn Clock>,
        settings: DeliverySettings,
    ) -> Self {
        let manifests = Arc::new(Manifests::new(Arc::clone(&blobs), settings.manifest_max_age));
        let plan_bytes = settings.cache_bytes / PLANS_PART;
        let picture_bytes = settings.cache_bytes - plan_bytes;
        Self(Arc::new(Inner {
            door: Door::new(keys, clock, &settings),
            variants: Variants::new(Arc::clone(&blobs), Arc::clone(&manifests), picture_bytes),
            plans: Plans::new(plan_bytes),
            renders: Renders::new(&settings),
            flights: Flights::new(),
            presets: Presets::new(Arc::clone(&blobs), settings.presets_max_age),
            blobs,
            manifests,
            settings,
        }))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// What is asked for at `path`, which was read as `request`.
    pub(crate) async fn serve(
        &self,
        image: ImageId,
        path: &str,
        request: &Request,
        headers: &HeaderMap,
    ) -> Result<Answer, DeliveryError> {
        let inner = &self.0;
        let pass = inner.door.pass(path, request);
        inner.door.check_request(pass, request)?;
        let manifest = inner.manifest(image, request.terms.version).await?;
        inner.door.check_image(pass, &manifest)?;
        let immutable = is_immutable(request.terms.version, manifest.content_version)?;
        let lifetime = inner.lifetime(pass, &manifest, immutable);
        let alt_text = request.terms.alt_text.then(|| manifest.alt_text.clone());
        let answer = match &request.target {
            Target::Options(options) if options.format == FormatChoice::Json => {
                inner.info(&manifest, options, headers, lifetime).await?
            }
            Target::Options(options) => inner.picture(manifest, options, None, headers, lifetime).await?,
            Target::Preset(name) => {
                let meanings = inner.presets.meanings().await?;
                let options = meanings.options(name)?;
                let answer = inner
                    .picture(manifest, options, Some(Arc::clone(&meanings)), headers, lifetime)
                    .await?;
                let presets = [name.clone()].into_iter().chain(answer.presets).collect();
                Answer { presets, ..answer }
            }
            Target::Original => inner.original(&manifest, headers, lifetime).await?,
        };
        Ok(Answer { alt_text, ..answer })
    }

    /// A small picture of an image's colours, for when the picture itself cannot be shown; gray where it has none, or where
    /// the bearer may not even know that there is an image.
    pub(crate) async fn placeholder(&self, image: ImageId, path: &str, request: &Request) -> Bytes {
        let inner = &self.0;
        let pass = inner.door.pass(path, request);
        let manifest = inner.manifests.get(image).await.ok().flatten();
        let shown = manifest.filter(|manifest| inner.door.check_image(pass, manifest).is_ok());
        let analysis = match shown {
            Some(manifest) => inner.analysis(&manifest).await.ok().flatten(),
            None => None,
        };
        let thumbhash = analysis.map_or(String::new(), |analysis| analysis.thumbhash);
        imaging::placeholder(&thumbhash).into()
    }
}

/// Its own memory. Pictures of an older content version go unseen once the manifest is read anew, and leave by themselves.
#[async_trait]
impl Purger for Delivery {
    async fn purge(&self, image: ImageId) -> Result<(), PortError> {
        self.0.manifests.forget(image).await;
        Ok(())
    }

    async fn purge_presets(&self) -> Result<(), PortError> {
        self.0.presets.forget();
        Ok(())
    }
}

/// Whether an answer to a URL with the content version `asked` can never change.
///
/// A page that was written for an older version is shown the current picture, as a page without a version is, and its
/// answer is kept no longer than there: snippets that were pasted years ago go on working when a picture is processed
/// anew, and so do the pages that are open while it is. A version that does not exist yet is refused: an answer would be
/// kept under a URL that promises something else.
fn is_immutable(asked: Option<u32>, current: u32) -> Result<bool, DeliveryError> {
    match asked {
        Some(asked) if asked > current => Err(DeliveryError::VersionNotFound { asked, current }),
        Some(asked) => Ok(asked == current),
        None => Ok(false),
    }
}

impl Inner {
    /// The manifest of an image that may be shown, as new as the version that is asked for.
    async fn manifest(&self, image: ImageId, asked: Option<u32>) -> Result<Arc<Manifest>, DeliveryError> {
        let mut manifest = self.manifests.get(image).await?;
        let is_newer = |found: &Arc<Manifest>| asked.is_some_and(|asked| asked > found.content_version);
        if manifest.as_ref().is_some_and(is_newer) {
            manifest = self.manifests.get_anew(image).await?;
        }
        manifest.ok_or(DeliveryError::ImageNotFound)
    }

    fn lifetime(&self, pass: Pass, manifest: &Manifest, immutable: bool) -> Lifetime {
        Lifetime {
            immutable,
            private: manifest.visibility == Visibility::Private,
            seconds_left: pass.seconds_left(),
        }
    }

    async fn original(
        &self,
        manifest: &Manifest,
        headers: &HeaderMap,
        lifetime: Lifetime,
    ) -> Result<Answer, DeliveryError> {
        let etag = original::tag(manifest);
        let content = if conditional::client_has(headers, &etag) {
            Content::Unchanged
        } else {
            original::open(&*self.blobs, manifest, headers).await?
        };
        Ok(Answer {
            image: manifest.image_id,
            etag,
            media_type: manifest.original_format.media_type(),
            extension: manifest.original_format.extension(),
            lifetime,
            content,
            alt_text: None,
            presets: Vec::new(),
            grounds: None,
        })
    }

    async fn info(
        &self,
        manifest: &Manifest,
        options: &Options,
        headers: &HeaderMap,
        lifetime: Lifetime,
    ) -> Result<Answer, DeliveryError> {
        let analysis = self.analysis(manifest).await?;
        let document = info::document(manifest, analysis.as_ref(), options);
        let etag = etag(&[&String::from_utf8_lossy(&document)]);
        let content = if conditional::client_has(headers, &etag) {
            Content::Unchanged
        } else {
            Content::Whole(document, Origin::Stored)
        };
        Ok(Answer {
            image: manifest.image_id,
            etag,
            media_type: "application/json",
            extension: "json",
            // The words in it change without a new content version.
            lifetime: Lifetime {
                immutable: false,
                ..lifetime
            },
            content,
            alt_text: None,
            presets: Vec::new(),
            grounds: None,
        })
    }

    async fn analysis(&self, manifest: &Manifest) -> Result<Option<Analysis>, DeliveryError> {
        let bytes = self.blobs.get(&BlobKey::analysis(manifest.image_id)).await?;
        let analysis = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
        Ok(analysis.map_err(|error| {
            let image = manifest.image_id;
            PortError::corrupt("an analysis", format!("image {image}: {error}"))
        })?)
    }
}
