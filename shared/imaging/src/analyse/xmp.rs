//! What editors write today: XMP (ISO 16684-1), RDF in XML.
//!
//! Owns the few properties of Dublin Core, Photoshop, IPTC Core and Extension, EXIF and XMP itself that a library shows
//! or finds by. Refuses DTDs, entities of the packet's own, encodings other than UTF-8, and packets that are built to cost
//! time. Extended XMP (the parts of a packet beyond 64 KiB in a JPEG) is not read: what stands there by the specification
//! is what did not fit, which is previews, depth maps and histories of edits, and hardly ever the texts.

use domain::{Camera, Metadata, Place};
use roxmltree::{Document, Node, ParsingOptions};

use super::{
    clean,
    metadata::{MAX_NAME_CHARS, MAX_TEXT_CHARS, degrees_place, keywords, place_name},
    moment::moment,
};

/// Packets with a long history of edits have some thousands.
const MAX_NODES: u32 = 50_000;
/// The parser compares each namespace of an element with all that are in force, so they must be few: real packets
/// declare about thirty.
const MAX_NAMESPACES: usize = 256;
/// The parser compares each attribute of an element with the others. Settings of raw converters are about 300.
const MAX_ATTRIBUTES: usize = 2_000;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const IPTC_CORE: &str = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const EXIF_EX: &str = "http://cipa.jp/exif/1.0/";
const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";

/// Whether the parser's time grows with the packet's length and not with its square.
fn is_cheap(text: &str) -> bool {
    text.matches("xmlns").nth(MAX_NAMESPACES).is_none()
        // An attribute's value has no `<`, so what stands between two of them has all attributes of an element.
        && text
            .split('<')
            .all(|tag| tag.bytes().filter(|byte| *byte == b'=').count() <= MAX_ATTRIBUTES)
}

/// What the packet says; nothing where it cannot be read.
pub(crate) fn metadata(packet: &[u8]) -> Metadata {
    let Ok(text) = std::str::from_utf8(packet) else {
        return Metadata::default();
    };
    // Writers pad packets with blanks and, wrongly, with NULs.
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    if !is_cheap(text) {
        return Metadata::default();
    }
    match Document::parse_with_options(text, options) {
        Ok(document) => Packet::of(&document).metadata(),
        Err(_) => Metadata::default(),
    }
}

/// The places where properties stand: there may be one description for all, or one for each namespace.
struct Packet<'a, 'input> {
    descriptions: Vec<Node<'a, 'input>>,
}

impl<'a, 'input> Packet<'a, 'input> {
    fn of(document: &'a Document<'input>) -> Self {
        let rdf = document
            .descendants()
            .find(|node| node.has_tag_name((RDF, "RDF")));
        let descriptions = rdf
            .into_iter()
            .flat_map(|rdf| rdf.children())
            .filter(|node| node.has_tag_name((RDF, "Description")))
            .collect();
        Self { descriptions }
    }

    /// All values of a property: the items of an array, or the one value; the default language first.
    fn values(&self, namespace: &str, name: &str) -> Vec<String> {
        for description in &self.descriptions {
            if let Some(value) = description.attribute((namespace, name)) {
                return vec![value.to_owned()];
            }
            let property = description
                .children()
                .find(|node| node.has_tag_name((namespace, name)));
            if let Some(property) = property {
                let mut items = items(property);
                items.sort_by_key(|item| item.attribute((XML, "lang")) != Some("x-default"));
                return items.into_iter().map(text_of).collect();
            }
        }
        Vec::new()
    }

    fn text(&self, namespace: &str, name: &str, max_chars: usize) -> Option<String> {
        self.values(namespace, name)
            .iter()
            .find_map(|value| clean(value, max_chars))
    }

    fn name(&self, namespace: &str, name: &str) -> Option<String> {
        self.text(namespace, name, MAX_NAME_CHARS)
    }

    fn metadata(&self) -> Metadata {
        let long = |namespace, name| self.text(namespace, name, MAX_TEXT_CHARS);
        let camera = Camera {
            make: self.name(TIFF, "Make"),
            model: self.name(TIFF, "Model"),
            lens: self.name(EXIF_EX, "LensModel").or_else(|| self.name(AUX, "Lens")),
        };
        let time = |namespace, name| moment(&self.name(namespace, name)?, "");
        let subjects = self.values(DC, "subject");
        Metadata {
            camera: Some(camera).filter(|camera| *camera != Camera::default()),
            taken_at: time(EXIF, "DateTimeOriginal")
                .or_else(|| time(PHOTOSHOP, "DateCreated"))
                .or_else(|| time(XMP, "CreateDate")),
            place: self.place(),
            place_name: place_name(["City", "State", "Country"].map(|part| self.name(PHOTOSHOP, part))),
            title: long(DC, "title").or_else(|| long(PHOTOSHOP, "Headline")),
            description: long(DC, "description"),
            alt_text: long(IPTC_CORE, "AltTextAccessibility"),
            extended_description: long(IPTC_CORE, "ExtDescrAccessibility"),
            keywords: keywords(subjects.iter().map(String::as_str)),
            rating: self
                .name(XMP, "Rating")
                // Some write `4.0`. 0 is without stars, -1 is rejected.
                .and_then(|rating| rating.parse::<f32>().ok())
                .filter(|rating| (1.0..=5.0).contains(rating))
                .map(|rating| rating as u8),
            artist: clean(&self.values(DC, "creator").join(", "), MAX_NAME_CHARS),
            credit: self.name(PHOTOSHOP, "Credit"),
            copyright: long(DC, "rights"),
            software: self.name(XMP, "CreatorTool"),
            ..Metadata::default()
        }
    }

    fn place(&self) -> Option<Place> {
        let latitude = degrees(&self.name(EXIF, "GPSLatitude")?, ['N', 'S'])?;
        let longitude = degrees(&self.name(EXIF, "GPSLongitude")?, ['E', 'W'])?;
        let below = self.name(EXIF, "GPSAltitudeRef").is_some_and(|side| side == "1");
        let altitude = self
            .name(EXIF, "GPSAltitude")
            .and_then(|metres| fraction(&metres))
            .map(|metres| if below { -metres } else { metres });
        degrees_place(latitude, longitude, altitude)
    }
}

/// The items of an array, or the property itself where it is none.
fn items<'a, 'input>(property: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
    let array = property.children().find(|node| {
        ["Alt", "Bag", "Seq"]
            .iter()
            .any(|kind| node.has_tag_name((RDF, *kind)))
    });
    match array {
        Some(array) => array
            .children()
            .filter(|node| node.has_tag_name((RDF, "li")))
            .collect(),
        None => vec![property],
    }
}

/// The text of a simple value; that of `rdf:value` where it is qualified.
fn text_of(node: Node<'_, '_>) -> String {
    let own: String = node
        .children()
        .filter_map(|child| child.is_text().then(|| child.text())?)
        .collect();
    if !own.trim().is_empty() {
        return own;
    }
    node.descendants()
        .find(|inner| inner.has_tag_name((RDF, "value")))
        .and_then(|inner| inner.text())
        .unwrap_or_default()
        .to_owned()
}

/// `48,51,29.7N` or `48,51.495N` (ISO 16684-1, annex: GPSCoordinate).
fn degrees(text: &str, [positive, negative]: [char; 2]) -> Option<f64> {
    let side = text.chars().next_back()?;
    let sign = match side.to_ascii_uppercase() {
        side if side == positive => 1.0,
        side if side == negative => -1.0,
        _ => return None,
    };
    let parts: Vec<f64> = text
        .strip_suffix(side)?
        .split(',')
        .map(|part| {
            part.trim()
                .parse()
                .ok()
                .filter(|part: &f64| (0.0..=180.0).contains(part))
        })
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [whole, minutes] => Some(sign * (whole + minutes / 60.0)),
        [whole, minutes, seconds] => Some(sign * (whole + minutes / 60.0 + seconds / 3_600.0)),
        _ => None,
    }
}

/// `353/10` or `35.3`.
fn fraction(text: &str) -> Option<f64> {
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    let (above, below): (f64, f64) = (above.trim().parse().ok()?, below.trim().parse().ok()?);
    Some(above / below).filter(|value| value.is_finite())
}

#[cfg(test)]
pub(crate) mod tests;
