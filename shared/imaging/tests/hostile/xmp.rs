//! Packets of XMP, which are XML and as bad as that.

use std::fmt::Write as _;

use crate::{Case, case, jpeg, png};

/// In a PNG, whose text may be as long as one likes.
fn in_png(packet: &[u8]) -> Vec<u8> {
    png::small(&png::chunk(
        b"iTXt",
        &[b"XML:com.adobe.xmp\0\0\0\0\0", packet].concat(),
    ))
}

/// Between the beginning and the end of every packet.
fn packet(body: &str) -> Vec<u8> {
    format!(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='http://purl.org/dc/elements/1.1/'>\
         <rdf:Description>{body}</rdf:Description></rdf:RDF>"
    )
    .into_bytes()
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("100,000 elements, each inside of the one before", || {
            in_png(&packet(&format!(
                "{}{}",
                "<a>".repeat(100_000),
                "</a>".repeat(100_000)
            )))
        }),
        case("9,000 elements, each inside of the one before, in a JPEG", || {
            let body = packet(&"<a>".repeat(9_000));
            let body = body.get(..60_000).unwrap_or(&body);
            jpeg::small(&jpeg::segment(
                0xe1,
                &[b"http://ns.adobe.com/xap/1.0/\0", body].concat(),
            ))
        }),
        case("a billion laughs", || {
            let mut text = String::from("<!DOCTYPE a [<!ENTITY l0 'ha'>");
            for level in 1..=9 {
                write!(
                    text,
                    "<!ENTITY l{level} '{}'>",
                    format!("&l{};", level - 1).repeat(10)
                )
                .unwrap();
            }
            text += "]>";
            in_png(&[text.as_bytes(), &packet("<dc:title>&l9;</dc:title>")].concat())
        }),
        case("50,000 keywords", || {
            let words = "<rdf:li>red</rdf:li>".repeat(45_000);
            in_png(&packet(&format!(
                "<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>"
            )))
        }),
        case("30,000 attributes of one element", || {
            let mut attributes = String::new();
            (0..30_000).for_each(|n| write!(attributes, " a{n}='{n}'").unwrap());
            in_png(&packet(&format!("<a{attributes}/>")))
        }),
        case("30,000 namespaces of one element", || {
            let mut names = String::new();
            (0..20_000).for_each(|n| write!(names, " xmlns:a{n}='b{n}'").unwrap());
            in_png(&packet(&format!("<a{names}>{}</a>", "<b/>".repeat(50_000))))
        }),
    ]
}
