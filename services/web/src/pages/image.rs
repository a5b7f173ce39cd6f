//! `GET /images/{id}`: one image by itself.

use api_types::{ImageResource, ImageSummary};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use domain::{Analysis, Camera, ImageId, ImageState, Visibility};
use serde::Deserialize;

use crate::{
    caller::Caller,
    delivery::{self, DeliveryUrls},
    describe_form::DescribeForm,
    error::PageError,
    extract::{ImagePath, PageQuery},
    page::{Section, Shell, page},
};

/// What the address may ask for.
#[derive(Deserialize)]
pub(crate) struct ImageQuery {
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "image.html")]
struct ImagePage<'a> {
    shell: Shell,
    image: &'a ImageSummary,
    sha256: &'a str,
    analysis: Option<&'a Analysis>,
    facts: Vec<Fact>,
    urls: DeliveryUrls,
    form: DescribeForm,
    notice: Option<&'static str>,
}

/// A line of what is known of an image.
struct Fact {
    label: &'static str,
    value: String,
    href: Option<String>,
}

impl ImagePage<'_> {
    fn is_trashed(&self) -> bool {
        self.image.trashed_at.is_some()
    }

    fn is_ready(&self) -> bool {
        self.image.state == ImageState::Ready
    }

    fn is_failed(&self) -> bool {
        self.image.state == ImageState::Failed
    }

    fn is_private(&self) -> bool {
        self.image.visibility == Visibility::Private
    }

    /// Whether its URLs are signed.
    fn is_signed(&self) -> bool {
        self.urls.ends_at.is_some()
    }

    /// Where the picture can be had from delivery at all.
    fn is_deliverable(&self) -> bool {
        self.is_ready() && !self.is_trashed()
    }

    fn preview_src(&self) -> String {
        self.urls.url(self.image, delivery::PREVIEW_WIDTH)
    }

    fn large_src(&self) -> String {
        self.urls.url(self.image, delivery::LARGE_WIDTH)
    }

    fn preview_srcset(&self) -> String {
        self.urls.preview_srcset(self.image)
    }

    fn built_src(&self) -> String {
        self.urls.url(self.image, delivery::BUILT_WIDTH)
    }

    fn failure_reason(&self) -> &str {
        self.image
            .failure
            .as_ref()
            .map_or("No reason was given.", |failure| &failure.reason)
    }
}

/// The page.
pub(crate) async fn show(
    caller: Caller,
    ImagePath(id): ImagePath,
    PageQuery(query): PageQuery<ImageQuery>,
) -> Result<Response, PageError> {
    let (shell, image) = load(&caller, id).await?;
    let notice = match query.notice.as_deref() {
        Some("saved") => Some("Saved."),
        Some("restored") => Some("Restored to the library."),
        Some("private") => Some("Now private. Copies that browsers and caches have already stay with them."),
        Some("public") => Some("Now public."),
        _ => None,
    };
    let form = DescribeForm::of(&image.summary);
    render(StatusCode::OK, &caller, shell, &image, form, notice).await
}

/// The image and the frame of its page.
pub(super) async fn load(caller: &Caller, id: ImageId) -> Result<(Shell, ImageResource), PageError> {
    let (person, image) = tokio::join!(caller.person(), caller.api.image(id));
    Ok((
        Shell::of(person?, Section::Library),
        image?.ok_or(PageError::NotFound)?,
    ))
}

/// The page with a form that may hold what was typed.
pub(super) async fn render(
    status: StatusCode,
    caller: &Caller,
    shell: Shell,
    image: &ImageResource,
    form: DescribeForm,
    notice: Option<&'static str>,
) -> Result<Response, PageError> {
    let analysis = image.analysis.as_ref();
    let facts = analysis.map(metadata_facts).unwrap_or_default();
    let urls = DeliveryUrls::of_image(caller, &image.summary).await?;
    page(
        status,
        &ImagePage {
            shell,
            image: &image.summary,
            sha256: &image.sha256,
            analysis,
            facts,
            urls,
            form,
            notice,
        },
    )
}

/// What the file says of itself. None of it is trusted; the template escapes it.
fn metadata_facts(analysis: &Analysis) -> Vec<Fact> {
    let metadata = &analysis.metadata;
    let mut facts = Vec::new();
    let mut add = |label, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            facts.push(Fact {
                label,
                value,
                href: None,
            });
        }
    };
    if let Some(camera) = &metadata.camera {
        add("Camera", Some(camera_name(camera)));
        add("Lens", camera.lens.clone());
    }
    if let Some(exposure) = &metadata.exposure {
        let parts = [
            exposure.time.as_ref().map(|time| format!("{time}\u{a0}s")),
            exposure.aperture.map(|aperture| format!("f/{aperture}")),
            exposure.iso.map(|iso| format!("ISO\u{a0}{iso}")),
            exposure.focal_length_mm.map(|length| format!("{length}\u{a0}mm")),
        ];
        add(
            "Exposure",
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")),
        );
    }
    add(
        "Taken",
        metadata
            .taken_at
            .as_ref()
            .map(|taken| taken.replacen('T', ", ", 1)),
    );
    add("Title", metadata.title.clone());
    add("Description", metadata.description.clone());
    add("Alt text", metadata.alt_text.clone());
    add("Keywords", Some(metadata.keywords.join(", ")));
    add("Rating", metadata.rating.map(|stars| format!("{stars} of 5")));
    add("Location", metadata.place_name.clone());
    add("QR code", Some(analysis.codes.join(" · ")));
    add("Artist", metadata.artist.clone());
    add("Credit", metadata.credit.clone());
    add("Copyright", metadata.copyright.clone());
    add("Software", metadata.software.clone());
    add("Colour profile", analysis.colour_profile.clone());
    if let Some(place) = &metadata.place {
        let (latitude, longitude) = (place.latitude, place.longitude);
        let altitude = place
            .altitude_m
            .map(|metres| format!(", {metres:.0} m"))
            .unwrap_or_default();
        let (north, east) = (
            if latitude < 0.0 { 'S' } else { 'N' },
            if longitude < 0.0 { 'W' } else { 'E' },
        );
        let value = format!(
            "{:.4}° {north}, {:.4}° {east}{altitude}",
            latitude.abs(),
            longitude.abs()
        );
        let href = format!(
            "https://www.openstreetmap.org/?mlat={latitude:.6}&mlon={longitude:.6}#map=14/{latitude:.6}/{longitude:.6}"
        );
        facts.push(Fact {
            label: "Place",
            value,
            href: Some(href),
        });
    }
    facts
}

/// Maker and model; the model alone where it begins with its maker, as `Canon EOS 350D` does.
fn camera_name(camera: &Camera) -> String {
    let make = camera.make.as_deref().unwrap_or_default();
    match camera.model.as_deref() {
        None => make.to_owned(),
        Some(model) if model.starts_with(make) => model.to_owned(),
        Some(model) => format!("{make} {model}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_that_its_model_names_is_named_once() {
        for (make, model, expected) in [
            (Some("Canon"), Some("Canon EOS 350D"), "Canon EOS 350D"),
            (Some("FUJIFILM"), Some("X-T5"), "FUJIFILM X-T5"),
            (None, Some("X-T5"), "X-T5"),
            (Some("FUJIFILM"), None, "FUJIFILM"),
            (None, None, ""),
        ] {
            let camera = Camera {
                make: make.map(str::to_owned),
                model: model.map(str::to_owned),
                lens: None,
            };
            assert_eq!(camera_name(&camera), expected);
        }
    }
}
