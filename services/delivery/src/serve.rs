//! From what is asked of an image to its answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use bytes::Bytes;
use domain::{BlobKey, ImageId, KeyRing, Manifest};
use imaging::{OutputFormat, Size};
use ports::BlobStore;

use crate::{
    accept, conditional,
    errors::DeliveryError,
    flight::{Flight, Flights, Moment},
    options::{FormatChoice, Options},
    renders::{Place, RenderFailure, Renders, SourceBytes},
    settings::{DeliverySettings, Signatures},
    variants::{StoredVariant, Variant, Variants},
};

/// The delivery service: cheap to clone, and one for all its requests.
#[derive(Clone)]
pub struct Delivery(Arc<Inner>);

struct Inner {
    keys: Arc<KeyRing>,
    settings: DeliverySettings,
    variants: Variants,
    renders: Renders,
    flights: Flights<Result<Flown, RenderFailure>>,
}

/// What a flight brings.
#[derive(Clone)]
struct Flown {
    bytes: Bytes,
    /// None where somebody else had stored it meanwhile.
    rendered_in: Option<Duration>,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) etag: String,
    pub(crate) format: OutputFormat,
    /// Whether the answer can never change.
    pub(crate) immutable: bool,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    /// The client has it.
    Unchanged,
    /// Rendered before.
    Stored(StoredVariant),
    /// Rendered for this request, or for one at the same time.
    Rendered { bytes: Bytes, rendered_in: Duration },
}

/// What a flight needs to know.
struct Errand {
    manifest: Manifest,
    options: Options,
    variant: Variant,
    /// When the variant was not stored yet.
    missed_at: Moment,
}

impl Delivery {
    /// A service that reads and writes `blobs` and knows the signatures of `keys`.
    pub fn new(blobs: Arc<dyn BlobStore>, keys: Arc<KeyRing>, settings: DeliverySettings) -> Self {
        Self(Arc::new(Inner {
            keys,
            variants: Variants::new(blobs),
            renders: Renders::new(&settings),
            flights: Flights::new(),
            settings,
        }))
    }

    /// Whether a request for `path` may be answered. A signature that is there must be right, also where none is needed:
    /// who signs a URL wants to hear that it is wrong before everybody needs it.
    pub(crate) fn authorise(&self, path: &str, signed: bool) -> Result<(), DeliveryError> {
        match (signed, self.0.settings.signatures) {
            (true, _) => self.0.keys.verify(path).map_err(DeliveryError::InvalidSignature),
            (false, Signatures::Required) => Err(DeliveryError::SignatureRequired),
            (false, Signatures::Optional) => Ok(()),
        }
    }

    /// The picture that is asked for.
    pub(crate) async fn serve(
        &self,
        image: ImageId,
        options: Options,
        headers: &HeaderMap,
    ) -> Result<Answer, DeliveryError> {
        let inner = &self.0;
        let manifest = inner.variants.manifest(image).await?;
        let manifest = manifest.ok_or(DeliveryError::ImageNotFound)?;
        let immutable = is_immutable(options.version, manifest.content_version)?;
        let format = match options.format {
            FormatChoice::Fixed(format) => format,
            FormatChoice::Auto => accept::choose(
                headers,
                manifest.has_alpha,
                manifest.is_animated() && options.animate,
            ),
        };
        inner.check_size(&manifest, &options, format)?;
        let variant = Variant::new(image, manifest.content_version, &options, format);
        let answer = |content| Answer {
            etag: variant.etag.clone(),
            format,
            immutable,
            content,
        };
        if conditional::client_has(headers, &variant.etag) {
            return Ok(answer(Content::Unchanged));
        }
        let missed_at = inner.flights.moment();
        if let Some(stored) = inner.variants.open(&variant.key).await? {
            return Ok(answer(Content::Stored(stored)));
        }
        let flown = inner.flights.join(variant.key.clone(), |flight| {
            let errand = Errand {
                manifest,
                options,
                variant: variant.clone(),
                missed_at,
            };
            fly(Arc::clone(inner), flight, errand)
        });
        let Flown { bytes, rendered_in } = flown.await.map_err(|_| RenderFailure::Lost)??;
        Ok(answer(match rendered_in {
            Some(rendered_in) => Content::Rendered { bytes, rendered_in },
            None => Content::Stored(StoredVariant {
                size_bytes: bytes.len() as u64,
                body: bytes.into(),
            }),
        }))
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

    /// The smallest mezzanine that is large enough; the original where none is, or none shows what is asked for.
    async fn source(&self, errand: &Errand) -> Result<SourceBytes, RenderFailure> {
        let Errand {
            manifest,
            options,
            variant,
            ..
        } = errand;
        let options = options.render_options(variant.format);
        let plan = imaging::geometry(original_size(manifest), &options);
        match manifest.smallest_mezzanine(plan.min_source_edge()) {
            Some(mezzanine) if !options.needs_original(manifest.is_animated()) => {
                self.blob(&mezzanine.blob_key).await.map(SourceBytes::Mezzanine)
            }
            _ => self.blob(&manifest.original).await.map(SourceBytes::Original),
        }
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
                let rendered_in = None;
                return Some(Ok((Flown { bytes, rendered_in }, None)));
            }
            Err(error) => return Some(Err(error.into())),
        }
    }
    let place = match inner.renders.enter() {
        Ok(place) => place,
        Err(failure) => return Some(Err(failure)),
    };
    let slot = tokio::select! {
        biased;
        () = flight.deserted() => return None,
        slot = inner.renders.turn(&place) => slot,
    };
    let slot = match slot {
        Ok(slot) => slot,
        Err(failure) => return Some(Err(failure)),
    };
    let began = Instant::now();
    let options = errand
        .options
        .of_variant(errand.variant.format)
        .render_options(errand.variant.format);
    let size = original_size(&errand.manifest);
    let rendered = inner
        .renders
        .render(slot, inner.source(errand), size, options)
        .await;
    Some(rendered.map(|bytes| {
        let rendered_in = Some(began.elapsed());
        (Flown { bytes, rendered_in }, Some(place))
    }))
}
