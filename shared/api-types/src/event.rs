//! What `GET /api/v1/events` sends: server-sent events whose `id` is the sequence, whose `event` is the kind, and whose
//! `data` is an [`EventResource`].

use domain::{EventKind, ImageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ImageSummary;

/// Something that happened, with the image as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventResource {
    /// Its place in the order of all events.
    pub sequence: u64,
    /// What happened.
    pub kind: EventKind,
    /// To which image.
    pub image_id: ImageId,
    /// When.
    pub at: Timestamp,
    /// The image as it is when the event is sent; none where it is gone.
    pub image: Option<ImageSummary>,
}
