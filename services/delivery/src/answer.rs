//! From what was found to an HTTP answer: status, body, and everything that caches and browsers need to know of it.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use delivery_url::{Download, Terms};
use domain::{ImageId, PresetName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ports::ByteRange;
use telemetry::CacheTier;

use crate::{plans::Grounds, range};

/// How long a cache may keep what can change: who asks for a picture without its version may see the one before for so long.
const CHANGEABLE_S: u32 = 3_600;

/// Names everything that was made of one image, and everything that was made to one preset, so that it can be purged together.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The alternative text, percent-encoded UTF-8 as in RFC 8187: a header holds ASCII alone.
pub(crate) const ALT_TEXT: HeaderName = HeaderName::from_static("tintype-alt-text");

/// What stands in a header as it is (RFC 8187, section 3.2.1, attr-char).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// An answer that shows an image or tells of it.
pub(crate) struct Answer {
    pub(crate) image: ImageId,
    pub(crate) etag: String,
    pub(crate) media_type: &'static str,
    /// Of a file with this answer in it.
    pub(crate) extension: &'static str,
    pub(crate) lifetime: Lifetime,
    pub(crate) content: Content,
    pub(crate) alt_text: Option<String>,
    /// The presets that had a part in it.
    pub(crate) presets: Vec<PresetName>,
    /// What it follows from, where it can be given again without another look.
    pub(crate) grounds: Option<Grounds>,
}

/// How long an answer is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// Whether it can never change.
    pub(crate) immutable: bool,
    /// Whether only the one who asked may keep it.
    pub(crate) private: bool,
    /// When the URL ends, in seconds from now.
    pub(crate) seconds_left: Option<u32>,
}

/// What there is to send.
pub(crate) enum Content {
    /// Nothing: the client has it.
    Unchanged,
    /// Nothing: the file is too short for what was asked.
    BeyondRange { size_bytes: u64 },
    /// All of it is in memory.
    Whole(Bytes, Origin),
    /// It comes from the blob store, chunk by chunk.
    Streamed {
        size_bytes: u64,
        body: Body,
        origin: Origin,
    },
    /// A part of it comes from there: from the first byte to the last.
    Part {
        first: u64,
        last: u64,
        size_bytes: u64,
        body: Body,
    },
}

/// Where the bytes came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They were in memory.
    Memory,
    /// They were stored.
    Stored,
    /// They were made for this request, or for one at the same time.
    Rendered(Steps),
}

/// How long each step of a render took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Until it was its turn.
    pub(crate) waited: Duration,
    /// Until the source was there.
    pub(crate) read: Duration,
    /// From the first step of the engine to the last.
    pub(crate) rendered: Duration,
}

impl Lifetime {
    /// The same for an address that may show something else one day.
    pub(crate) fn changeable(self) -> Self {
        Self {
            immutable: false,
            ..self
        }
    }

    /// A cache that may show an older picture may do so while it asks for the newer one; not past the end of a URL.
    pub(crate) fn header(self) -> String {
        let scope = if self.private { "private" } else { "public" };
        let most = if self.immutable { 31_536_000 } else { CHANGEABLE_S };
        match self.seconds_left {
            Some(left) => format!("{scope}, max-age={}", left.min(most)),
            None if self.immutable => format!("{scope}, max-age={most}, immutable"),
            None => format!("{scope}, max-age={most}, stale-while-revalidate=86400"),
        }
    }
}

impl Content {
    /// Whether the same can be sent again without a look at the store.
    pub(crate) fn is_at_hand(&self) -> bool {
        matches!(self, Self::Unchanged | Self::Whole(_, Origin::Memory))
    }

    /// Where the bytes came from; none where there is nothing to send.
    fn tier(&self) -> Option<CacheTier> {
        match self {
            Self::Unchanged => Some(CacheTier::Client),
            Self::BeyondRange { .. } => None,
            Self::Whole(_, origin) | Self::Streamed { origin, .. } => Some(origin.tier()),
            Self::Part { .. } => Some(CacheTier::Store),
        }
    }
}

impl Origin {
    const fn tier(self) -> CacheTier {
        match self {
            Self::Memory => CacheTier::Memory,
            Self::Stored => CacheTier::Store,
            Self::Rendered(_) => CacheTier::Rendered,
        }
    }

    fn server_timing(self) -> String {
        let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        match self {
            Self::Memory => "cache;desc=\"memory\"".to_owned(),
            Self::Stored => "cache;desc=\"stored\"".to_owned(),
            Self::Rendered(steps) => format!(
                "cache;desc=\"rendered\", wait;dur={:.1}, read;dur={:.1}, render;dur={:.1}",
                ms(steps.waited),
                ms(steps.read),
                ms(steps.rendered)
            ),
        }
    }
}

impl Answer {
    fn tags(&self) -> String {
        let image = format!("a-{}", self.image);
        self.presets
            .iter()
            .fold(image, |tags, preset| format!("{tags},p-{preset}"))
    }

    /// As HTTP. `name` is the last part of the URL, after the options.
    pub(crate) fn into_response(self, request: &HeaderMap, terms: &Terms, name: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        let mut text = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        text(CACHE_TAG, self.tags());
        text(header::CACHE_CONTROL, self.lifetime.header());
        if let Some(alt_text) = &self.alt_text {
            text(ALT_TEXT, utf8_percent_encode(alt_text, ENCODED).to_string());
        }
        if let Some(tier) = self.content.tier() {
            telemetry::served(tier);
        }
        let range = range::asked(request, &self.etag);
        text(header::ETAG, self.etag);
        let (status, body) = match in_range(self.content, range) {
            Content::Unchanged => (StatusCode::NOT_MODIFIED, Body::empty()),
            Content::BeyondRange { size_bytes } => {
                text(header::CONTENT_RANGE, format!("bytes */{size_bytes}"));
                (StatusCode::RANGE_NOT_SATISFIABLE, Body::empty())
            }
            Content::Whole(bytes, origin) => {
                text(SERVER_TIMING, origin.server_timing());
                text(header::CONTENT_LENGTH, bytes.len().to_string());
                (StatusCode::OK, Body::from(bytes))
            }
            Content::Streamed {
                size_bytes,
                body,
                origin,
            } => {
                text(SERVER_TIMING, origin.server_timing());
                text(header::CONTENT_LENGTH, size_bytes.to_string());
                (StatusCode::OK, body)
            }
            Content::Part {
                first,
                last,
                size_bytes,
                body,
            } => {
                text(
                    header::CONTENT_RANGE,
                    format!("bytes {first}-{last}/{size_bytes}"),
                );
                text(header::CONTENT_LENGTH, (last - first + 1).to_string());
                (StatusCode::PARTIAL_CONTENT, body)
            }
        };
        if status.is_success() {
            text(header::ACCEPT_RANGES, "bytes".to_owned());
            text(header::CONTENT_TYPE, self.media_type.to_owned());
            if let Some(download) = &terms.download {
                let image = self.image.to_string();
                let name = match download {
                    Download::As(name) => name.as_str(),
                    Download::Named => name.unwrap_or(&image),
                };
                text(header::CONTENT_DISPOSITION, attachment(name, self.extension));
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// The part of it that is asked for, where all of it is in memory.
fn in_range(content: Content, range: Option<ByteRange>) -> Content {
    let (Content::Whole(bytes, _), Some(range)) = (&content, range) else {
        return content;
    };
    let size_bytes = bytes.len() as u64;
    match range.within(size_bytes) {
        Some((first, last)) => Content::Part {
            first,
            last,
            size_bytes,
            // Both are below the length, which is a usize.
            body: Body::from(bytes.slice(first as usize..=last as usize)),
        },
        None => Content::BeyondRange { size_bytes },
    }
}

/// `Content-Disposition` (RFC 6266), with the right extension: a name that was made for the original's format would open
/// in the wrong program.
fn attachment(name: &str, extension: &str) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, old)) if !stem.is_empty() && old.len() <= 5 => stem,
        _ => name,
    };
    let name = format!("{stem}.{extension}");
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            ' '..='~' if !matches!(letter, '"' | '\\' | '%') => letter,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(&name, ENCODED);
    if plain == name {
        format!("attachment; filename=\"{plain}\"")
    } else {
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_no_longer_than_it_is_true() {
        for (immutable, private, seconds_left, expected) in [
            (true, false, None, "public, max-age=31536000, immutable"),
            (true, false, Some(90_000), "public, max-age=90000"),
            (
                false,
                false,
                None,
                "public, max-age=3600, stale-while-revalidate=86400",
            ),
            (false, false, Some(90_000), "public, max-age=3600"),
            (false, false, Some(7), "public, max-age=7"),
            (true, true, None, "private, max-age=31536000, immutable"),
            (false, true, Some(7), "private, max-age=7"),
        ] {
            let lifetime = Lifetime {
                immutable,
                private,
                seconds_left,
            };
            assert_eq!(lifetime.header(), expected);
        }
    }

    #[test]
    fn a_saved_file_has_the_extension_of_what_it_is() {
        for (name, expected) in [
            ("a.png", "attachment; filename=\"a.webp\""),
            ("red bicycle", "attachment; filename=\"red bicycle.webp\""),
            (".png", "attachment; filename=\".png.webp\""),
            (
                "v1.2 \"final\".jpeg",
                "attachment; filename=\"v1.2 _final_.webp\"; filename*=UTF-8''v1.2%20%22final%22.webp",
            ),
            (
                "Überblick.jpg",
                "attachment; filename=\"_berblick.webp\"; filename*=UTF-8''%C3%9Cberblick.webp",
            ),
        ] {
            assert_eq!(attachment(name, "webp"), expected);
        }
    }
}
