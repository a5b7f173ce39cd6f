//! How much is rendered at once: a bounded number of renders, a bounded line of those that wait, and a bounded number of
//! what is being stored.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use imaging::{Allowance, ImagingError, Limits, RenderOptions, RenderRequest, Size, Source};
use ports::PortError;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::{Instant, timeout},
};

use crate::settings::DeliverySettings;

/// Why there is no picture. Shared by all who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum RenderFailure {
    /// The line is full, or the turn did not come in time.
    #[error("too much is being rendered")]
    Busy,
    /// It took longer than it may.
    #[error("the render was not done in time")]
    TimedOut,
    /// The engine could not do it.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    /// The blob store could not do it.
    #[error(transparent)]
    Port(#[from] Arc<PortError>),
    /// The manifest names a blob that is not there.
    #[error("{0} is named by the manifest and is not there")]
    SourceMissing(domain::BlobKey),
    /// The thread of the render is gone.
    #[error("the render ended without a result")]
    Lost,
}

impl From<PortError> for RenderFailure {
    fn from(error: PortError) -> Self {
        Self::Port(Arc::new(error))
    }
}

/// How many variants may be on their way into the store. Beyond it they keep their places in the line, so that a slow store
/// fills the line, which is bounded, and not the memory. A hundred kilobytes each, as a rule.
const MAX_STORING: usize = 64;

/// The pool of renders.
pub(crate) struct Renders {
    /// Of those that render and those that wait.
    places: Arc<Semaphore>,
    /// Of those that render.
    slots: Arc<Semaphore>,
    storing: Semaphore,
    timeout: Duration,
    limits: Limits,
    decode_memory_bytes: u64,
}

/// A place in the line.
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// The right to use one core.
pub(crate) struct Slot(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// What is rendered from.
pub(crate) enum SourceBytes {
    Original(Bytes),
    Mezzanine(Bytes),
}

impl Renders {
    pub(crate) fn new(settings: &DeliverySettings) -> Self {
        let slots = settings.max_renders.clamp(1, Semaphore::MAX_PERMITS);
        let places = slots
            .saturating_add(settings.max_waiting)
            .min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            slots: Arc::new(Semaphore::new(slots)),
            storing: Semaphore::new(MAX_STORING),
            timeout: settings.render_timeout,
            limits: settings.limits,
            decode_memory_bytes: settings.decode_memory_bytes,
        }
    }

    /// A place in the line, at once or not at all.
    pub(crate) fn enter(&self) -> Result<Place, RenderFailure> {
        let permit = Arc::clone(&self.places).try_acquire_owned();
        permit.map(Place).map_err(|_| RenderFailure::Busy)
    }

    /// Waits for the turn, first come, first served, and no longer than a render may take.
    pub(crate) async fn turn(&self, _place: &Place) -> Result<Slot, RenderFailure> {
        match timeout(self.timeout, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Slot(permit)),
            Ok(Err(_)) | Err(_) => Err(RenderFailure::Busy),
        }
    }

    /// Leaves the line once what was rendered may be stored; the permit is held while it is.
    pub(crate) async fn leave(&self, place: Place) -> Option<SemaphorePermit<'_>> {
        let permit = self.storing.acquire().await.ok();
        drop(place);
        permit
    }

    /// Reads the source and renders it. The source is read within the slot: at most `max_renders` of them are in memory.
    ///
    /// Nothing can stop a codec: a render that is late keeps its slot until the step it is at ends, though nobody waits.
    pub(crate) async fn render(
        &self,
        slot: Slot,
        source: impl Future<Output = Result<SourceBytes, RenderFailure>>,
        original: Size,
        options: RenderOptions,
    ) -> Result<Bytes, RenderFailure> {
        let (limits, memory_bytes) = (self.limits, self.decode_memory_bytes);
        let deadline = Instant::now() + self.timeout;
        let work = async {
            let source = source.await?;
            let rendered = spawn_blocking(move || {
                let _slot = slot;
                let source = match &source {
                    SourceBytes::Original(bytes) => Source::Original(bytes),
                    SourceBytes::Mezzanine(bytes) => Source::Mezzanine { bytes },
                };
                let request = RenderRequest {
                    source,
                    original,
                    options: &options,
                    watermark: None,
                };
                let allowance = Allowance {
                    limits,
                    memory_bytes,
                    is_over: &|| Instant::now() >= deadline,
                };
                imaging::render(&request, &allowance)
            });
            let rendered = rendered.await.map_err(|_| RenderFailure::Lost)??;
            Ok(Bytes::from(rendered.bytes))
        };
        timeout(self.timeout, work)
            .await
            .map_err(|_| RenderFailure::TimedOut)?
    }
}
