//! `f=auto`: which format suits the client (RFC 9110, section 12.5.1) and the image.

use axum::http::{HeaderMap, header};
use imaging::OutputFormat;

/// The format for a client with these headers and an image with or without transparency, still or moving.
///
/// Never none: a client that refuses everything is better served with a picture than with a 406.
pub(crate) fn choose(headers: &HeaderMap, has_alpha: bool, moves: bool) -> OutputFormat {
    if names_webp(headers) {
        OutputFormat::Webp
    } else if moves {
        OutputFormat::Gif
    } else if has_alpha {
        OutputFormat::Png
    } else {
        OutputFormat::Jpeg
    }
}

/// Whether the client says itself that it reads WebP. `image/*` and `*/*` do not count: clients send them that never
/// heard of WebP, such as mail programs and `curl`.
fn names_webp(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_webp = parts
                .next()
                .is_some_and(|media| media.eq_ignore_ascii_case("image/webp"));
            is_webp && !parts.any(refuses)
        })
}

/// Whether a parameter is a quality of zero: `q=0`, `q=0.000`. One that cannot be read refuses nothing.
fn refuses(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("q")
            && value.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_from_what_the_client_names() {
        use OutputFormat::{Jpeg, Png, Webp};
        // Accept, the answer without transparency, the answer with it.
        let table: [(&[&str], OutputFormat, OutputFormat); 15] = [
            (&[], Jpeg, Png),
            (&[""], Jpeg, Png),
            (&["*/*"], Jpeg, Png),
            (&["image/*"], Jpeg, Png),
            (&["image/jpeg,image/*;q=0.8"], Jpeg, Png),
            (&["image/webp"], Webp, Webp),
            (&["IMAGE/WebP"], Webp, Webp),
            // Chrome, Firefox, Safari.
            (
                &["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"],
                Webp,
                Webp,
            ),
            (
                &["image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"],
                Webp,
                Webp,
            ),
            (&["image/png;q=0.8, image/webp ; q=0.1"], Webp, Webp),
            (&["image/webp;q=0"], Jpeg, Png),
            (&["image/webp;q=0.000, image/*"], Jpeg, Png),
            (&["image/webp; Q = 0"], Jpeg, Png),
            (&["image/png", "image/webp"], Webp, Webp),
            (&["image/webpage, text/image/webp"], Jpeg, Png),
        ];
        for (accept, opaque, transparent) in table {
            let mut headers = HeaderMap::new();
            for line in accept {
                headers.append(header::ACCEPT, line.parse().unwrap());
            }
            assert_eq!(choose(&headers, false, false), opaque, "{accept:?}");
            assert_eq!(choose(&headers, true, false), transparent, "{accept:?}");
            let moving = if opaque == Webp { Webp } else { OutputFormat::Gif };
            assert_eq!(choose(&headers, false, true), moving, "{accept:?}");
        }
    }
}
