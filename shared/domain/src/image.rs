//! The image: its states, and which change leads from one to another.
//!
//! ```text
//!   queued ──▶ processing ──▶ ready
//!     ▲            │
//!     └── failed ◀─┘          trashed and deleting stand beside the state
//! ```

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AltText, Analysis, BlobKey, FileName, ImageFormat, ImageId, Sha256Digest, Title, UserId, Visibility,
};

/// How far the worker is with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageState {
    /// Accepted; its job waits.
    Queued,
    /// A worker looks at it.
    Processing,
    /// It can be delivered.
    Ready,
    /// It could not be processed, for a stated reason; it can be tried again.
    Failed,
}

impl ImageState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Processing, Self::Ready, Self::Failed];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for ImageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ImageState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// The bytes as they came. Several images may share them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Where they lie.
    pub blob_key: BlobKey,
    /// Of the whole file.
    pub sha256: Sha256Digest,
    /// Length of the file.
    pub size_bytes: u64,
    /// By its magic bytes.
    pub format: ImageFormat,
}

/// Why an image could not be processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, in kebab-case, for programs.
    pub code: String,
    /// A sentence for people.
    pub reason: String,
}

impl Failure {
    /// The code where the job was given up, and not the picture: it may go well another time.
    pub const GAVE_UP: &'static str = "gave-up";
}

/// An image of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Its id, also in delivery URLs.
    pub id: ImageId,
    /// Goes up by one with every change; a change names the version it was made on.
    pub version: u64,
    /// How far the worker is.
    pub state: ImageState,
    /// Who uploaded it.
    pub owner: UserId,
    /// The name it was uploaded under.
    pub file_name: FileName,
    /// What people call it.
    pub title: Title,
    /// What it shows.
    pub alt_text: AltText,
    /// Who may see it by its delivery URLs.
    pub visibility: Visibility,
    /// Its bytes.
    pub original: Original,
    /// Goes up by one each time the worker has derived everything anew; part of the derived blobs' keys.
    pub content_version: u32,
    /// What the worker found; none until the image was ready once.
    pub analysis: Option<Analysis>,
    /// Why it failed, in the state `failed` alone.
    pub failure: Option<Failure>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was put in the trash.
    pub trashed_at: Option<Timestamp>,
    /// Whether it is being deleted for good: nothing but its end can happen to it any more.
    pub deleting: bool,
}

/// An image that is about to be accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewImage {
    /// Its id.
    pub id: ImageId,
    /// Who uploads it.
    pub owner: UserId,
    /// The name it is uploaded under.
    pub file_name: FileName,
    /// Who may see it, from its first moment.
    pub visibility: Visibility,
    /// Its bytes, as they were stored for this upload.
    pub original: Original,
    /// The caller's own name of this upload: repeated, it yields the image of the first time.
    pub idempotency_key: Option<String>,
    /// When it is accepted.
    pub created_at: Timestamp,
}

/// What an ingest adds to the row.
#[derive(Debug, Clone, PartialEq)]
pub struct IngestResult {
    /// The version of the derived blobs.
    pub content_version: u32,
    /// What was found.
    pub analysis: Analysis,
}

/// A change to one image.
#[derive(Debug, Clone, PartialEq)]
pub enum ImageChange {
    /// A worker takes it up, or takes it up again after a crash.
    StartProcessing,
    /// Everything is derived.
    Complete(Box<IngestResult>),
    /// It cannot be processed.
    Fail(Failure),
    /// A person wants it tried again.
    Retry,
    /// A person describes it, and says who may see it.
    Describe {
        /// The new title.
        title: Title,
        /// The new alternative text.
        alt_text: AltText,
        /// Who may see it from now on.
        visibility: Visibility,
    },
    /// Into the trash.
    Trash,
    /// Out of the trash.
    Restore,
    /// Delete for good, from the trash.
    Delete,
}

/// The change does not fit the image as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionRefused {
    /// It is being deleted.
    #[error("the image is being deleted")]
    Deleting,
    /// Only what is in the trash can be restored or deleted for good.
    #[error("the image is not in the trash")]
    NotTrashed,
    /// What is in the trash must be restored first.
    #[error("the image is in the trash: restore it first")]
    Trashed,
    /// The state does not allow it.
    #[error("the image is {0}")]
    State(ImageState),
}

impl NewImage {
    /// The image as it is first stored, with the original it ended up with.
    pub fn accepted(self, original: Original) -> Image {
        Image {
            id: self.id,
            version: 1,
            state: ImageState::Queued,
            owner: self.owner,
            file_name: self.file_name,
            title: Title::default(),
            alt_text: AltText::default(),
            visibility: self.visibility,
            original,
            content_version: 0,
            analysis: None,
            failure: None,
            created_at: self.created_at,
            updated_at: self.created_at,
            trashed_at: None,
            deleting: false,
        }
    }
}

impl Image {
    /// The image after `change`, with the next version; the caller stores it on condition that the stored version
    /// is still the present one.
    ///
    /// # Errors
    /// When the change does not fit the image as it is.
    pub fn changed(&self, change: ImageChange, now: Timestamp) -> Result<Self, TransitionRefused> {
        use ImageState::{Failed, Processing, Queued, Ready};
        if self.deleting {
            return Err(TransitionRefused::Deleting);
        }
        let mut next = self.clone();
        match change {
            ImageChange::StartProcessing => match self.state {
                Queued | Processing => next.state = Processing,
                state => return Err(TransitionRefused::State(state)),
            },
            ImageChange::Complete(result) => match self.state {
                Processing => {
                    next.state = Ready;
                    next.content_version = result.content_version;
                    next.analysis = Some(result.analysis);
                }
                state => return Err(TransitionRefused::State(state)),
            },
            ImageChange::Fail(failure) => match self.state {
                Queued | Processing => {
                    next.state = Failed;
                    next.failure = Some(failure);
                }
                state => return Err(TransitionRefused::State(state)),
            },
            ImageChange::Retry => match (self.state, self.trashed_at) {
                (_, Some(_)) => return Err(TransitionRefused::Trashed),
                (Failed, None) => {
                    next.state = Queued;
                    next.failure = None;
                }
                (state, None) => return Err(TransitionRefused::State(state)),
            },
            ImageChange::Describe {
                title,
                alt_text,
                visibility,
            } => {
                if self.trashed_at.is_some() {
                    return Err(TransitionRefused::Trashed);
                }
                next.title = title;
                next.alt_text = alt_text;
                next.visibility = visibility;
            }
            ImageChange::Trash => match self.trashed_at {
                Some(_) => return Err(TransitionRefused::Trashed),
                None => next.trashed_at = Some(now),
            },
            ImageChange::Restore => match self.trashed_at {
                Some(_) => next.trashed_at = None,
                None => return Err(TransitionRefused::NotTrashed),
            },
            ImageChange::Delete => match self.trashed_at {
                Some(_) => next.deleting = true,
                None => return Err(TransitionRefused::NotTrashed),
            },
        }
        next.version += 1;
        next.updated_at = now;
        Ok(next)
    }

    /// Whether it may be delivered.
    pub fn is_deliverable(&self) -> bool {
        self.state == ImageState::Ready && self.trashed_at.is_none() && !self.deleting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadId;

    fn private() -> Image {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let original = Original {
            blob_key: BlobKey::original(UploadId::new(at, [1; 10])),
            sha256: Sha256Digest::from_bytes([1; 32]),
            size_bytes: 1,
            format: ImageFormat::Jpeg,
        };
        let new = NewImage {
            id: ImageId::new(at, [1; 10]),
            owner: UserId::new(at, [1; 10]),
            file_name: "x.jpg".parse().unwrap(),
            visibility: Visibility::Private,
            original: original.clone(),
            idempotency_key: None,
            created_at: at,
        };
        new.accepted(original)
    }

    fn describe(visibility: Visibility) -> ImageChange {
        ImageChange::Describe {
            title: Title::default(),
            alt_text: AltText::default(),
            visibility,
        }
    }

    #[test]
    fn what_was_uploaded_privately_stays_private_until_somebody_says_otherwise() {
        let image = private();
        let now = image.created_at;
        let failure = Failure {
            code: "x".into(),
            reason: "x".into(),
        };
        let failed = image.changed(ImageChange::Fail(failure), now).unwrap();
        let trashed = failed.changed(ImageChange::Trash, now).unwrap();
        let restored = trashed.changed(ImageChange::Restore, now).unwrap();
        assert_eq!(restored.visibility, Visibility::Private);
        let public = restored.changed(describe(Visibility::Public), now).unwrap();
        assert_eq!(
            (public.visibility, public.version),
            (Visibility::Public, restored.version + 1)
        );
    }

    #[test]
    fn who_may_see_what_is_in_the_trash_is_not_changed() {
        let trashed = private()
            .changed(ImageChange::Trash, Timestamp::from_second(1_800_000_001).unwrap())
            .unwrap();
        assert_eq!(
            trashed.changed(describe(Visibility::Public), trashed.updated_at),
            Err(TransitionRefused::Trashed)
        );
    }

    #[test]
    fn a_visibility_is_known_by_its_name() {
        for visibility in Visibility::ALL {
            assert_eq!(visibility.name().parse(), Ok(visibility));
        }
        for unknown in ["", "Private", "secret"] {
            assert!(unknown.parse::<Visibility>().is_err(), "{unknown}");
        }
    }
}
