//! `/api/v1/presets`: one file an endpoint.

pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod remove;
pub(crate) mod rules;
pub(crate) mod show;
pub(crate) mod store;

use api_types::PresetResource;
use axum::http::StatusCode;
use domain::{Preset, PresetName};

use crate::error::ApiError;

fn resource(preset: &Preset) -> PresetResource {
    PresetResource {
        name: preset.name.clone(),
        version: preset.version,
        options: preset.meaning.options().map(str::to_owned),
        watermark: preset.meaning.watermark(),
        updated_at: preset.updated_at,
    }
}

fn not_found(name: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "preset-not-found",
        format!("There is no preset {name}."),
    )
}

/// The name in a path; what is none is the name of no preset.
fn known_name(name: &str) -> Result<PresetName, ApiError> {
    name.parse()
        .map_err(|_| not_found(name.chars().take(64).collect::<String>()))
}
