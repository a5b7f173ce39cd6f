//! What a camera says of a picture, in EXIF (CIPA DC-008). Nothing here is trusted: texts are cut and cleaned, numbers
//! that cannot be are dropped, and a block that cannot be read is no metadata at all.

use domain::{Camera, Exposure, Metadata, Place};
use exif::{Context, Exif, Field, In, Rational, Reader, Tag, Value};

use super::{
    clean,
    metadata::{MAX_NAME_CHARS, MAX_TEXT_CHARS, degrees_place, rounded, within},
    moment::moment,
};
use crate::orient::Orientation;

/// A block is one JPEG segment (64 KiB); other formats allow more, and makers' notes and previews fill it. More than
/// other blocks may have, because the orientation is lost with it.
const MAX_EXIF_BYTES: usize = 4 * 1_024 * 1_024;
/// A whole XMP packet inside a TIFF (XMP specification, part 3).
const XMP: Tag = Tag(Context::Tiff, 700);
/// Records of IPTC's IIM inside a TIFF.
const IPTC: Tag = Tag(Context::Tiff, 33_723);

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
        ..Metadata::default()
    }
}

/// The XMP packet and the IPTC records that stand inside the block, where they do: in every TIFF.
pub(crate) fn embedded(tiff: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let Some(exif) = read(tiff) else {
        return (None, None);
    };
    let bytes = |tag| match &field(&exif, tag)?.value {
        Value::Byte(bytes) | Value::Undefined(bytes, _) => Some(bytes.clone()),
        // Adobe's old way: bytes that are called 32-bit numbers, and so were turned with the file's byte order.
        Value::Long(numbers) if exif.little_endian() => {
            Some(numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
        }
        Value::Long(numbers) => Some(numbers.iter().flat_map(|number| number.to_be_bytes()).collect()),
        _ => None,
    };
    (bytes(XMP), bytes(IPTC))
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
    let at = |time, zone| {
        let zone = raw_text(exif, zone).unwrap_or_default();
        moment(&raw_text(exif, time)?, &zone)
    };
    at(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal)
        .or_else(|| at(Tag::DateTimeDigitized, Tag::OffsetTimeDigitized))
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
    Some(sign * size)
}

fn place(exif: &Exif) -> Option<Place> {
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, 'S')?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, 'W')?;
    let below = field(exif, Tag::GPSAltitudeRef).is_some_and(|field| match &field.value {
        Value::Byte(bytes) => bytes.first().is_some_and(|below| below & 1 == 1),
        _ => false,
    });
    let altitude = rational(exif, Tag::GPSAltitude).map(|metres| if below { -metres } else { metres });
    degrees_place(latitude, longitude, altitude)
}

#[cfg(test)]
mod tests;
