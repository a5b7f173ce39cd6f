//! How much is rendered at once: a bounded number of renders, a bounded number of bytes that their pixels take, a bounded
//! line of those that wait, and a bounded number of what is being stored.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use imaging::{Allowance, ImagingError, Limits, RenderOptions, RenderRequest, Size, Source};
use ports::PortError;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::{Instant, timeout},
};

use crate::{settings::DeliverySettings, watermarks::MarkBytes};

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
    /// Of the memory for pixels, in units of [`UNIT_BYTES`].
    memory: Arc<Semaphore>,
    storing: Semaphore,
    timeout: Duration,
    limits: Limits,
    decode_memory_bytes: u64,
}

/// The unit in which memory is handed out.
const UNIT_BYTES: u64 = 64 * 1024;

/// Bytes of memory for each pixel that is read, and for each that is written: samples, their resized copy, and what the
/// encoder holds. Too little for some pictures on purpose: those are found out, and wait for more.
const BYTES_A_PIXEL: u64 = 6;

/// What a render takes whatever its size is.
const LEAST_BYTES: u64 = 8 * 1024 * 1024;

/// A place in the line.
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// The right to use one core.
pub(crate) struct Slot(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

/// The right to use so many bytes for pixels.
struct Memory {
    bytes: u64,
    #[expect(dead_code, reason = "held for its drop")]
    permit: OwnedSemaphorePermit,
}

/// What is to be rendered.
pub(crate) struct Work {
    /// What it is rendered from.
    pub(crate) source: SourceBytes,
    /// Pixels of the source, of all its frames, and of the watermark.
    pub(crate) source_pixels: u64,
    /// The original's size.
    pub(crate) original: Size,
    /// What is asked for.
    pub(crate) options: RenderOptions,
    /// What is laid on it.
    pub(crate) mark: Option<MarkBytes>,
}

/// A picture, and how long it took.
pub(crate) struct Picture {
    /// The whole file.
    pub(crate) bytes: Bytes,
    /// From the first step to the last.
    pub(crate) rendered_in: Duration,
}

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
            memory: Arc::new(Semaphore::new(units(
                settings.render_memory_bytes.max(settings.decode_memory_bytes),
            ) as usize)),
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
        work: impl Future<Output = Result<Work, RenderFailure>>,
    ) -> Result<Picture, RenderFailure> {
        let deadline = Instant::now() + self.timeout;
        let rendering = async {
            let work = Arc::new(work.await?);
            let slot = Arc::new(slot);
            let guessed = self.memory(self.guess(&work)).await?;
            match self.render_within(&slot, guessed, &work, deadline).await {
                // It was more than was guessed, and less than a picture may take: for this one the others make room.
                Err(RenderFailure::Imaging(ImagingError::OverBudget { budget_bytes, .. }))
                    if budget_bytes < self.decode_memory_bytes =>
                {
                    let all = self.memory(self.decode_memory_bytes).await?;
                    self.render_within(&slot, all, &work, deadline).await
                }
                rendered => rendered,
            }
        };
        timeout(self.timeout, rendering)
            .await
            .map_err(|_| RenderFailure::TimedOut)?
    }

    /// How many bytes the pixels of this work probably take.
    fn guess(&self, work: &Work) -> u64 {
        let output = imaging::geometry(work.original, &work.options).output;
        let output_pixels = u64::from(output.width) * u64::from(output.height);
        work.source_pixels
            .saturating_add(output_pixels)
            .saturating_mul(BYTES_A_PIXEL)
            .saturating_add(LEAST_BYTES)
            .min(self.decode_memory_bytes)
    }

    async fn memory(&self, bytes: u64) -> Result<Memory, RenderFailure> {
        let permit = Arc::clone(&self.memory).acquire_many_owned(units(bytes)).await;
        let permit = permit.map_err(|_| RenderFailure::Lost)?;
        Ok(Memory { bytes, permit })
    }

    async fn render_within(
        &self,
        slot: &Arc<Slot>,
        memory: Memory,
        work: &Arc<Work>,
        deadline: Instant,
    ) -> Result<Picture, RenderFailure> {
        let limits = self.limits;
        let (slot, work) = (Arc::clone(slot), Arc::clone(work));
        let rendered = spawn_blocking(move || {
            let _slot = slot;
            let began = Instant::now();
            let source = match &work.source {
                SourceBytes::Original(bytes) => Source::Original(bytes),
                SourceBytes::Mezzanine(bytes) => Source::Mezzanine { bytes },
            };
            let request = RenderRequest {
                source,
                original: work.original,
                options: &work.options,
                watermark: work.mark.as_ref().map(MarkBytes::laid),
            };
            let allowance = Allowance {
                limits,
                memory_bytes: memory.bytes,
                is_over: &|| Instant::now() >= deadline,
            };
            let rendered = imaging::render(&request, &allowance)?;
            Ok(Picture {
                bytes: rendered.bytes.into(),
                rendered_in: began.elapsed(),
            })
        });
        rendered.await.map_err(|_| RenderFailure::Lost)?
    }
}

/// So many units hold `bytes`.
fn units(bytes: u64) -> u32 {
    let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
    u32::try_from(bytes.div_ceil(UNIT_BYTES)).map_or(most, |units| units.min(most))
}
