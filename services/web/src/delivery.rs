//! URLs of the delivery service, as pages use them.

use api_types::ImageSummary;

/// Widths that tiles are asked for in. A short ladder: each step is a variant that delivery renders and stores.
const TILE_WIDTHS: [u32; 4] = [320, 480, 640, 960];

/// Widths of the picture on an image's own page.
const PREVIEW_WIDTHS: [u32; 4] = [640, 1280, 1920, 2560];

/// `/i/{id}/w=…,f=auto,v=…`: immutable, as the version of the content is part of it.
pub(crate) fn url(image: &ImageSummary, width: u32) -> String {
    format!("/i/{}/w={width},f=auto,v={}", image.id, image.content_version)
}

/// `srcset` of a tile.
pub(crate) fn tile_srcset(image: &ImageSummary) -> String {
    srcset(image, &TILE_WIDTHS)
}

/// `srcset` of the large picture.
pub(crate) fn preview_srcset(image: &ImageSummary) -> String {
    srcset(image, &PREVIEW_WIDTHS)
}

fn srcset(image: &ImageSummary, widths: &[u32]) -> String {
    // The first step that the original does not fill is the last that differs: delivery never enlarges.
    let own_width = image.width.unwrap_or(u32::MAX);
    let last = widths
        .iter()
        .position(|width| *width >= own_width)
        .unwrap_or(widths.len() - 1);
    let candidates: Vec<_> = widths[..=last]
        .iter()
        // Commas may stand inside a candidate's URL: only white space ends it (HTML, "parse a srcset attribute").
        .map(|width| format!("{} {}w", url(image, *width), (*width).min(own_width)))
        .collect();
    candidates.join(", ")
}
