//! What goes over the wire between the api and its callers, as JSON, and problem+json.
//!
//! A change here is additive for one release: peers are deployed separately. New fields are optional to readers.

mod account;
mod dead_letter;
mod event;
mod image;
mod preset;
mod problem;
mod sign;
mod upload;
mod webhook;

pub use account::{SessionResource, SetupRequest, SignInRequest, SignedIn, UserResource};
pub use dead_letter::{
    DeadLetterList, DeadLetterResource, DismissRequest, Dismissed, RedriveRequest, Redriven,
};
pub use event::EventResource;
pub use image::{DescribeRequest, FailureResource, ImagePage, ImageResource, ImageSummary, LibraryView};
pub use preset::{PresetList, PresetResource, PutPresetRequest, WatermarkRequest};
pub use problem::{FieldProblem, PROBLEM_MEDIA_TYPE, Problem};
pub use sign::{SignRequest, SignedPaths};
pub use upload::{BeginUploadRequest, UploadList, UploadPart, UploadResource, UploadSummary, UploadTerms};
pub use webhook::{
    AddWebhookRequest, AddedWebhook, ChangeWebhookRequest, WebhookList, WebhookResource, WebhookTrial,
};

/// The cookie that carries a session's token.
pub const SESSION_COOKIE: &str = "tintype_session";
