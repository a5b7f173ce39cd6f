//! Images.

use domain::{Analysis, ImageFormat, ImageId, ImageState, Visibility};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which part of the library a listing shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LibraryView {
    /// Everything but the trash.
    #[default]
    Library,
    /// The trash.
    Trash,
}

/// An image in a listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageSummary {
    /// Its id, also in delivery URLs.
    pub id: ImageId,
    /// Goes up by one with every change.
    pub version: u64,
    /// How far the worker is.
    pub state: ImageState,
    /// The name it was uploaded under.
    pub file_name: String,
    /// What people call it; may be empty.
    pub title: String,
    /// What it shows; may be empty.
    pub alt_text: String,
    /// Who may see it by its delivery URLs; an api of the release before knows nothing but public images.
    #[serde(default)]
    pub visibility: Visibility,
    /// The format of the original.
    pub format: ImageFormat,
    /// Length of the original.
    pub size_bytes: u64,
    /// Pixels across, upright; none until it is ready.
    pub width: Option<u32>,
    /// Pixels down, upright; none until it is ready.
    pub height: Option<u32>,
    /// The version of what is delivered, for `v=` in delivery URLs; 0 until it is ready.
    pub content_version: u32,
    /// ThumbHash in base64 without padding; none until it is ready.
    pub thumbhash: Option<String>,
    /// Why it failed, in the state `failed`.
    pub failure: Option<FailureResource>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was put in the trash.
    pub trashed_at: Option<Timestamp>,
}

/// An image by itself: `GET /api/v1/images/{id}`, and the answer to an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageResource {
    /// What a listing shows of it.
    #[serde(flatten)]
    pub summary: ImageSummary,
    /// SHA-256 of the original, hexadecimal.
    pub sha256: String,
    /// What the worker found; none until it is ready.
    pub analysis: Option<Analysis>,
}

/// Why an image could not be processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureResource {
    /// Stable, in kebab-case, for programs.
    pub code: String,
    /// A sentence for people.
    pub reason: String,
}

/// A page of a listing, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImagePage {
    /// The images.
    pub images: Vec<ImageSummary>,
    /// What `cursor` asks for the page after this one; none on the last.
    pub next_cursor: Option<String>,
    /// The sequence of the last event that this page may already show: where to go on listening.
    pub event_sequence: u64,
}

/// `PATCH /api/v1/images/{id}`: what is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescribeRequest {
    /// The new title, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new alternative text, at most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
    /// Who may see it from now on: `public` or `private`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// The version the change was made on: refused with 409 where it is no longer the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}
