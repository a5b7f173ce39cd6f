//! The time at which a picture was taken, as the three kinds of metadata write it, in one form.

use std::ops::Range;

/// `2026-05-17T14:03:12`, with an offset where there is one; none for what no clock ever showed.
///
/// `text` is a date and a time with any one character between the numbers: `2026:05:17 14:03:12` (EXIF),
/// `2026-05-17T14:03:12.25+02:00` or the same without seconds (XMP; ISO 8601). `zone` counts where the text has none.
pub(super) fn moment(text: &str, zone: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let digits = |range: Range<usize>| {
        let part = text.get(range)?;
        // `parse` alone would take a sign.
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())?
    };
    // Cameras whose clock was never set write zeros or blanks.
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute) = (digits(11..13)?, digits(14..16)?);
    let (second, rest) = match digits(17..19) {
        Some(second) => (second, text.get(19..)?),
        None => (0, text.get(16..)?),
    };
    if !(1_800..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Parts of a second are dropped: nobody looks for them.
    let own = rest
        .strip_prefix('.')
        .map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = offset(own).or_else(|| offset(zone)).unwrap_or_default();
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"
    ))
}

/// `+02:00` of the same, of `+0200`, and of `Z`.
fn offset(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let (sign, digits) = match *text.as_bytes() {
        [b'Z'] => return Some("+00:00".to_owned()),
        [sign, h1, h0, b':', m1, m0] | [sign, h1, h0, m1, m0] => (sign, [h1, h0, m1, m0]),
        _ => return None,
    };
    let [h1, h0, m1, m0] = digits.map(char::from);
    (matches!(sign, b'+' | b'-') && digits.iter().all(u8::is_ascii_digit))
        .then(|| format!("{}{h1}{h0}:{m1}{m0}", char::from(sign)))
}

/// The first time, with the second's offset where it has none itself and both show the same clock.
pub(super) fn with_zone_of(time: String, other: Option<&str>) -> String {
    match other {
        Some(other) if other.len() > time.len() && other.starts_with(&time) => other.to_owned(),
        _ => time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_time_becomes_one() {
        for (text, zone, expected) in [
            ("2026:05:17 14:03:12", "", Some("2026-05-17T14:03:12")),
            (
                "2026:05:17 14:03:12\0",
                "+02:00",
                Some("2026-05-17T14:03:12+02:00"),
            ),
            ("2026:05:17 14:03:12", "about two", Some("2026-05-17T14:03:12")),
            (
                "2026-05-17T14:03:12.25-09:30",
                "",
                Some("2026-05-17T14:03:12-09:30"),
            ),
            ("2026-05-17T14:03Z", "", Some("2026-05-17T14:03:00+00:00")),
            ("2026-05-17T14:03:12+0200", "", Some("2026-05-17T14:03:12+02:00")),
            ("2026-05-17", "", None),
            ("2026-13-17T14:03", "", None),
            ("0000:00:00 00:00:00", "", None),
            ("+026:05:17 14:03:12", "", None),
            ("yesterday ä ö ü ß é", "", None),
        ] {
            assert_eq!(moment(text, zone).as_deref(), expected, "{text:?} {zone:?}");
        }
    }

    #[test]
    fn an_offset_is_taken_over_only_from_the_same_clock() {
        let time = || "2026-05-17T14:03:12".to_owned();
        assert_eq!(
            with_zone_of(time(), Some("2026-05-17T14:03:12+02:00")),
            "2026-05-17T14:03:12+02:00"
        );
        assert_eq!(with_zone_of(time(), Some("2026-05-17T14:03:13+02:00")), time());
        assert_eq!(with_zone_of(time(), None), time());
    }
}
