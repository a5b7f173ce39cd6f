//! The form for title and alternative text, as it was sent and as it is shown again.

use api_types::{DescribeRequest, ImageSummary, Problem};
use serde::Deserialize;

use crate::words;

/// What the browser sends.
#[derive(Debug, Deserialize)]
pub(crate) struct DescribeInput {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub alt_text: String,
    pub version: Option<u64>,
    /// The title that the form was made with.
    pub base_title: Option<String>,
    /// The alternative text that the form was made with.
    pub base_alt_text: Option<String>,
}

impl DescribeInput {
    /// With line breaks as they are stored: browsers send CR LF (HTML, "constructing the entry list").
    pub fn tidied(mut self) -> Self {
        self.alt_text = self.alt_text.replace("\r\n", "\n");
        self.base_alt_text = self.base_alt_text.map(|text| text.replace("\r\n", "\n"));
        self
    }

    /// What the api is asked for, on the condition that `version` is the present one.
    pub fn request(&self, version: Option<u64>) -> DescribeRequest {
        DescribeRequest {
            title: Some(self.title.clone()),
            alt_text: Some(self.alt_text.clone()),
            version,
            ..DescribeRequest::default()
        }
    }

    /// Whether the image still says what the form was made with, whatever else happened to it since.
    pub fn is_based_on(&self, image: &ImageSummary) -> bool {
        self.base_title.as_deref() == Some(&image.title)
            && self.base_alt_text.as_deref() == Some(&image.alt_text)
    }
}

/// What the page shows.
#[derive(Debug, Default)]
pub(crate) struct DescribeForm {
    pub title: String,
    pub alt_text: String,
    pub version: u64,
    pub base_title: String,
    pub base_alt_text: String,
    pub title_error: Option<String>,
    pub alt_text_error: Option<String>,
    pub error: Option<String>,
    /// Somebody else changed it meanwhile: the base values are theirs.
    pub conflict: bool,
}

impl DescribeForm {
    /// The form as it is first shown.
    pub fn of(image: &ImageSummary) -> Self {
        Self {
            title: image.title.clone(),
            alt_text: image.alt_text.clone(),
            version: image.version,
            base_title: image.title.clone(),
            base_alt_text: image.alt_text.clone(),
            ..Self::default()
        }
    }

    /// The form with what was typed, and what is wrong with it. It is based on the image as it is now: to save again
    /// is to decide between both.
    pub fn refused(input: DescribeInput, image: &ImageSummary, problem: &Problem) -> Self {
        let of_field = |pointer: &str, label: &str| {
            let found = problem.errors.iter().find(|error| error.pointer == pointer);
            found.map(|error| words::field_problem(label, &error.detail))
        };
        let title_error = of_field("/title", "Title");
        let alt_text_error = of_field("/alt_text", "Alt text");
        let conflict = problem.status == 409
            && image.trashed_at.is_none()
            && (input.title != image.title || input.alt_text != image.alt_text);
        let at_a_field = title_error.is_some() || alt_text_error.is_some();
        Self {
            error: (!at_a_field && !conflict).then(|| problem.detail.clone()),
            title_error,
            alt_text_error,
            conflict,
            title: input.title,
            alt_text: input.alt_text,
            ..Self::of(image)
        }
    }
}
