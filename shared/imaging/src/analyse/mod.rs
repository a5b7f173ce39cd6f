//! What is found in a picture: hashes, colours, and what the file says of itself.

pub(crate) mod metadata;
pub(crate) mod palette;
pub(crate) mod phash;
pub(crate) mod thumbhash;

use crate::{ImagingError, pixels::Pixels, raster::Raster, resize::SourceBox};

/// The longer side of the copy that is analysed, in pixels: the most that a thumbhash may be made of.
const SMALL_EDGE: u32 = 100;

/// The copy that is analysed.
pub(crate) fn small(rung: &Pixels) -> Result<Raster, ImagingError> {
    let (width, height) = rung.sides();
    let scale = (f64::from(SMALL_EDGE) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
    let whole = SourceBox::whole((f64::from(width), f64::from(height)));
    rung.resized_raster(whole, side(width), side(height))
}

/// A text out of a file, fit to be shown: without control characters, trimmed, cut off at `max_chars`; none if nothing is
/// left.
pub(crate) fn clean(text: &str, max_chars: usize) -> Option<String> {
    // U+202A to 202E and U+2066 to 2069 turn the direction of what stands behind them.
    let unseen = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let spaced: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !unseen(*c))
        .collect();
    let cut: String = spaced.trim().chars().take(max_chars).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_cut_and_freed_of_what_cannot_be_seen() {
        assert_eq!(
            clean("  a\0b\u{1b}[31mc\u{202e}d\r\ne ", 100).as_deref(),
            Some("ab[31mcd  e")
        );
        assert_eq!(clean("äöü", 2).as_deref(), Some("äö"));
        assert_eq!(clean(" \0\t ", 10), None);
    }
}
