//! One image in a grid: the same fragment in a page and by itself.

use api_types::ImageSummary;
use askama::Template;
use domain::{ImageState, Visibility};

use crate::{
    delivery::{self, DeliveryUrls},
    words,
};

/// The row height that `sizes` is computed with, in CSS pixels; tiles grow a little to fill their row.
const ROW_HEIGHT_PX: f64 = 280.0;

/// An image of the library.
#[derive(Template)]
#[template(path = "tile.html")]
pub(crate) struct LibraryTile<'a> {
    pub image: &'a ImageSummary,
    pub urls: &'a DeliveryUrls,
}

/// An image in the trash. Delivery does not serve it any more: the placeholder stands for it.
#[derive(Template)]
#[template(path = "trash_tile.html")]
pub(crate) struct TrashTile<'a> {
    pub image: &'a ImageSummary,
    pub can_write: bool,
}

impl LibraryTile<'_> {
    /// `r` and the aspect ratio in hundredths, in steps of 5 from 0.50 to 3.00: the style sheet has a class for each,
    /// since the policy for pages leaves no room for a style of its own. The picture covers the difference.
    fn ratio_class(&self) -> String {
        // What is not known yet is most likely a photograph across.
        let ratio = self.ratio().unwrap_or(1.5);
        format!("r{:.0}", (ratio.clamp(0.5, 3.0) * 20.0).round() * 5.0)
    }

    fn ratio(&self) -> Option<f64> {
        match (self.image.width, self.image.height) {
            (Some(width), Some(height)) if width > 0 && height > 0 => {
                Some(f64::from(width) / f64::from(height))
            }
            _ => None,
        }
    }

    fn sizes(&self) -> String {
        let width = ROW_HEIGHT_PX * self.ratio().unwrap_or(1.5).clamp(0.5, 3.0);
        format!("auto, min(100vw, {width:.0}px)")
    }

    fn srcset(&self) -> String {
        self.urls.tile_srcset(self.image)
    }

    fn src(&self) -> String {
        self.urls.url(self.image, delivery::TILE_WIDTH)
    }

    fn is_ready(&self) -> bool {
        self.image.state == ImageState::Ready
    }

    fn is_private(&self) -> bool {
        self.image.visibility == Visibility::Private
    }
}

/// What an image is called: its title, else its file's name.
pub(crate) fn name(image: &ImageSummary) -> &str {
    if image.title.is_empty() {
        &image.file_name
    } else {
        &image.title
    }
}

/// Its state in a word.
pub(crate) fn state_word(image: &ImageSummary) -> &'static str {
    words::state(image.state)
}
