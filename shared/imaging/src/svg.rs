//! What is asked of an SVG before it is drawn: that it is one, how large it is, and that drawing it ends.
//!
//! An SVG is a program as much as a picture. Nothing outside of the file is ever loaded, scripts and animations are not
//! run, and HTML inside it is not shown; what is left can still ask for more work than there is, and is refused here by
//! what it would grow to ([`weight`]) and after parsing by what it would paint (`decode::svg::work`).
//!
//! Text is refused: it would look different on each machine, by the fonts that are there, and a server has none.

pub(crate) mod weight;

use roxmltree::{Document, Error, Node, ParsingOptions};
use std::str::FromStr;
use svgtypes::{Length, LengthUnit, ViewBox};

/// Of a file; drawings are seldom larger than a few hundred kB, and this one is held in memory to be measured.
pub(crate) const MAX_BYTES: usize = 4 * 1_024 * 1_024;
/// The longer side that a drawing counts as having, in pixels. It has no resolution of its own: this is the top rung of the
/// usual ladder, so that an icon of 24 × 24 is sharp at any width that a page asks for.
pub(crate) const EDGE: u32 = 2_560;
/// Elements, texts and comments.
const MAX_NODES: u32 = 200_000;
/// Of one element: the parser compares each with each.
const MAX_ATTRIBUTES: usize = 1_000;
/// What entities may grow to in all, in bytes. Illustrator writes a dozen short ones.
const MAX_ENTITY_BYTES: usize = 16 * 1_024 * 1_024;

/// Why a file is no drawing that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It ends too early.
    Truncated,
    /// It is XML, or something like it, but no SVG.
    Other(&'static str),
    /// It contradicts itself, or asks for too much.
    Damaged(&'static str),
}

/// The text of a file, without its byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| match error.error_len() {
        None => Refusal::Truncated,
        Some(_) => Refusal::Damaged("it is not in UTF-8"),
    })
}

/// Parses the text, whose root is then an `svg`.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Refusal> {
    guard(text)?;
    let options = ParsingOptions {
        // For the document type that old drawing programs write; nothing outside is read for it.
        allow_dtd: true,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        _ if is_html(text) => Refusal::Other("a web page"),
        _ if !text.trim_end().ends_with('>') => Refusal::Truncated,
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream | Error::NoRootNode => Refusal::Truncated,
        Error::NodesLimitReached => Refusal::Damaged("it has more elements than any real drawing"),
        Error::EntityReferenceLoop(_) => Refusal::Damaged("its entities refer to each other"),
        _ => Refusal::Damaged("its XML makes no sense"),
    })?;
    let root = document.root_element();
    if is_svg(&root, "svg") {
        Ok(document)
    } else if root.tag_name().name().eq_ignore_ascii_case("html") {
        Err(Refusal::Other("a web page"))
    } else {
        Err(Refusal::Other("XML, but no SVG"))
    }
}

/// Whether the first element of what is no XML is one of HTML.
fn is_html(text: &str) -> bool {
    let at = |tag: &str| {
        text.as_bytes()
            .windows(tag.len())
            .position(|some| some.eq_ignore_ascii_case(tag.as_bytes()))
    };
    let html = at("<html").into_iter().chain(at("<!doctype html")).min();
    html.is_some_and(|html| at("<svg").is_none_or(|svg| html < svg))
}

/// Whether this is an element of SVG of that name. Without any namespace it counts, too: such files are about.
pub(crate) fn is_svg(node: &Node<'_, '_>, name: &str) -> bool {
    let tag = node.tag_name();
    matches!(tag.namespace(), None | Some("http://www.w3.org/2000/svg")) && tag.name() == name
}

/// Refuses what would already be too much for the XML parser.
fn guard(text: &str) -> Result<(), Refusal> {
    if let Some(at) = text.find("<!ENTITY") {
        let subset = &text[at..text[at..].find("]>").map_or(text.len(), |end| at + end)];
        if subset.contains('&') {
            return Err(Refusal::Damaged("its entities refer to each other"));
        }
        let references = text.bytes().filter(|byte| *byte == b'&').count();
        if references.saturating_mul(subset.len()) > MAX_ENTITY_BYTES {
            return Err(Refusal::Damaged(
                "its entities grow to more than any real drawing",
            ));
        }
    }
    // An attribute is an equals sign and a quote. What a script holds of them counts, too, up to its next angle bracket.
    for tag in text.split('<') {
        let attributes = tag.split('=').skip(1);
        let quoted = attributes.filter(|value| value.trim_start().starts_with(['"', '\'']));
        if quoted.count() > MAX_ATTRIBUTES {
            return Err(Refusal::Damaged(
                "an element has more attributes than any real one",
            ));
        }
    }
    Ok(())
}

/// Pixels across and down that the drawing counts as having: its own ratio, with a longer side of [`EDGE`].
pub(crate) fn dimensions(document: &Document<'_>) -> Result<(u32, u32), Refusal> {
    let root = document.root_element();
    let view_box = root
        .attribute("viewBox")
        .and_then(|text| ViewBox::from_str(text).ok())
        .filter(|view| view.w > 0.0 && view.h > 0.0);
    let length = |name| {
        root.attribute(name)
            .and_then(|text| Length::from_str(text.trim()).ok())
    };
    let (width, height) = match (pixels(length("width")), pixels(length("height")), view_box) {
        (Some(width), Some(height), _) => (width, height),
        (Some(width), None, Some(view)) if length("height").is_none() => (width, width * view.h / view.w),
        (None, Some(height), Some(view)) if length("width").is_none() => (height * view.w / view.h, height),
        (width, height, Some(view)) => {
            let part = |length: Option<Length>| length.map_or(1.0, |length| length.number / 100.0);
            (
                width.unwrap_or(view.w * part(length("width"))),
                height.unwrap_or(view.h * part(length("height"))),
            )
        }
        _ => {
            return Err(Refusal::Damaged(
                "it says neither its width and height nor a viewBox",
            ));
        }
    };
    let sides = [width, height];
    if !sides.iter().all(|side| side.is_finite() && *side > 0.0) {
        return Err(Refusal::Damaged("its width or height makes no sense"));
    }
    Ok(scaled(width, height, EDGE))
}

/// Sides of this ratio, the longer one `edge`.
pub(crate) fn scaled(width: f64, height: f64, edge: u32) -> (u32, u32) {
    let scale = f64::from(edge) / width.max(height);
    let side = |length: f64| ((length * scale).round() as u32).clamp(1, edge);
    (side(width), side(height))
}

/// A length in pixels at 96 to the inch (CSS Values 4, section 6.2); none of a part of something else.
fn pixels(length: Option<Length>) -> Option<f64> {
    let length = length?;
    // Without a font an em is the 12 pixels that the renderer takes.
    let unit = match length.unit {
        LengthUnit::None | LengthUnit::Px => 1.0,
        LengthUnit::Em => 12.0,
        LengthUnit::Ex => 6.0,
        LengthUnit::In => 96.0,
        LengthUnit::Cm => 96.0 / 2.54,
        LengthUnit::Mm => 96.0 / 25.4,
        LengthUnit::Pt => 96.0 / 72.0,
        LengthUnit::Pc => 16.0,
        LengthUnit::Percent => return None,
    };
    Some(length.number * unit)
}

/// Whether a part of the drawing is text.
pub(crate) fn has_text(document: &Document<'_>) -> bool {
    let texts = document.descendants().filter(|node| is_svg(node, "text"));
    texts
        .flat_map(|text| text.descendants())
        .any(|node| node.text().is_some_and(|text| !text.trim().is_empty()))
}
