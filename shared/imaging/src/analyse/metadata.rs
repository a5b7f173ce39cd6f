//! What a file says of itself, in EXIF (CIPA DC-008). Nothing here is trusted: texts are cut and cleaned, numbers that
//! cannot be are dropped, and a block that cannot be read is no metadata at all.

use domain::{Camera, Exposure, Metadata, Place};
use exif::{Exif, Field, In, Rational, Reader, Tag, Value};

use super::clean;
use crate::orient::Orientation;

/// Names of things, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Texts that people wrote, in characters.
const MAX_TEXT_CHARS: usize = 2_000;
/// A block is one JPEG segment (64 KiB); other formats allow more, and makers' notes and previews fill it.
const MAX_EXIF_BYTES: usize = 4 * 1_024 * 1_024;

fn read(tiff: &[u8]) -> Option<Exif> {
    if tiff.len() > MAX_EXIF_BYTES {
        return None;
    }
    let mut reader = Reader::new();
    // One broken entry, usual in what editors leave behind, does not take the others with it.
    reader.continue_on_error(true);
    match reader.read_raw(tiff.to_vec()) {
        Ok(exif) => Some(exif),
        Err(error) => error.distill_partial_result(|_| {}).ok(),
    }
}

/// The orientation that the block asks for.
pub(crate) fn orientation(tiff: &[u8]) -> Option<Orientation> {
    let exif = read(tiff)?;
    let value = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    Some(Orientation::from_exif(value))
}

/// Everything else that is asked of the block.
pub(crate) fn metadata(tiff: &[u8]) -> Metadata {
    let Some(exif) = read(tiff) else {
        return Metadata::default();
    };
    let name = |tag| text(&exif, tag, MAX_NAME_CHARS);
    let camera = Camera {
        make: name(Tag::Make),
        model: name(Tag::Model),
        lens: name(Tag::LensModel),
    };
    let exposure = Exposure {
        time: rational(&exif, Tag::ExposureTime).and_then(exposure_time),
        aperture: rational(&exif, Tag::FNumber)
            .and_then(|f| within(f, 0.3..=1_000.0))
            .map(|f| rounded(f, 10.0)),
        iso: exif
            .get_field(Tag::PhotographicSensitivity, In::PRIMARY)
            .and_then(|field| field.value.get_uint(0))
            .filter(|iso| (1..=10_000_000).contains(iso)),
        focal_length_mm: rational(&exif, Tag::FocalLength)
            .and_then(|mm| within(mm, 0.1..=10_000.0))
            .map(|mm| rounded(mm, 10.0)),
    };
    Metadata {
        camera: Some(camera).filter(|camera| *camera != Camera::default()),
        exposure: Some(exposure).filter(|exposure| *exposure != Exposure::default()),
        taken_at: taken_at(&exif),
        place: place(&exif),
        description: text(&exif, Tag::ImageDescription, MAX_TEXT_CHARS),
        artist: name(Tag::Artist),
        copyright: text(&exif, Tag::Copyright, MAX_TEXT_CHARS),
        software: name(Tag::Software),
    }
}

fn field(exif: &Exif, tag: Tag) -> Option<&Field> {
    exif.get_field(tag, In::PRIMARY)
}

fn raw_text(exif: &Exif, tag: Tag) -> Option<String> {
    match &field(exif, tag)?.value {
        // Several strings are one value with NULs between: copyright has the photographer's and the editor's.
        Value::Ascii(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
            Some(texts.join(" "))
        }
        _ => None,
    }
}

fn text(exif: &Exif, tag: Tag, max_chars: usize) -> Option<String> {
    clean(&raw_text(exif, tag)?, max_chars)
}

fn ratio(value: Rational) -> Option<f64> {
    (value.denom != 0).then(|| value.to_f64())
}

fn rational(exif: &Exif, tag: Tag) -> Option<f64> {
    match &field(exif, tag)?.value {
        Value::Rational(values) => values.first().copied().and_then(ratio),
        _ => None,
    }
}

fn within(value: f64, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    range.contains(&value).then_some(value)
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// Seconds as people write them: `1/250`, `0.5`, `30`.
fn exposure_time(seconds: f64) -> Option<String> {
    let seconds = within(seconds, 1e-6..=86_400.0)?;
    Some(if seconds < 0.3 {
        format!("1/{}", (1.0 / seconds).round())
    } else {
        format!("{}", rounded(seconds, 10.0))
    })
}

/// `2026-05-17T14:03:12`, with the offset where the file has one.
fn taken_at(exif: &Exif) -> Option<String> {
    let text = raw_text(exif, Tag::DateTimeOriginal).or_else(|| raw_text(exif, Tag::DateTimeDigitized))?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    // Cameras whose clock was never set write zeros or blanks.
    let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    if !(1_800..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = raw_text(exif, Tag::OffsetTimeOriginal)
        .filter(|offset| is_offset(offset))
        .unwrap_or_default();
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}"
    ))
}

/// Whether the text is like `+02:00`.
fn is_offset(text: &str) -> bool {
    let [sign, h1, h0, b':', m1, m0] = text.as_bytes() else {
        return false;
    };
    matches!(sign, b'+' | b'-') && [h1, h0, m1, m0].iter().all(|digit| digit.is_ascii_digit())
}

/// Degrees, minutes and seconds as one number.
fn degrees(exif: &Exif, tag: Tag, reference: Tag, negative: char) -> Option<f64> {
    let Value::Rational(parts) = &field(exif, tag)?.value else {
        return None;
    };
    let [whole, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    let (minutes, seconds) = (ratio(*minutes)?, ratio(*seconds).unwrap_or(0.0));
    let size = ratio(*whole)? + within(minutes, 0.0..=60.0)? / 60.0 + within(seconds, 0.0..=60.0)? / 3_600.0;
    let side = raw_text(exif, reference)?;
    let sign = if side.trim().eq_ignore_ascii_case(&negative.to_string()) {
        -1.0
    } else {
        1.0
    };
    // Seven digits are a centimetre.
    Some(rounded(sign * size, 1e7))
}

fn place(exif: &Exif) -> Option<Place> {
    let latitude =
        degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, 'S').and_then(|l| within(l, -90.0..=90.0))?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, 'W')
        .and_then(|l| within(l, -180.0..=180.0))?;
    // Exactly nought is a receiver without a fix, not a boat in the Gulf of Guinea.
    if latitude == 0.0 && longitude == 0.0 {
        return None;
    }
    let below = field(exif, Tag::GPSAltitudeRef).is_some_and(|field| match &field.value {
        Value::Byte(bytes) => bytes.first().is_some_and(|below| below & 1 == 1),
        _ => false,
    });
    let altitude = rational(exif, Tag::GPSAltitude).map(|metres| if below { -metres } else { metres });
    // Between the deepest trench and beyond any aeroplane.
    let altitude_m = altitude
        .and_then(|metres| within(metres, -12_000.0..=50_000.0))
        .map(|metres| rounded(metres, 10.0));
    Some(Place {
        latitude,
        longitude,
        altitude_m,
    })
}

#[cfg(test)]
mod tests;
