//! `GET /presets`: what has a name in delivery URLs, and the form to change it.

use api_client::ClientError;
use api_types::{ImageSummary, LibraryView, PresetResource};
use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{ImageState, PresetName, Visibility, WatermarkGravity};
use serde::Deserialize;

use crate::{
    caller::{Caller, request_id},
    error::PageError,
    extract::PageQuery,
    page::{Section, Shell, page},
    preset_form::PresetInput,
};

/// Among so many of the newest images the one is looked for that presets are shown on.
const SAMPLE_PAGE: u32 = 20;

/// What the address may ask for.
#[derive(Default, Deserialize)]
pub(crate) struct PresetsQuery {
    /// The preset to change.
    edit: Option<String>,
    /// `watermark` for the form of a new one.
    new: Option<String>,
    /// `saved` or `deleted`.
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "presets.html")]
struct PresetsPage<'a> {
    shell: Shell,
    presets: &'a [PresetResource],
    sample: Option<&'a ImageSummary>,
    form: PresetInput,
    error: Option<String>,
    notice: Option<&'static str>,
    /// Whether delivery asks for a signature where there is no preset.
    signs_public: bool,
    /// Makes the preview's address another one each time: what a name stands for may have changed since.
    moment: String,
}

impl PresetsPage<'_> {
    /// The path that shows the preset on an image.
    fn path(&self, preset: &PresetResource) -> String {
        let option = match preset.watermark {
            Some(_) => format!("w=800,wm={}", preset.name),
            None => format!("p={}", preset.name),
        };
        match self.sample {
            Some(sample) => format!("/i/{}/{option}", sample.id),
            None => format!("/i/{{id}}/{option}"),
        }
    }

    /// Whether its path shows anything without a signature.
    fn is_shown(&self, preset: &PresetResource) -> bool {
        self.sample.is_some() && (preset.watermark.is_none() || !self.signs_public)
    }

    fn gravities(&self) -> [WatermarkGravity; 9] {
        WatermarkGravity::ALL
    }
}

/// The page.
pub(crate) async fn show(
    caller: Caller,
    headers: HeaderMap,
    PageQuery(query): PageQuery<PresetsQuery>,
) -> Result<Response, PageError> {
    let form = match query.edit.as_deref().map(str::parse::<PresetName>) {
        Some(Ok(name)) => match caller.api.preset(&name).await? {
            Some(preset) => PresetInput::of(&preset),
            None => return Err(PageError::NotFound),
        },
        Some(Err(_)) => return Err(PageError::NotFound),
        None => PresetInput::new(query.new.as_deref().unwrap_or("options")),
    };
    let notice = match query.notice.as_deref() {
        Some("saved") => Some("Saved. Delivery shows it within seconds."),
        Some("deleted") => Some("Deleted. URLs with that name show nothing any more."),
        _ => None,
    };
    render(StatusCode::OK, &caller, &headers, form, None, notice).await
}

/// The page with a form that was sent.
pub(crate) async fn render(
    status: StatusCode,
    caller: &Caller,
    headers: &HeaderMap,
    form: PresetInput,
    error: Option<String>,
    notice: Option<&'static str>,
) -> Result<Response, PageError> {
    let (person, presets, images) = tokio::join!(
        caller.person(),
        caller.api.presets(),
        caller.api.images(LibraryView::Library, None, SAMPLE_PAGE)
    );
    let shell = Shell::of(person?, Section::Presets);
    let presets = presets?;
    let images = images?.images;
    let template = PresetsPage {
        shell,
        presets: &presets,
        // Of a private one nothing is shown at an address that is not signed.
        sample: images
            .iter()
            .find(|image| image.state == ImageState::Ready && image.visibility == Visibility::Public),
        signs_public: caller.signs_public,
        form,
        error,
        notice,
        moment: request_id(headers).unwrap_or_default(),
    };
    page(status, &template)
}

/// Whether what the api says is for the one who filled in the form.
pub(crate) fn is_about_the_form(error: &ClientError) -> bool {
    matches!(error.status(), Some(400 | 409 | 413 | 422 | 429))
}
