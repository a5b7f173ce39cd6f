//! A picture: which variant of an image it is, and its bytes, which are remembered, stored, or rendered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use bytes::Bytes;
use delivery_url::{FormatChoice, Options};
use domain::{BlobKey, Manifest, PresetName};
use imaging::{OutputFormat, Size};
use ports::ByteRange;

use crate::{
    accept::Bucket,
    answer::{Answer, Content, Lifetime, Origin, Steps},
    conditional,
    errors::DeliveryError,
    flight::{Flight, Moment},
    original,
    plans::Grounds,
    presets::Meanings,
    range,
    renders::{Place, RenderFailure, SourceBytes, Work},
    serve::Inner,
    variants::{StoredVariant, Variant},
    watermarks::{Mark, MarkBytes},
};

/// What a flight brings.
#[derive(Clone)]
pub(crate) struct Flown {
    bytes: Bytes,
    origin: Origin,
}

/// What a flight needs to know.
struct Errand {
    manifest: Arc<Manifest>,
    options: Options,
    mark: Option<Mark>,
    variant: Variant,
    /// When the variant was not stored yet.
    missed_at: Moment,
}

impl Inner {
    /// The answer that shows it. `meanings` are those that the options come from, where they are a preset's.
    pub(crate) async fn picture(
        self: &Arc<Self>,
        manifest: Arc<Manifest>,
        options: &Options,
        meanings: Option<Arc<Meanings>>,
        headers: &HeaderMap,
        lifetime: Lifetime,
    ) -> Result<Answer, DeliveryError> {
        let format = match options.format {
            FormatChoice::Fixed(format) => format,
            FormatChoice::Auto | FormatChoice::Json => {
                Bucket::of(headers).format(manifest.has_alpha, manifest.is_animated() && options.animate)
            }
        };
        let (mark, meanings) = match &options.watermark {
            Some(name) => {
                let meanings = match meanings {
                    Some(meanings) => meanings,
                    None => self.presets.meanings().await?,
                };
                (Some(self.mark(name, &meanings).await?), Some(meanings))
            }
            None => (None, meanings),
        };
        self.check_size(&manifest, options, format)?;
        let image = manifest.image_id;
        let variant = Variant::new(image, manifest.content_version, options, format, mark.as_ref());
        // The names may stand for something else tomorrow.
        let lifetime = match meanings {
            Some(_) => lifetime.changeable(),
            None => lifetime,
        };
        let grounds = Grounds {
            manifest: Arc::clone(&manifest),
            meanings,
            mark: mark.as_ref().map(|mark| Arc::clone(&mark.manifest)),
            variant: variant.key.clone(),
        };
        let etag = variant.etag.clone();
        let content = if conditional::client_has(headers, &etag) {
            Content::Unchanged
        } else {
            let key = variant.key.clone();
            let content = self.content(manifest, options, mark, variant).await?;
            self.in_range(content, &key, range::asked(headers, &etag)).await?
        };
        Ok(Answer {
            image,
            etag,
            media_type: format.format().media_type(),
            extension: format.format().extension(),
            lifetime,
            content,
            alt_text: None,
            presets: options.watermark.iter().cloned().collect(),
            grounds: Some(grounds),
        })
    }

    /// The bytes of a variant: from memory, from the blob store, or rendered.
    async fn content(
        self: &Arc<Self>,
        manifest: Arc<Manifest>,
        options: &Options,
        mark: Option<Mark>,
        variant: Variant,
    ) -> Result<Content, DeliveryError> {
        if let Some(bytes) = self.variants.remembered(&variant.key) {
            return Ok(Content::Whole(bytes, Origin::Memory));
        }
        let missed_at = self.flights.moment();
        match self.variants.open(&variant.key).await? {
            Some(StoredVariant::Whole(bytes)) => return Ok(Content::Whole(bytes, Origin::Stored)),
            Some(StoredVariant::Streamed { size_bytes, body }) => {
                let origin = Origin::Stored;
                return Ok(Content::Streamed {
                    size_bytes,
                    body,
                    origin,
                });
            }
            None => {}
        }
        let flown = self.flights.join(variant.key.clone(), |flight| {
            let errand = Errand {
                manifest,
                options: options.clone(),
                mark,
                variant,
                missed_at,
            };
            fly(Arc::clone(self), flight, errand)
        });
        let Flown { bytes, origin } = flown.await.map_err(|_| RenderFailure::Lost)??;
        Ok(Content::Whole(bytes, origin))
    }

    /// The part that is asked for of what is too large for the memory. Of what is in memory the answer cuts it out.
    async fn in_range(
        &self,
        content: Content,
        key: &BlobKey,
        range: Option<ByteRange>,
    ) -> Result<Content, DeliveryError> {
        let (Content::Streamed { .. }, Some(range)) = (&content, range) else {
            return Ok(content);
        };
        let found = self.blobs.open_range(key, range).await?;
        // Gone since a moment ago: what was opened then is still there.
        Ok(found.map_or(content, |found| original::part(key, found)))
    }

    /// A bound on what is written, before anything is read: no side can be too long (the engine sees to that), but two long
    /// sides may be too much together.
    fn check_size(
        &self,
        manifest: &Manifest,
        options: &Options,
        format: OutputFormat,
    ) -> Result<(), DeliveryError> {
        let output = imaging::geometry(original_size(manifest), &options.render_options(format)).output;
        let max_pixels = self.settings.limits.max_pixels;
        if u64::from(output.width) * u64::from(output.height) > max_pixels {
            return Err(DeliveryError::TooManyPixels { output, max_pixels });
        }
        Ok(())
    }

    /// What is to be rendered: from the smallest mezzanine that is large enough; from the original where none is, or none
    /// shows what is asked for.
    async fn work(&self, errand: &Errand) -> Result<Work, RenderFailure> {
        let (manifest, format) = (&errand.manifest, errand.variant.format);
        let options = errand.options.of_variant(format).render_options(format);
        let original = original_size(manifest);
        let plan = imaging::geometry(original, &options);
        let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
        let (source, source_pixels) = match manifest.smallest_mezzanine(plan.min_source_edge()) {
            Some(mezzanine) if !options.needs_original(manifest.is_animated()) => (
                SourceBytes::Mezzanine(self.blob(&mezzanine.blob_key).await?),
                pixels(mezzanine.width, mezzanine.height),
            ),
            _ => (
                SourceBytes::Original(self.blob(&manifest.original).await?),
                pixels(original.width, original.height),
            ),
        };
        let mut work = Work {
            source,
            source_pixels,
            original,
            options,
            mark: None,
        };
        if let Some(mark) = &errand.mark {
            let image = mark.placement.image_id;
            let source = mark.source(plan.output);
            // Never the picture without it.
            let source = source.ok_or_else(|| RenderFailure::SourceMissing(BlobKey::manifest(image)))?;
            work.source_pixels += pixels(source.width, source.height);
            work.mark = Some(MarkBytes {
                placement: mark.placement,
                bytes: self.blob(&source.blob_key).await?,
            });
        }
        Ok(work)
    }

    /// The watermark of this name, whose picture must be there. A private picture may be one, too: whoever made the preset
    /// meant it to be seen on others.
    async fn mark(&self, name: &PresetName, meanings: &Meanings) -> Result<Mark, DeliveryError> {
        let placement = meanings.watermark(name)?;
        let manifest = self.manifests.get(placement.image_id).await?;
        let manifest = manifest.ok_or_else(|| DeliveryError::WatermarkNotFound(name.clone()))?;
        Ok(Mark { placement, manifest })
    }

    async fn blob(&self, key: &BlobKey) -> Result<Bytes, RenderFailure> {
        let bytes = self.variants.read(key).await?;
        bytes.ok_or_else(|| RenderFailure::SourceMissing(key.clone()))
    }
}

fn original_size(manifest: &Manifest) -> Size {
    Size {
        width: manifest.width,
        height: manifest.height,
    }
}

/// One flight: render a variant, tell all who wait, store it.
///
/// When all of them leave while it waits for its turn, it ends there and costs nothing. Once it renders it goes on to the
/// end: the codec cannot be stopped, and the next one to ask finds it stored.
async fn fly(inner: Arc<Inner>, flight: Flight<Result<Flown, RenderFailure>>, errand: Errand) {
    match render(&inner, &flight, &errand).await {
        Some(Ok((flown, place))) => {
            let bytes = flown.bytes.clone();
            inner.variants.remember(&errand.variant.key, &bytes);
            // Nobody waits for the store; who asks meanwhile is given the bytes by this flight, which ends after it.
            flight.publish(Ok(flown));
            if let Some(place) = place {
                let _storing = inner.renders.leave(place).await;
                let image = errand.manifest.image_id;
                inner.variants.store(image, &errand.variant.key, bytes).await;
            }
        }
        Some(Err(failure)) => flight.publish(Err(failure)),
        None => {}
    }
}

/// The bytes, and the place in the line of their render; no place where they were stored already. None where nobody waits any more.
async fn render(
    inner: &Inner,
    flight: &Flight<Result<Flown, RenderFailure>>,
    errand: &Errand,
) -> Option<Result<(Flown, Option<Place>), RenderFailure>> {
    // Between the look at the store and this flight another one may have ended and stored what is asked for.
    if flight.began() != errand.missed_at {
        match inner.variants.read(&errand.variant.key).await {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let origin = Origin::Stored;
                return Some(Ok((Flown { bytes, origin }, None)));
            }
            Err(error) => return Some(Err(error.into())),
        }
    }
    let place = match inner.renders.enter() {
        Ok(place) => place,
        Err(failure) => return Some(Err(failure)),
    };
    let entered = Instant::now();
    let slot = tokio::select! {
        biased;
        () = flight.deserted() => return None,
        slot = inner.renders.turn(&place) => slot,
    };
    let slot = match slot {
        Ok(slot) => slot,
        Err(failure) => return Some(Err(failure)),
    };
    let waited = entered.elapsed();
    let mut read = Duration::ZERO;
    let work = async {
        let began = Instant::now();
        let work = inner.work(errand).await;
        read = began.elapsed();
        work
    };
    let picture = inner.renders.render(slot, work).await;
    Some(picture.map(|picture| {
        telemetry::rendered(errand.variant.format.format().name(), picture.rendered_in);
        let steps = Steps {
            waited,
            read,
            rendered: picture.rendered_in,
        };
        let origin = Origin::Rendered(steps);
        let bytes = picture.bytes;
        (Flown { bytes, origin }, Some(place))
    }))
}
