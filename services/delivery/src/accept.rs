//! `f=auto`: which format suits the client (RFC 9110, section 12.5.1) and the image.

use axum::http::{HeaderMap, header};
use imaging::OutputFormat;

/// What a client can be sent, as far as it matters: caches before delivery need to keep no more than three answers.
/// `tests/accept/table.json` says for all of them who falls into which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// It reads AVIF; whatever does reads WebP, too.
    Avif,
    Webp,
    /// JPEG, PNG and GIF: what everything reads.
    Other,
}

impl Bucket {
    /// The bucket of a client with these headers: the best that it names itself. `image/*` and `*/*` do not count: clients
    /// send them that never heard of WebP, such as mail programs and `curl`.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut avif, mut webp, mut other) = (0.0_f32, 0.0_f32, 0.0_f32);
        let lines = headers.get_all(header::ACCEPT).iter();
        for range in lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
        {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let is = |name: &str| media.eq_ignore_ascii_case(name);
            let best = match () {
                () if is("image/avif") => &mut avif,
                () if is("image/webp") => &mut webp,
                () if is("image/jpeg") || is("image/png") => &mut other,
                () => continue,
            };
            *best = best.max(parts.find_map(quality).unwrap_or(1.0));
        }
        // At the same quality the smaller file.
        if avif > 0.0 && avif >= webp && avif >= other {
            Self::Avif
        } else if webp > 0.0 && webp >= other {
            Self::Webp
        } else {
            Self::Other
        }
    }

    /// The format for an image with or without transparency, still or moving.
    ///
    /// Never none: a client that refuses everything is better served with a picture than with a 406.
    pub(crate) fn format(self, has_alpha: bool, moves: bool) -> OutputFormat {
        match self {
            // The engine writes no moving AVIF.
            Self::Avif if !moves => OutputFormat::Avif,
            Self::Avif | Self::Webp => OutputFormat::Webp,
            Self::Other if moves => OutputFormat::Gif,
            Self::Other if has_alpha => OutputFormat::Png,
            Self::Other => OutputFormat::Jpeg,
        }
    }
}

/// The quality that a parameter gives: `q=0.5`. One that cannot be read gives none.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    let value = value.trim().parse().ok()?;
    name.trim().eq_ignore_ascii_case("q").then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Table {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        accept: Vec<String>,
        bucket: String,
    }

    #[test]
    fn the_bucket_follows_from_what_the_client_names() {
        let table: Table = serde_json::from_str(include_str!("../../../tests/accept/table.json")).unwrap();
        assert!(table.cases.len() > 20);
        for Case { accept, bucket } in table.cases {
            let mut headers = HeaderMap::new();
            for line in &accept {
                headers.append(header::ACCEPT, line.parse().unwrap());
            }
            let found = format!("{:?}", Bucket::of(&headers)).to_lowercase();
            assert_eq!(found, bucket, "{accept:?}");
        }
    }

    #[test]
    fn the_format_suits_the_image_as_well() {
        use OutputFormat::{Avif, Gif, Jpeg, Png, Webp};
        // The bucket; opaque, transparent, moving.
        for (bucket, expected) in [
            (Bucket::Avif, [Avif, Avif, Webp]),
            (Bucket::Webp, [Webp, Webp, Webp]),
            (Bucket::Other, [Jpeg, Png, Gif]),
        ] {
            let found = [(false, false), (true, false), (true, true)]
                .map(|(has_alpha, moves)| bucket.format(has_alpha, moves));
            assert_eq!(found, expected, "{bucket:?}");
        }
    }
}
