//! Events: what happened to an image, for those who want to hear of it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EventId, ImageId};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// An upload was accepted.
    #[serde(rename = "image.accepted")]
    Accepted,
    /// A worker took it up, or somebody wants it tried again.
    #[serde(rename = "image.processing")]
    Processing,
    /// It can be delivered.
    #[serde(rename = "image.ready")]
    Ready,
    /// It could not be processed.
    #[serde(rename = "image.failed")]
    Failed,
    /// Somebody described it.
    #[serde(rename = "image.described")]
    Described,
    /// It was put in the trash.
    #[serde(rename = "image.trashed")]
    Trashed,
    /// It was taken out of the trash.
    #[serde(rename = "image.restored")]
    Restored,
    /// It is gone.
    #[serde(rename = "image.deleted")]
    Deleted,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Processing,
        Self::Ready,
        Self::Failed,
        Self::Described,
        Self::Trashed,
        Self::Restored,
        Self::Deleted,
    ];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "image.accepted",
            Self::Processing => "image.processing",
            Self::Ready => "image.ready",
            Self::Failed => "image.failed",
            Self::Described => "image.described",
            Self::Trashed => "image.trashed",
            Self::Restored => "image.restored",
            Self::Deleted => "image.deleted",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

/// Something that happened to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, the same however often it is told.
    pub id: EventId,
    /// Its place in the order of all events, from 1, without gaps; given by the relay, 0 until then.
    pub sequence: u64,
    /// What happened.
    pub kind: EventKind,
    /// To which image.
    pub image_id: ImageId,
    /// When.
    pub at: Timestamp,
    /// W3C Trace Context of what made it happen, so that telling it is a step of the same trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}
