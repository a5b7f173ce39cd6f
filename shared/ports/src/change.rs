//! Changing an image: read, decide, store on condition, and once more where somebody else was faster.

use domain::{
    Event, EventId, EventKind, Image, ImageChange, ImageId, Job, JobId, OutboxMessage, TransitionRefused,
};

use crate::{Catalog, Clock, Entropy, PortError, Stored, random_bytes};

/// How often a change is tried against others before it is given up: each round means that another one succeeded.
const MAX_ATTEMPTS: u32 = 16;

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// It is stored; the image as it is now.
    Yes(Box<Image>),
    /// There is no such image.
    Missing,
    /// It does not fit the image as it is.
    Refused(TransitionRefused, Box<Image>),
    /// The plan left the image as it is.
    Unneeded(Box<Image>),
}

/// What is to be done to an image, and who is to hear of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The change.
    pub change: ImageChange,
    /// What listeners are told.
    pub event: EventKind,
    /// What the worker is to do about it.
    pub job: Option<Job>,
}

/// A message that tells of something that happened to an image now.
pub fn event_message(
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    kind: EventKind,
    image_id: ImageId,
) -> OutboxMessage {
    let at = clock.now();
    OutboxMessage::Event(Event {
        id: EventId::new(at, random_bytes(entropy)),
        sequence: 0,
        kind,
        image_id,
        at,
        traceparent: None,
    })
}

/// A message that asks for a job.
pub fn job_message(clock: &dyn Clock, entropy: &dyn Entropy, job: Job) -> OutboxMessage {
    OutboxMessage::Job(job.into_envelope(JobId::new(clock.now(), random_bytes(entropy)), None))
}

/// Changes the image `id` as `plan` says once it has seen the image, in one transaction with the messages. `plan` may be
/// asked several times; none means that nothing is to be done.
///
/// # Errors
/// When the catalog fails, or others keep changing the image.
pub async fn change_image(
    catalog: &dyn Catalog,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    id: ImageId,
    mut plan: impl FnMut(&Image) -> Option<Plan> + Send,
) -> Result<Changed, PortError> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(image) = catalog.image(id).await? else {
            return Ok(Changed::Missing);
        };
        let Some(Plan { change, event, job }) = plan(&image) else {
            return Ok(Changed::Unneeded(Box::new(image)));
        };
        let changed = match image.changed(change, clock.now()) {
            Ok(changed) => changed,
            Err(refused) => return Ok(Changed::Refused(refused, Box::new(image))),
        };
        let mut messages = vec![event_message(clock, entropy, event, id)];
        messages.extend(job.map(|job| job_message(clock, entropy, job)));
        if catalog.store(&changed, &messages).await? == Stored::Yes {
            return Ok(Changed::Yes(Box::new(changed)));
        }
    }
    Err(PortError::unavailable("the image")("others kept changing it"))
}
