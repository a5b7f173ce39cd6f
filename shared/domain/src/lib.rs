//! What Tintype is about, and nothing of how it is stored, queued or sent.
//!
//! Owns: ids, the image and its states, jobs, events, the objects that stand beside an original, people and what
//! they may do, signatures of delivery paths. Refuses: any I/O, any clock, any randomness: those come in as values.

mod account;
mod analysis;
mod blob_key;
mod digest;
mod direct_upload;
mod event;
mod format;
mod id;
mod image;
mod job;
mod manifest;
mod outbox;
mod preset;
mod signature;
mod text;
mod trace_context;
mod watermark;
mod webhook;
mod webhook_post;

pub use account::{ApiKey, Role, Scope, Session, UnknownRole, UnknownScope, User};
pub use analysis::{Analysis, Camera, Exposure, Measures, Metadata, PaletteColour, Place};
pub use blob_key::{BlobKey, InvalidBlobKey};
pub use digest::{InvalidSha256, Sha256Digest};
pub use direct_upload::{DirectUpload, DirectUploadState};
pub use event::{Event, EventKind};
pub use format::ImageFormat;
pub use id::{ApiKeyId, EventId, ImageId, InvalidId, JobId, UploadId, UserId, WebhookId};
pub use image::{
    Failure, Image, ImageChange, ImageState, IngestResult, NewImage, Original, TransitionRefused,
};
pub use job::{Envelope, Job, UnknownJob};
pub use manifest::{Availability, LIBRARY_WIDTHS, Manifest, Mezzanine, UnknownVisibility, Visibility};
pub use outbox::{OutboxItem, OutboxMessage, UnreadableMessage};
pub use preset::{
    InvalidPresetName, MAX_PRESETS, Preset, PresetMeaning, PresetName, PublishedPreset, PublishedPresets,
};
pub use signature::{InvalidKeyRing, InvalidKid, KeyRing, PartSignature, SignatureError, SigningKey};
pub use text::{AltText, EmailAddress, FileName, TextError, Title};
pub use trace_context::TraceContext;
pub use watermark::{Part, UnknownGravity, Watermark, WatermarkGravity};
pub use webhook::{Webhook, WebhookSecret, WebhookState};
pub use webhook_post::{InvalidWebhookSecret, WebhookPost};
