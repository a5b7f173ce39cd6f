//! Direct uploads: files whose bytes a client sends to the blob store itself, in parts.
//!
//! ```text
//!   open ──▶ staged ──▶ accepted     (there is an image)
//!     │         └─────▶ refused      (what came is not what was promised, or no picture)
//!     └──▶ gone: abandoned, and swept after its end
//! ```

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Failure, FileName, ImageId, Sha256Digest, UploadId, UserId, Visibility};

/// How far a direct upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectUploadState {
    /// Parts may come.
    Open,
    /// All parts are there; a worker checks them before there is an image.
    Staged,
    /// There is an image.
    Accepted,
    /// It was no picture that is taken in, or not what was promised.
    Refused,
}

impl DirectUploadState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Staged, Self::Accepted, Self::Refused];

    /// The name in the catalog and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Staged => "staged",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for DirectUploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DirectUploadState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// A direct upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUpload {
    /// Its id; names its blob.
    pub id: UploadId,
    /// Goes up by one with every change; a change names the version it was made on.
    pub version: u64,
    /// How far it is.
    pub state: DirectUploadState,
    /// Who uploads.
    pub owner: UserId,
    /// The file's name.
    pub file_name: FileName,
    /// Who may see the image, from its first moment.
    pub visibility: Visibility,
    /// The promised length of the file.
    pub size_bytes: u64,
    /// The promised SHA-256, where one was promised.
    pub sha256: Option<Sha256Digest>,
    /// The length of every part but the last one.
    pub part_size_bytes: u64,
    /// What the blob store calls it; empty where the file is one part and the store keeps no list.
    pub store_upload: String,
    /// The caller's own name of this upload: repeated, it yields the upload of the first time.
    pub idempotency_key: Option<String>,
    /// The image, in the state `accepted` alone.
    pub image_id: Option<ImageId>,
    /// Why it was refused, in the state `refused` alone.
    pub refusal: Option<Failure>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it is swept: abandoned while it was open, forgotten when it has ended. A staged one is never swept.
    pub expires_at: Timestamp,
}

impl DirectUpload {
    /// How many parts it has; a file has at least one.
    pub const fn parts(&self) -> u32 {
        let parts = self.size_bytes.div_ceil(self.part_size_bytes);
        // An api allows no file that has more parts than the 10,000 that S3 allows.
        if parts == 0 { 1 } else { parts as u32 }
    }

    /// The length of part `number`, counted from 1; none where it has no such part.
    pub const fn part_len(&self, number: u32) -> Option<u64> {
        if number == 0 || number > self.parts() {
            return None;
        }
        let before = (number as u64 - 1) * self.part_size_bytes;
        let left = self.size_bytes - before;
        Some(if left < self.part_size_bytes {
            left
        } else {
            self.part_size_bytes
        })
    }
}
