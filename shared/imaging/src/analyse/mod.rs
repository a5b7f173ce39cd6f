//! What is found in a picture: hashes, colours, sharpness and exposure, codes, what stands out, and what the file says of
//! itself. All of it is made of small copies: a tenth of the time that decoding takes.

pub(crate) mod codes;
mod colour_names;
pub(crate) mod exif;
pub(crate) mod iptc;
mod measures;
mod metadata;
mod moment;
pub(crate) mod oklab;
mod palette;
mod phash;
mod thumbhash;

pub(crate) mod xmp;

pub use thumbhash::placeholder;

use domain::{Analysis, ImageFormat};

use crate::{
    ImagingError, decode::metadata_blocks::RawMetadata, gravity, orient::Orientation, pixels::Pixels,
    raster::Raster, resize::SourceBox,
};

/// The longer side of the copy that is analysed, in pixels: the most that a thumbhash may be made of.
const SMALL_EDGE: u32 = 100;

/// Version of the shape of [`Analysis`].
const ANALYSIS_VERSION: u32 = 1;

/// What is known of a picture before its pixels are looked at.
pub(crate) struct Facts {
    pub(crate) format: ImageFormat,
    /// Upright.
    pub(crate) width: u32,
    /// Upright.
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(crate) has_alpha: bool,
    /// 1 for a still picture.
    pub(crate) frames: u32,
    /// Whether something of the picture is missing.
    pub(crate) damaged: bool,
    /// The description of the embedded profile.
    pub(crate) profile_name: Option<String>,
    /// As the decoder found it.
    pub(crate) exif: Option<Vec<u8>>,
    /// What [`codes::codes`] found in a larger rung; none makes the smallest be searched.
    pub(crate) codes: Option<Vec<String>>,
}

/// Everything that is found in a picture: `original` is its file, `rung` its smallest mezzanine, upright and sRGB.
pub(crate) fn analyse(original: &[u8], rung: &Pixels, facts: Facts) -> Result<Analysis, ImagingError> {
    let small = small(rung)?;
    let (width, height) = rung.sides();
    let whole = SourceBox::whole((f64::from(width), f64::from(height)));
    let codes = match facts.codes {
        Some(codes) => codes,
        None => codes::codes(rung)?,
    };
    let rung = &rung.resized_raster(whole, width, height)?;
    let (x, y) = gravity::focus(&small);
    Ok(Analysis {
        v: ANALYSIS_VERSION,
        format: facts.format,
        width: facts.width,
        height: facts.height,
        orientation: facts.orientation.exif(),
        has_alpha: facts.has_alpha,
        colour_profile: facts.profile_name,
        thumbhash: thumbhash::thumbhash(&small),
        perceptual_hash: phash::perceptual_hash(&small),
        palette: palette::palette(&small),
        is_animated: facts.frames > 1,
        frames: Some(facts.frames),
        damaged: facts.damaged,
        measures: Some(measures::measures(rung)?),
        focus: Some([x, y]),
        codes,
        metadata: metadata::metadata(&RawMetadata::of(original, facts.format, facts.exif)),
    })
}

/// The copy that is analysed.
fn small(rung: &Pixels) -> Result<Raster, ImagingError> {
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
