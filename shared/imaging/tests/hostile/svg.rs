//! SVGs that are short to write and long to draw.

use std::fmt::Write as _;

use crate::{Case, case};

fn svg(attributes: &str, body: &str) -> Vec<u8> {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {attributes}>{body}</svg>"
    )
    .into_bytes()
}

const SIZE: &str = "width='400' height='300'";

/// Each level shows the one before it ten times.
fn doubled(levels: usize) -> Vec<u8> {
    let mut body = String::from("<defs><g id='g0'><rect width='9' height='9'/></g>");
    for level in 1..=levels {
        write!(body, "<g id='g{level}'>").unwrap();
        for _ in 0..10 {
            write!(body, "<use xlink:href='#g{}'/>", level - 1).unwrap();
        }
        body += "</g>";
    }
    write!(body, "</defs><use xlink:href='#g{levels}'/>").unwrap();
    svg(SIZE, &body)
}

fn laughs() -> Vec<u8> {
    let mut text = String::from("<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY l0 'ha'>");
    for level in 1..=9 {
        write!(
            text,
            "<!ENTITY l{level} '{}'>",
            format!("&l{};", level - 1).repeat(10)
        )
        .unwrap();
    }
    text += "]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><desc>&l9;</desc></svg>";
    text.into_bytes()
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a billion laughs", laughs),
        case("an entity that is itself", || {
            b"<!DOCTYPE svg [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>\
              <svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><desc>&a;</desc></svg>"
                .to_vec()
        }),
        case("a rectangle shown 10^9 times by nine levels of use", || {
            doubled(9)
        }),
        case("a rectangle shown 10^5 times by five levels of use", || {
            doubled(5)
        }),
        case("use that shows itself", || {
            svg(
                SIZE,
                "<g id='a'><use xlink:href='#b'/></g><g id='b'><use xlink:href='#a'/></g>",
            )
        }),
        case("a filter region of a billion pixels a side", || {
            let filter = "<filter id='f' filterUnits='userSpaceOnUse' x='-5e8' y='-5e8' width='1e9' height='1e9'>\
                          <feGaussianBlur stdDeviation='1e6'/><feTurbulence baseFrequency='.01' numOctaves='1000'/></filter>";
            svg(
                SIZE,
                &format!("{filter}<rect width='400' height='300' filter='url(#f)'/>"),
            )
        }),
        case("a thousand blurs, one behind the other", || {
            let filter = format!(
                "<filter id='f'>{}</filter>",
                "<feGaussianBlur stdDeviation='50'/>".repeat(1_000)
            );
            svg(
                "width='4000' height='4000'",
                &format!("{filter}<rect width='4000' height='4000' filter='url(#f)'/>"),
            )
        }),
        case("10,000 rectangles, each with a filter", || {
            let filter = "<filter id='f'><feGaussianBlur stdDeviation='9'/></filter>";
            let shape = "<rect width='400' height='300' filter='url(#f)'/>".repeat(10_000);
            svg(SIZE, &format!("{filter}{shape}"))
        }),
        case("a convolution with a large kernel", || {
            let kernel = "1 ".repeat(2_500);
            svg(
                "width='2000' height='2000'",
                &format!(
                    "<filter id='f'><feConvolveMatrix order='50' kernelMatrix='{kernel}'/></filter>\
                     <rect width='2000' height='2000' filter='url(#f)'/>"
                ),
            )
        }),
        case("100,000 groups, each inside of the one before", || {
            svg(
                SIZE,
                &format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000)),
            )
        }),
        case("100,000 half transparent groups", || {
            svg(
                SIZE,
                &"<g opacity='.5'><rect width='400' height='300'/></g>".repeat(50_000),
            )
        }),
        case("files and hosts that it refers to", || {
            svg(
                SIZE,
                "<image xlink:href='file:///etc/passwd' width='9' height='9'/>\
                 <image xlink:href='http://localhost:9/a.png' width='9' height='9'/>\
                 <use xlink:href='file:///etc/hosts#a'/><style>@import url(http://localhost:9/a.css);</style>",
            )
        }),
        case("an external entity", || {
            b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\
              <svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><desc>&a;</desc></svg>"
                .to_vec()
        }),
        case("a size of 10^30 pixels", || {
            svg("width='1e30' height='1e30'", "<rect width='1' height='1'/>")
        }),
        case("a path of a million curves", || {
            let path = format!("<path d='M0 0{}' stroke='red'/>", "c1 1 2-2 3 1".repeat(300_000));
            svg(SIZE, &path)
        }),
        case("a line of a billion dashes", || {
            svg(
                SIZE,
                "<path d='M0 5H1e9' stroke='red' stroke-width='3' stroke-dasharray='.1 .1'/>",
            )
        }),
        case("a pattern of 10^10 tiles", || {
            svg(
                SIZE,
                "<pattern id='p' width='.00001' height='.00001' patternUnits='userSpaceOnUse'>\
                 <rect width='1' height='1'/></pattern><rect width='400' height='300' fill='url(#p)'/>",
            )
        }),
        case("10,000 gradients, each of the one before", || {
            let mut body = String::from("<linearGradient id='g0'><stop stop-color='red'/></linearGradient>");
            for n in 1..10_000 {
                write!(body, "<linearGradient id='g{n}' xlink:href='#g{}'/>", n - 1).unwrap();
            }
            svg(
                SIZE,
                &format!("{body}<rect width='9' height='9' fill='url(#g9999)'/>"),
            )
        }),
        case("10,000 rules of style on 10,000 elements", || {
            let mut style = String::new();
            for n in 0..10_000 {
                write!(style, "g g .c{n}{{fill:red}}").unwrap();
            }
            let shapes = "<g><g><rect class='a b c' width='1' height='1'/></g></g>".repeat(10_000);
            svg(SIZE, &format!("<style>{style}</style>{shapes}"))
        }),
    ]
}
