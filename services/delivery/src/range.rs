//! Ranges: a part of an answer for a client that has the rest (RFC 9110, section 14).

use axum::http::{HeaderMap, header};
use ports::ByteRange;

/// The one range that is asked for. None where the whole is to be sent: no range, one that cannot be read, several (which
/// a server may answer with the whole), or one of another version of the answer than `etag` (`If-Range`).
pub(crate) fn asked(headers: &HeaderMap, etag: &str) -> Option<ByteRange> {
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    if let Some(version) = headers.get(header::IF_RANGE) {
        // Compared strongly: parts of two versions must never be put together. A date is no match, for none is sent.
        if version.as_bytes() != etag.as_bytes() {
            return None;
        }
    }
    let (unit, range) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // Beyond what a number holds is beyond every end.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (first, last) = range.trim().split_once('-')?;
    match (first, last) {
        ("", count) => Some(ByteRange::Last(number(count)?)),
        (first, "") => Some(ByteRange::From {
            first: number(first)?,
            last: None,
        }),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::From {
                first,
                last: Some(last),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_with(range: &str, if_range: Option<&str>) -> Option<ByteRange> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(version) = if_range {
            headers.insert(header::IF_RANGE, version.parse().unwrap());
        }
        asked(&headers, "\"abc\"")
    }

    #[test]
    fn one_range_of_bytes_is_read() {
        let from = |first, last| Some(ByteRange::From { first, last });
        for (text, expected) in [
            ("bytes=0-", from(0, None)),
            ("bytes=5-9", from(5, Some(9))),
            ("Bytes = 5-5", from(5, Some(5))),
            ("bytes=-7", Some(ByteRange::Last(7))),
            ("bytes=0-99999999999999999999", from(0, Some(u64::MAX))),
            ("bytes=9-5", None),
            ("bytes=0-1,3-4", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("lines=1-2", None),
            ("bytes", None),
        ] {
            assert_eq!(asked_with(text, None), expected, "{text}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_no_range() {
        assert!(asked_with("bytes=0-", Some("\"abc\"")).is_some());
        for other in ["\"abd\"", "W/\"abc\"", "Sat, 21 Nov 2026 07:28:00 GMT"] {
            assert!(asked_with("bytes=0-", Some(other)).is_none(), "{other}");
        }
    }
}
