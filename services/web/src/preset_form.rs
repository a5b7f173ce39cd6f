//! The form for a preset, as it was sent and as it is shown again.

use api_types::{PresetResource, Problem, PutPresetRequest, WatermarkRequest};
use domain::{Part, Watermark, WatermarkGravity};
use serde::Deserialize;

/// What the browser sends: parts are in percent, since people think in them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PresetInput {
    pub name: String,
    /// `options` or `watermark`.
    pub kind: String,
    /// The version that the form was made with; 0 for a new preset.
    pub version: u64,
    pub options: String,
    pub image_id: String,
    pub gravity: String,
    pub scale: String,
    pub margin: String,
    pub opacity: String,
}

impl PresetInput {
    /// An empty form for a new preset.
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            gravity: WatermarkGravity::default().name().to_owned(),
            scale: percent(Watermark::DEFAULT_SCALE),
            margin: percent(Watermark::DEFAULT_MARGIN),
            opacity: percent(Part::WHOLE),
            ..Self::default()
        }
    }

    /// The form for a preset that there is.
    pub fn of(preset: &PresetResource) -> Self {
        let name = preset.name.to_string();
        let version = preset.version;
        match &preset.watermark {
            Some(watermark) => Self {
                name,
                version,
                image_id: watermark.image_id.to_string(),
                gravity: watermark.gravity.name().to_owned(),
                scale: percent(watermark.scale),
                margin: percent(watermark.margin),
                opacity: percent(watermark.opacity),
                ..Self::new("watermark")
            },
            None => Self {
                name,
                version,
                options: preset.options.clone().unwrap_or_default(),
                ..Self::new("options")
            },
        }
    }

    /// Whether it is about a picture that is laid on others.
    pub fn is_watermark(&self) -> bool {
        self.kind == "watermark"
    }

    /// What the api is asked for.
    ///
    /// # Errors
    /// The sentence about the first number that is none.
    pub fn request(&self) -> Result<PutPresetRequest, String> {
        let version = Some(self.version);
        if !self.is_watermark() {
            return Ok(PutPresetRequest {
                options: Some(self.options.trim().to_owned()),
                version,
                ..PutPresetRequest::default()
            });
        }
        let watermark = WatermarkRequest {
            image_id: self.image_id.trim().to_owned(),
            gravity: Some(self.gravity.clone()),
            scale: Some(part("Size", &self.scale)?),
            margin: Some(part("Margin", &self.margin)?),
            opacity: Some(part("Opacity", &self.opacity)?),
        };
        Ok(PutPresetRequest {
            watermark: Some(watermark),
            version,
            ..PutPresetRequest::default()
        })
    }

    /// What is wrong, in words for this form.
    pub fn words(&self, problem: &Problem) -> String {
        if problem.code == "preset-changed" && self.version == 0 {
            return format!(
                "There is a preset {} already. Change that one, or take another name.",
                self.name
            );
        }
        match problem.errors.first() {
            Some(error) => {
                let label = match error.pointer.as_str() {
                    "/watermark/image_id" => "The image",
                    "/watermark/gravity" => "The place",
                    "/watermark/scale" => "The size",
                    "/watermark/margin" => "The margin",
                    "/watermark/opacity" => "The opacity",
                    other => other,
                };
                format!("{label} {}.", error.detail)
            }
            None => problem.detail.clone(),
        }
    }
}

fn part(label: &str, text: &str) -> Result<f64, String> {
    let percent: Result<f64, _> = text.trim().parse();
    percent
        .map(|percent| percent / 100.0)
        .map_err(|_| format!("{label} must be a number, such as 20."))
}

/// `20`, `0.5`.
fn percent(part: Part) -> String {
    (f64::from(part.thousandths()) / 10.0).to_string()
}
