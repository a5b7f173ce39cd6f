//! Events: what happened to an image, for those who want to hear of it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{EventId, ImageId};

/// What happened.
///
/// [`FromStr`] knows what this release does: it reads what people ask for. What was stored or sent is read by [`EventKind::stored`],
/// also by serde: beside a later release there are kinds that this one has no word for, and it passes them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// An upload was accepted.
    Accepted,
    /// A worker took it up, or somebody wants it tried again.
    Processing,
    /// It can be delivered.
    Ready,
    /// It could not be processed.
    Failed,
    /// Somebody described it.
    Described,
    /// It was put in the trash.
    Trashed,
    /// It was taken out of the trash.
    Restored,
    /// It is gone.
    Deleted,
    /// Something that a later release knows.
    Later(LaterKind),
}

/// The name of a kind that this release does not know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaterKind {
    bytes: [u8; LaterKind::MAX_BYTES],
    len: usize,
}

impl LaterKind {
    /// As long as the catalog's column.
    const MAX_BYTES: usize = 64;

    fn read(name: &str) -> Option<Self> {
        let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        if name.is_empty() || name.len() > Self::MAX_BYTES || !name.bytes().all(plain) {
            return None;
        }
        let mut bytes = [0; Self::MAX_BYTES];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Some(Self {
            bytes,
            len: name.len(),
        })
    }

    fn name(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).expect("ASCII alone is read")
    }
}

impl fmt::Debug for LaterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.name(), f)
    }
}

impl EventKind {
    /// Every kind that this release knows.
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
    pub fn name(&self) -> &str {
        match self {
            Self::Accepted => "image.accepted",
            Self::Processing => "image.processing",
            Self::Ready => "image.ready",
            Self::Failed => "image.failed",
            Self::Described => "image.described",
            Self::Trashed => "image.trashed",
            Self::Restored => "image.restored",
            Self::Deleted => "image.deleted",
            Self::Later(kind) => kind.name(),
        }
    }

    /// The kind of this name, as somebody stored or sent it: a later release may have. None where it is no name of a kind.
    pub fn stored(name: &str) -> Option<Self> {
        name.parse()
            .ok()
            .or_else(|| LaterKind::read(name).map(Self::Later))
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::stored(&name).ok_or_else(|| D::Error::custom(format!("{name:?} is no kind of event")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_a_later_release_is_passed_on_and_cannot_be_asked_for() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::stored(kind.name()), Some(kind));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let sung = EventKind::stored("image.sung").unwrap();
        assert_eq!(
            (sung.name(), format!("{sung}").as_str()),
            ("image.sung", "image.sung")
        );
        let json = serde_json::to_string(&sung).unwrap();
        assert_eq!(json, r#""image.sung""#);
        assert_eq!(serde_json::from_str::<EventKind>(&json).unwrap(), sung);
        assert_eq!("image.sung".parse::<EventKind>(), Err(()));
        for wrong in ["", "image sung", "Image.sung", &"a".repeat(65)] {
            assert_eq!(EventKind::stored(wrong), None, "{wrong}");
        }
    }
}
