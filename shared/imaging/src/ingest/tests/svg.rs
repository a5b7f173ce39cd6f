//! SVG from file to mezzanine, and what is refused before it is drawn.

use std::time::{Duration, Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::ImageFormat;

use super::{ingested, pixels, taken, top_middles};
use crate::{
    Allowance, ImagingError, IngestOptions, ProbeError, ingest,
    raster::Raster,
    testing::{QUARTERS, assert_near, png, quarters},
};

fn drawing(inner: &str) -> Vec<u8> {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 24 16">{inner}</svg>"#
    )
    .into_bytes()
}

fn four() -> Vec<u8> {
    let rect = |x: u32, y: u32, [r, g, b]: [u8; 3]| {
        format!(r#"<rect x="{x}" y="{y}" width="12" height="8" fill="rgb({r},{g},{b})"/>"#)
    };
    let [red, green, blue, white] = QUARTERS;
    drawing(
        &[
            rect(0, 0, red),
            rect(12, 0, green),
            rect(0, 8, blue),
            rect(12, 8, white),
        ]
        .concat(),
    )
}

/// Why it is refused; within a time that no bomb leaves.
fn refused(bytes: &[u8]) -> String {
    let began = Instant::now();
    let result = taken(bytes);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    match result {
        Err(
            error @ (ImagingError::Undecodable { .. }
            | ImagingError::Probe(_)
            | ImagingError::OverBudget { .. }),
        ) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_icon_is_drawn_as_large_as_the_top_rung() {
    let found = ingested(&four());
    assert_eq!(found.analysis.format, ImageFormat::Svg);
    assert_eq!((found.analysis.width, found.analysis.height), (2_560, 1_707));
    let rungs: Vec<_> = found.mezzanines.iter().map(|m| (m.width, m.height)).collect();
    assert_eq!(rungs, [(2_560, 1_707), (1_280, 854), (640, 427)]);
    assert_near(&top_middles(&four()), &QUARTERS, 4, "four rectangles");
}

#[test]
fn what_is_not_painted_is_transparent() {
    let found = ingested(&drawing(
        r#"<circle cx="12" cy="8" r="4" fill="red" fill-opacity=".5"/>"#,
    ));
    assert!(found.analysis.has_alpha);
    let raster = pixels(&found);
    let middle = 4 * (raster.width * (raster.height / 2) + raster.width / 2) as usize;
    assert_eq!(raster.pixels[3], 0);
    assert_near(
        &[raster.pixels[middle..middle + 3].try_into().unwrap()],
        &[[255, 0, 0]],
        3,
        "straight",
    );
    assert!(raster.pixels[middle + 3].abs_diff(128) <= 2);
}

#[test]
fn the_ratio_comes_from_width_height_and_view_box() {
    for (root, size) in [
        (r#"width="100" height="50""#, (2_560, 1_280)),
        (r#"width="1in" height="48px""#, (2_560, 1_280)),
        (r#"width="100%" height="100%" viewBox="0 0 10 40""#, (640, 2_560)),
        (r#"width="20" viewBox="0 0 10 40""#, (640, 2_560)),
        (r#"viewBox="0 0 4000 4000""#, (2_560, 2_560)),
        (r#"viewBox="0 0 100000 1""#, (2_560, 1)),
    ] {
        let svg =
            format!(r#"<svg xmlns="http://www.w3.org/2000/svg" {root}><rect width="9" height="9"/></svg>"#);
        let found = ingested(svg.as_bytes()).analysis;
        assert_eq!((found.width, found.height), size, "{root}");
    }
    let none = br#"<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>"#;
    assert!(refused(none).contains("neither its width and height nor a viewBox"));
}

#[test]
fn what_may_stand_before_a_drawing_is_passed_over_and_other_markup_is_called_by_its_name() {
    for before in [
        "\u{feff}",
        "\n\n\t   \r\n                              ",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- by hand -->\n",
        "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [\n<!ENTITY ns_x \"http://example.org/\">\n]>",
    ] {
        let bytes = [before.as_bytes(), &four()].concat();
        assert_near(&top_middles(&bytes), &QUARTERS, 4, before);
    }
    for (bytes, found) in [
        ("<!DOCTYPE html><html><svg></svg></html>", "a web page"),
        (
            "<!-- hello --><html><body><br><svg></svg></body></html>",
            "a web page",
        ),
        ("          <!DOCTYPE html><p>unclosed", "a web page"),
        ("<?xml version=\"1.0\"?><rss></rss>", "XML, but no SVG"),
        ("            a letter, far to the right", "text"),
    ] {
        let expected = ProbeError::UnsupportedFormat { found };
        assert_eq!(
            taken(bytes.as_bytes()),
            Err(ImagingError::Probe(expected)),
            "{bytes}"
        );
    }
}

#[test]
fn nothing_outside_of_the_file_is_loaded_and_scripts_are_not_run() {
    let outside = drawing(
        r##"<script>document.documentElement.remove()</script>
        <image href="http://localhost/x.png" width="24" height="16"/><image href="/etc/hostname" width="24" height="16"/>
        <use href="other.svg#x"/><style>@import url(http://localhost/x.css); rect { fill: #0000ff }</style>
        <image width="24" height="16" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"/>
        <rect width="24" height="16"/>"##,
    );
    assert_near(&top_middles(&outside), &[[0, 0, 255]; 4], 4, "only the rectangle");
}

#[test]
fn pictures_inside_a_drawing_are_drawn_within_the_budget() {
    let inside = |png: &[u8]| {
        let data = BASE64_STANDARD.encode(png);
        drawing(&format!(
            r#"<image width="24" height="16" href="data:image/png;base64,{data}"/>"#
        ))
    };
    assert_near(
        &top_middles(&inside(&png(&quarters(48, 32)))),
        &QUARTERS,
        6,
        "a PNG inside",
    );
    let poor = Allowance {
        memory_bytes: 30_000_000,
        ..Allowance::UNHURRIED
    };
    let plain = Raster::new(2_000, 2_000, false, vec![9; 12_000_000]).unwrap();
    let large = ingest(&inside(&png(&plain)), &IngestOptions::default(), &poor);
    assert!(
        matches!(large, Err(ImagingError::Undecodable { .. })),
        "{large:?}"
    );
    let poorer = Allowance {
        memory_bytes: 10_000_000,
        ..Allowance::UNHURRIED
    };
    let refused = ingest(&four(), &IngestOptions::default(), &poorer);
    assert!(
        matches!(refused, Err(ImagingError::OverBudget { .. })),
        "{refused:?}"
    );
}

#[test]
fn text_is_refused_with_what_to_do() {
    assert!(refused(&drawing(r#"<text x="1" y="9">Hello</text>"#)).contains("convert its text to paths"));
    assert!(
        taken(&drawing(
            r#"<text x="1" y="9"> </text><rect width="5" height="5"/>"#
        ))
        .is_ok()
    );
}

#[test]
fn drawings_that_grow_without_end_are_refused() {
    let nested = |element: &dyn Fn(usize) -> String| (1..40).map(element).collect::<String>();
    let uses = nested(&|i| {
        let link = format!("<use href='#u{}'/>", i - 1);
        format!("<g id='u{i}'>{}</g>", link.repeat(10))
    });
    let bomb = drawing(&format!(
        "<rect id='u0' width='1' height='1'/>{uses}<use href='#u39'/>"
    ));
    assert!(refused(&bomb).contains("repeat each other"));

    for (element, attribute) in [("pattern", "fill"), ("mask", "mask"), ("clipPath", "clip-path")] {
        let chain = nested(&|i| {
            let rect = format!("<rect width='9' height='9' {attribute}='url(#c{})'/>", i - 1);
            format!(
                "<{element} id='c{i}' width='9' height='9'>{}</{element}>",
                rect.repeat(10)
            )
        });
        let bomb = drawing(&format!(
            "{chain}<rect width='9' height='9' {attribute}='url(#c39)'/>"
        ));
        assert!(refused(&bomb).contains("repeat each other"), "{element}");
    }
    let corners = "M0 0L1 1".repeat(20_000);
    let markers = drawing(&format!(
        "<marker id='m'>{}</marker><path d='{corners}' marker-mid='url(#m)'/>",
        "<rect width='1' height='1'/>".repeat(100)
    ));
    assert!(refused(&markers).contains("repeat each other"));
    let by_style = drawing(&format!(
        "<style>path {{ marker: url(#m) }}</style><marker id='m'>{}</marker>{}",
        "<rect width='1' height='1'/>".repeat(1_000),
        "<path d='M0 0L1 1'/>".repeat(10_000)
    ));
    assert!(refused(&by_style).contains("repeat each other"));
}

#[test]
fn drawings_that_lie_too_deep_or_go_round_are_refused() {
    for depth in [200, 5_000, 100_000] {
        let deep = drawing(&format!(
            "{}<rect width='1' height='1'/>{}",
            "<g>".repeat(depth),
            "</g>".repeat(depth)
        ));
        refused(&deep);
    }
    let chain: String = (1..1_000)
        .map(|i| {
            format!(
                "<mask id='c{i}'><rect width='9' height='9' mask='url(#c{})'/></mask>",
                i - 1
            )
        })
        .collect();
    refused(&drawing(&format!(
        "{chain}<rect width='9' height='9' mask='url(#c999)'/>"
    )));
    let round = "<pattern id='a' width='1' height='1'><rect width='1' height='1' fill='url(#b)'/></pattern>
        <pattern id='b' width='1' height='1'><rect width='1' height='1' fill='url(#a)'/></pattern>
        <rect width='9' height='9' fill='url(#a)'/>";
    assert!(refused(&drawing(round)).contains("a part of itself"));
    // The deepest that is taken is drawn, on whatever stack the caller has.
    let most = 140;
    let layers = drawing(&format!(
        "{}<rect width='9' height='9'/>{}",
        "<g opacity='.99' transform='scale(.9)'>".repeat(most),
        "</g>".repeat(most)
    ));
    let began = Instant::now();
    let _ = taken(&layers);
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn drawings_that_take_too_long_or_too_much_memory_are_refused() {
    let overdrawn = drawing(&"<path d='M0 0h24v16H0z'/>".repeat(20_000));
    assert!(refused(&overdrawn).contains("too often") || refused(&overdrawn).contains("too long"));
    let filtered = |filter: &str| {
        drawing(&format!(
            "<filter id='f'>{filter}</filter><rect width='24' height='16' filter='url(#f)'/>"
        ))
    };
    for filter in [
        "<feMorphology radius='9'/>".to_owned(),
        "<feTurbulence baseFrequency='.1' numOctaves='1000000'/>".to_owned(),
        "<feGaussianBlur stdDeviation='3'/>".repeat(300),
        format!(
            "<feConvolveMatrix order='40' kernelMatrix='{}'/>",
            "1 ".repeat(1_600)
        ),
    ] {
        refused(&filtered(&filter));
    }
    let huge = "<pattern id='p' width='100000' height='100000' patternUnits='userSpaceOnUse'><rect width='1' height='1'/>
        </pattern><rect width='24' height='16' fill='url(#p)'/>";
    refused(&drawing(huge));
    let dashes = "<path d='M0 0h24' stroke='red' stroke-width='.1' stroke-dasharray='.00003'/>".repeat(200);
    refused(&drawing(&dashes));
}

#[test]
fn xml_that_is_a_bomb_is_refused() {
    let with = |entities: &str, inner: &str| {
        format!("<!DOCTYPE svg [{entities}]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inner}</svg>")
            .into_bytes()
    };
    let laughs = with(
        "<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>",
        "<desc>&b;</desc>",
    );
    assert!(refused(&laughs).contains("entities"));
    let long = with(
        &format!("<!ENTITY a '{}'>", "x".repeat(100_000)),
        &format!("<desc>{}</desc>", "&a;".repeat(1_000)),
    );
    assert!(refused(&long).contains("entities"));
    let attributes: String = (0..300_000).map(|i| format!(" a{i}=''")).collect();
    assert!(refused(&drawing(&format!("<g{attributes}/>"))).contains("attributes"));
    let sheet = "a b c d e f g h { fill: red }".repeat(1_000);
    let levels = format!(
        "{}{}{}",
        "<g>".repeat(100),
        "<rect/>".repeat(1_000),
        "</g>".repeat(100)
    );
    assert!(refused(&drawing(&format!("<style>{sheet}</style>{levels}"))).contains("style sheets"));
    let external = with("<!ENTITY x SYSTEM 'file:///etc/hostname'>", "<desc>&x;</desc>");
    let _ = taken(&external);
    refused(&[&drawing("<!--")[..], &vec![b' '; 5_000_000]].concat());
}

#[test]
fn ordinary_drawings_are_not_taken_for_bombs() {
    // As drawing programs write them: classes, gradients, clips, a shadow, a few thousand paths.
    let paths: String = (0..3_000)
        .map(|i| {
            let (x, y) = (i % 24, i / 24 % 16);
            format!("<path class='st0' d='M{x} {y}c.1.2.3.4.5.6l.2.2.1.3z'/>")
        })
        .collect();
    let bytes = drawing(&format!(
        "<style type='text/css'>/* made by a program */ .st0 {{ fill: url(#g); stroke: #222; stroke-width: 0.02 }}
        .st1 {{ clip-path: url(#c); }}</style>
        <defs><linearGradient id='g'><stop offset='0' stop-color='red'/><stop offset='1' stop-color='blue'/></linearGradient>
        <clipPath id='c'><rect width='24' height='16'/></clipPath>
        <filter id='f'><feGaussianBlur stdDeviation='.5'/></filter></defs>
        <rect x='2' y='2' width='9' height='9' filter='url(#f)'/><g class='st1'>{paths}</g>"
    ));
    assert!(taken(&bytes).is_ok(), "{:?}", taken(&bytes).err());
}

#[test]
fn an_svg_cut_off_anywhere_is_refused() {
    let bytes = four();
    for length in 0..bytes.len() {
        let cut = taken(&bytes[..length]);
        assert!(
            matches!(
                cut,
                Err(ImagingError::Probe(
                    ProbeError::Truncated { .. } | ProbeError::Empty
                ))
            ),
            "{length}: {cut:?}"
        );
    }
}
