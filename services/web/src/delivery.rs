//! URLs of the delivery service, as pages use them: signed for private images, which nobody sees otherwise, and for all
//! where delivery asks for that.

use std::collections::HashMap;

use api_client::ClientError;
use api_types::{ImageSummary, SignRequest};
use domain::Visibility;
use jiff::Timestamp;

use crate::caller::Caller;

/// Widths that tiles are asked for in. A short ladder: each step is a variant that delivery renders and stores.
const TILE_WIDTHS: [u32; 4] = [320, 480, 640, 960];

/// What a tile shows where `srcset` is not known.
pub(crate) const TILE_WIDTH: u32 = 480;

/// Widths of the picture on an image's own page.
const PREVIEW_WIDTHS: [u32; 4] = [640, 1280, 1920, 2560];

/// What an image's own page shows where `srcset` is not known, what it links to, and what its URL builder begins with.
pub(crate) const PREVIEW_WIDTH: u32 = 1280;
pub(crate) const LARGE_WIDTH: u32 = 2560;
pub(crate) const BUILT_WIDTH: u32 = 800;

/// Whoever leaves a page open sees its pictures for a day at least, also those that are loaded late. The ends fall on
/// midnights (UTC), so that the URLs are the same all day long and the browser has what it showed before.
const LIFETIME_S: u64 = 24 * 60 * 60;

/// The URLs of what one page shows.
#[derive(Debug, Default)]
pub(crate) struct DeliveryUrls {
    /// By what they are without a signature.
    signed: HashMap<String, String>,
    /// When the signed ones end; none where there are none.
    pub ends_at: Option<Timestamp>,
}

impl DeliveryUrls {
    /// Of these tiles.
    pub async fn of_tiles(caller: &Caller, images: &[ImageSummary]) -> Result<Self, ClientError> {
        Self::sign(caller, images, &TILE_WIDTHS, &[TILE_WIDTH]).await
    }

    /// Of an image's own page.
    pub async fn of_image(caller: &Caller, image: &ImageSummary) -> Result<Self, ClientError> {
        let more = [PREVIEW_WIDTH, LARGE_WIDTH, BUILT_WIDTH];
        Self::sign(caller, std::slice::from_ref(image), &PREVIEW_WIDTHS, &more).await
    }

    /// One call for all that needs it; none where nothing does.
    async fn sign(
        caller: &Caller,
        images: &[ImageSummary],
        widths: &[u32],
        more: &[u32],
    ) -> Result<Self, ClientError> {
        let needs_it = |image: &&ImageSummary| {
            (caller.signs_public || image.visibility == Visibility::Private) && image.content_version > 0
        };
        let mut paths: Vec<String> = images
            .iter()
            .filter(needs_it)
            .flat_map(|image| {
                let widths = ladder(image, widths).iter().chain(more);
                widths.map(|width| unsigned(image, *width))
            })
            .collect();
        paths.sort();
        paths.dedup();
        if paths.is_empty() {
            return Ok(Self::default());
        }
        let request = SignRequest {
            paths: Some(paths.clone()),
            expires_in_s: Some(LIFETIME_S),
            round_up_to_s: Some(LIFETIME_S),
            ..SignRequest::default()
        };
        let answer = caller.api.sign(&request).await?;
        Ok(Self {
            signed: paths.into_iter().zip(answer.paths.unwrap_or_default()).collect(),
            ends_at: answer.expires_at,
        })
    }

    /// The picture in this width.
    pub fn url(&self, image: &ImageSummary, width: u32) -> String {
        let path = unsigned(image, width);
        self.signed.get(&path).cloned().unwrap_or(path)
    }

    /// `srcset` of a tile.
    pub fn tile_srcset(&self, image: &ImageSummary) -> String {
        self.srcset(image, &TILE_WIDTHS)
    }

    /// `srcset` of the large picture.
    pub fn preview_srcset(&self, image: &ImageSummary) -> String {
        self.srcset(image, &PREVIEW_WIDTHS)
    }

    fn srcset(&self, image: &ImageSummary, widths: &[u32]) -> String {
        let own_width = own_width(image);
        let candidates: Vec<_> = ladder(image, widths)
            .iter()
            // Commas may stand inside a candidate's URL: only white space ends it (HTML, "parse a srcset attribute").
            .map(|width| format!("{} {}w", self.url(image, *width), (*width).min(own_width)))
            .collect();
        candidates.join(", ")
    }
}

/// `/i/{id}/w=…,f=auto,v=…`: immutable, as the version of the content is part of it.
fn unsigned(image: &ImageSummary, width: u32) -> String {
    format!("/i/{}/w={width},f=auto,v={}", image.id, image.content_version)
}

/// The widths up to the first that the original does not fill, which is the last that differs: delivery never enlarges.
fn ladder<'a>(image: &ImageSummary, widths: &'a [u32]) -> &'a [u32] {
    let own_width = own_width(image);
    let last = widths
        .iter()
        .position(|width| *width >= own_width)
        .unwrap_or(widths.len() - 1);
    &widths[..=last]
}

fn own_width(image: &ImageSummary) -> u32 {
    image.width.unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use domain::LIBRARY_WIDTHS;

    use super::*;

    #[test]
    fn pages_ask_for_no_width_that_delivery_does_not_know_as_theirs() {
        let single = [TILE_WIDTH, PREVIEW_WIDTH, LARGE_WIDTH, BUILT_WIDTH];
        for width in TILE_WIDTHS.iter().chain(&PREVIEW_WIDTHS).chain(&single) {
            assert!(LIBRARY_WIDTHS.contains(width), "{width}");
        }
    }
}
