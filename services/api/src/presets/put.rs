//! `PUT /api/v1/presets/{name}`: a new preset, or another meaning for one that there is.

use api_types::{PresetResource, PutPresetRequest, WatermarkRequest};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Part, PresetName, Scope, Watermark, WatermarkGravity};
use http_kit::{HttpProblem, JsonBody};

use super::{
    resource,
    store::{Draft, PresetRefused, put_preset},
};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn put(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
    JsonBody(request): JsonBody<PutPresetRequest>,
) -> Result<(StatusCode, Json<PresetResource>), ApiError> {
    caller.require(Scope::Admin)?;
    let name: PresetName = name.parse().map_err(|error| {
        let detail = format!("The name of a preset {error}.");
        ApiError::new(StatusCode::BAD_REQUEST, "invalid-preset-name", detail)
    })?;
    let draft = match (request.options, request.watermark) {
        (Some(options), None) => Draft::Options(options),
        (None, Some(watermark)) => Draft::Watermark(read_watermark(&watermark)?),
        _ => {
            let detail = "A preset stands for either options or a watermark: give one of the two fields.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid-preset", detail));
        }
    };
    let preset = put_preset(
        &*api.catalog,
        &*api.clock,
        &*api.entropy,
        &name,
        &draft,
        request.version,
    )
    .await?;
    let status = if preset.version == 1 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(resource(&preset))))
}

fn read_watermark(request: &WatermarkRequest) -> Result<Watermark, HttpProblem> {
    let image_id = request
        .image_id
        .parse()
        .map_err(|_| HttpProblem::field("/watermark/image_id", "must be the id of an image"))?;
    let gravity = match &request.gravity {
        Some(name) => name
            .parse()
            .map_err(|error| HttpProblem::field("/watermark/gravity", error))?,
        None => WatermarkGravity::default(),
    };
    Ok(Watermark {
        image_id,
        gravity,
        scale: part(
            "scale",
            request.scale,
            Watermark::DEFAULT_SCALE,
            (Part::SMALLEST, Part::WHOLE),
        )?,
        margin: part(
            "margin",
            request.margin,
            Watermark::DEFAULT_MARGIN,
            (Part::NOTHING, Part::HALF),
        )?,
        opacity: part(
            "opacity",
            request.opacity,
            Part::WHOLE,
            (Part::SMALLEST, Part::WHOLE),
        )?,
    })
}

fn part(
    name: &str,
    number: Option<f64>,
    default: Part,
    (least, most): (Part, Part),
) -> Result<Part, HttpProblem> {
    let Some(number) = number else { return Ok(default) };
    Part::near(number)
        .filter(|part| (least..=most).contains(part))
        .ok_or_else(|| {
            let detail = format!("must be a number from {least} to {most}");
            HttpProblem::field(format!("/watermark/{name}"), detail)
        })
}

impl From<PresetRefused> for ApiError {
    fn from(refused: PresetRefused) -> Self {
        let detail = refused.to_string();
        let (status, code) = match refused {
            PresetRefused::Port(error) => return error.into(),
            PresetRefused::Image(_) => return HttpProblem::field("/watermark/image_id", detail).into(),
            PresetRefused::Options(_) => (StatusCode::BAD_REQUEST, "invalid-option"),
            PresetRefused::Changed { .. } => (StatusCode::CONFLICT, "preset-changed"),
            PresetRefused::InUse { .. } => (StatusCode::CONFLICT, "preset-in-use"),
            PresetRefused::Full => (StatusCode::CONFLICT, "too-many-presets"),
        };
        Self::new(status, code, detail)
    }
}
