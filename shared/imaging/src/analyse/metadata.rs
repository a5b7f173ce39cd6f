//! What a file says of itself, out of up to three blocks that say the same things: EXIF, IPTC's IIM, and XMP.
//!
//! One precedence, for all readers of a field the same, as the Metadata Working Group's guidelines (2.0) ask for. What people write (title,
//! description, alt text, keywords, author, credit, copyright, names of places) is taken from XMP, where today's editors
//! write, then from IIM, where older ones did, then from EXIF, which cameras fill with their own name. What instruments
//! measure (camera, lens, exposure, time, coordinates) is taken from EXIF, which editors copy from and seldom
//! change, then from the others.

use domain::{Camera, Metadata, Place};

use super::{exif, iptc, moment::with_zone_of, xmp};
use crate::decode::metadata_blocks::RawMetadata;

/// Names of things, in characters.
pub(super) const MAX_NAME_CHARS: usize = 100;
/// Texts that people wrote, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 2_000;
/// Stock libraries ask for at most 50.
pub(super) const MAX_KEYWORDS: usize = 100;
/// IIM's own limit, in characters.
pub(super) const MAX_KEYWORD_CHARS: usize = 64;

/// All three blocks as one.
pub(crate) fn metadata(blocks: &RawMetadata) -> Metadata {
    let exif = blocks.exif.as_deref().map(exif::metadata).unwrap_or_default();
    let iptc = blocks.iptc.as_deref().map(iptc::metadata).unwrap_or_default();
    let xmp = blocks.xmp.as_deref().map(xmp::metadata).unwrap_or_default();
    let keywords = if xmp.keywords.is_empty() {
        iptc.keywords
    } else {
        xmp.keywords
    };
    let written = xmp.taken_at.or(iptc.taken_at);
    Metadata {
        camera: merged_camera(exif.camera, xmp.camera),
        exposure: exif.exposure,
        // Cameras without a setting for it write no offset, and editors who know the place add it in XMP alone.
        taken_at: match exif.taken_at {
            Some(time) => Some(with_zone_of(time, written.as_deref())),
            None => written,
        },
        place: exif.place.or(xmp.place),
        place_name: xmp.place_name.or(iptc.place_name),
        title: xmp.title.or(iptc.title),
        description: xmp.description.or(iptc.description).or(exif.description),
        alt_text: xmp.alt_text,
        extended_description: xmp.extended_description,
        keywords,
        rating: xmp.rating,
        artist: xmp.artist.or(iptc.artist).or(exif.artist),
        credit: xmp.credit.or(iptc.credit),
        copyright: xmp.copyright.or(iptc.copyright).or(exif.copyright),
        software: exif.software.or(xmp.software),
    }
}

fn merged_camera(first: Option<Camera>, second: Option<Camera>) -> Option<Camera> {
    match (first, second) {
        (Some(first), Some(second)) => Some(Camera {
            make: first.make.or(second.make),
            model: first.model.or(second.model),
            lens: first.lens.or(second.lens),
        }),
        (first, second) => first.or(second),
    }
}

/// A place that can be: on Earth, and not exactly where receivers without a fix believe to be.
pub(super) fn degrees_place(latitude: f64, longitude: f64, altitude_m: Option<f64>) -> Option<Place> {
    // Seven digits are a centimetre.
    let latitude = within(latitude, -90.0..=90.0).map(|degrees| rounded(degrees, 1e7))?;
    let longitude = within(longitude, -180.0..=180.0).map(|degrees| rounded(degrees, 1e7))?;
    // Exactly nought is a receiver without a fix, not a boat in the Gulf of Guinea.
    if latitude == 0.0 && longitude == 0.0 {
        return None;
    }
    // Between the deepest trench and beyond any aeroplane.
    let altitude_m = altitude_m
        .and_then(|metres| within(metres, -12_000.0..=50_000.0))
        .map(|metres| rounded(metres, 10.0));
    Some(Place {
        latitude,
        longitude,
        altitude_m,
    })
}

pub(super) fn within(value: f64, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    range.contains(&value).then_some(value)
}

pub(super) fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// `City, State, Country` of what is there.
pub(super) fn place_name(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Keywords, each once, in their order and bounded in number and length.
pub(super) fn keywords<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if kept.len() == MAX_KEYWORDS {
            break;
        }
        if let Some(word) = super::clean(text, MAX_KEYWORD_CHARS)
            && !kept.contains(&word)
        {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
