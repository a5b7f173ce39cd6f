//! Direct uploads: files that go to the store in parts, and can be gone on with.

use domain::{DirectUploadState, ImageId, UploadId, Visibility};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::FailureResource;

/// `POST /api/v1/uploads`: what is promised of the file. It is checked once all of it is there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginUploadRequest {
    /// The name to keep.
    pub file_name: String,
    /// The length of the file.
    pub size_bytes: u64,
    /// The SHA-256 of the file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Who may see it, from its first moment: `public` or `private`; without it as the api is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

/// A direct upload in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSummary {
    /// Its id.
    pub id: UploadId,
    /// How far it is.
    pub state: DirectUploadState,
    /// The name of the file.
    pub file_name: String,
    /// The promised length.
    pub size_bytes: u64,
    /// The promised SHA-256, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Who may see the image, from its first moment.
    pub visibility: Visibility,
    /// The length of every part but the last one.
    pub part_size_bytes: u64,
    /// The image, in the state `accepted`.
    pub image_id: Option<ImageId>,
    /// Why it was refused, in the state `refused`.
    pub refusal: Option<FailureResource>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is forgotten, finished or not; one that is being checked is not forgotten.
    pub expires_at: Timestamp,
}

/// A direct upload by itself: `GET /api/v1/uploads/{id}`, and the answer to beginning and completing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadResource {
    /// What a listing shows of it.
    #[serde(flatten)]
    pub summary: UploadSummary,
    /// The parts of an open upload, by number; none in any other state.
    pub parts: Vec<UploadPart>,
    /// When the parts' URLs stop to be good: ask again for fresh ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls_expire_at: Option<Timestamp>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadPart {
    /// Its number, from 1.
    pub number: u32,
    /// Its length.
    pub size_bytes: u64,
    /// Whether it is there.
    pub stored: bool,
    /// Where a part that is not there is PUT, exactly as long as it is, without a credential: the URL is one. Relative to
    /// the api where it begins with a slash. At most a thousand parts have one at a time: send those, and ask again.
    pub url: Option<String>,
}

/// `GET /api/v1/uploads`: the caller's own that are open or being checked, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadList {
    /// The uploads.
    pub uploads: Vec<UploadSummary>,
}

/// What may be uploaded, and how: for the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadTerms {
    /// The longest file that is accepted.
    pub max_bytes: u64,
    /// Who may see what is uploaded without a word about it.
    pub default_visibility: Visibility,
    /// Where the parts of direct uploads go, as `scheme://host`; none where they go to the api.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}
