use super::*;

/// A packet with these properties, as elements of one description.
pub(crate) fn packet(properties: &str) -> Vec<u8> {
    format!(
        r#"<?xpacket begin="{}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
<rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:photoshop="{PHOTOSHOP}" xmlns:xmp="{XMP}"
 xmlns:Iptc4xmpCore="{IPTC_CORE}" xmlns:exif="{EXIF}" xmlns:aux="{AUX}" xmlns:tiff="{TIFF}"
 photoshop:City="Lisbon" xmp:Rating="4" aux:Lens="XF23mmF2 R WR">{properties}</rdf:Description>
</rdf:RDF></x:xmpmeta>
   <?xpacket end="w"?>"#,
        '\u{feff}'
    )
    .into_bytes()
}

const WHOLE: &str = r#"
<dc:title><rdf:Alt><rdf:li xml:lang="de">Boote</rdf:li><rdf:li xml:lang="x-default">Boats</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Boats &amp; the harbour</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>harbour</rdf:li><rdf:li> </rdf:li></rdf:Bag></dc:subject>
<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li><rdf:li>Grace Hopper</rdf:li></rdf:Seq></dc:creator>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ada</rdf:li></rdf:Alt></dc:rights>
<Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang="x-default">Three red boats</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>
<Iptc4xmpCore:ExtDescrAccessibility><rdf:Alt><rdf:li xml:lang="x-default">Three red boats at low tide</rdf:li></rdf:Alt></Iptc4xmpCore:ExtDescrAccessibility>
<photoshop:DateCreated>2026-05-17T14:03:12.5+02:00</photoshop:DateCreated>
<photoshop:Country>Portugal</photoshop:Country><photoshop:Credit>Agency</photoshop:Credit>
<exif:GPSLatitude>38,42.5N</exif:GPSLatitude><exif:GPSLongitude>9,8,30W</exif:GPSLongitude>
<exif:GPSAltitude>353/10</exif:GPSAltitude><exif:GPSAltitudeRef>0</exif:GPSAltitudeRef>
<tiff:Make>FUJIFILM</tiff:Make>
"#;

#[test]
fn every_property_that_is_asked_for_is_read() {
    let found = metadata(&packet(WHOLE));
    assert_eq!(found.title.as_deref(), Some("Boats"));
    assert_eq!(found.description.as_deref(), Some("Boats & the harbour"));
    assert_eq!(found.keywords, ["sea", "harbour"]);
    assert_eq!(found.artist.as_deref(), Some("Ada Lovelace, Grace Hopper"));
    assert_eq!(found.copyright.as_deref(), Some("© Ada"));
    assert_eq!(found.alt_text.as_deref(), Some("Three red boats"));
    assert_eq!(
        found.extended_description.as_deref(),
        Some("Three red boats at low tide")
    );
    assert_eq!(found.taken_at.as_deref(), Some("2026-05-17T14:03:12+02:00"));
    assert_eq!(found.place_name.as_deref(), Some("Lisbon, Portugal"));
    assert_eq!(found.credit.as_deref(), Some("Agency"));
    assert_eq!(found.rating, Some(4));
    let camera = found.camera.unwrap();
    assert_eq!(
        (camera.make.as_deref(), camera.lens.as_deref()),
        (Some("FUJIFILM"), Some("XF23mmF2 R WR"))
    );
    let place = found.place.unwrap();
    assert!((place.latitude - 38.708_333_3).abs() < 1e-6, "{place:?}");
    assert!((place.longitude + 9.141_666_7).abs() < 1e-6, "{place:?}");
    assert_eq!(place.altitude_m, Some(35.3));
}

#[test]
fn prefixes_are_of_no_account_and_namespaces_are() {
    let packet = format!(
        r#"<r:RDF xmlns:r="{RDF}"><r:Description xmlns:a="{DC}" xmlns:dc="urn:other">
        <dc:rights>wrong</dc:rights><a:rights><r:Description><r:value>right</r:value></r:Description></a:rights>
        </r:Description></r:RDF>"#
    );
    assert_eq!(metadata(packet.as_bytes()).copyright.as_deref(), Some("right"));
}

#[test]
fn padding_of_nuls_does_no_harm() {
    let padded = [packet(WHOLE), vec![0; 100]].concat();
    assert_eq!(metadata(&padded).title.as_deref(), Some("Boats"));
}

#[test]
fn nonsense_is_dropped() {
    for (property, what) in [
        (
            "<exif:GPSLatitude>91,0N</exif:GPSLatitude><exif:GPSLongitude>9,8W</exif:GPSLongitude>",
            "latitude",
        ),
        (
            "<exif:GPSLatitude>nanN</exif:GPSLatitude><exif:GPSLongitude>9,8W</exif:GPSLongitude>",
            "words",
        ),
        (
            "<exif:GPSLatitude>1,2ä</exif:GPSLatitude><exif:GPSLongitude>9,8W</exif:GPSLongitude>",
            "side",
        ),
    ] {
        assert_eq!(metadata(&packet(property)).place, None, "{what}");
    }
    let rating = |text: &str| {
        let whole = String::from_utf8(packet(""))
            .unwrap()
            .replace("\"4\"", &format!("\"{text}\""));
        metadata(whole.as_bytes()).rating
    };
    assert_eq!(
        ["-1", "0", "6", "many", "5.0"].map(rating),
        [None, None, None, None, Some(5)]
    );
}

#[test]
fn entities_and_what_is_built_to_cost_time_are_refused() {
    let bomb = format!(
        r#"<!DOCTYPE a [<!ENTITY b "bbbb">]>{}"#,
        String::from_utf8(packet("<photoshop:Credit>&b;</photoshop:Credit>")).unwrap()
    );
    assert_eq!(metadata(bomb.as_bytes()), Metadata::default());
    let namespaces: String = (0..5_000).map(|i| format!(r#"<a xmlns:n{i}="u{i}">"#)).collect();
    assert_eq!(metadata(&packet(&namespaces)), Metadata::default());
    let attributes: String = (0..5_000).map(|i| format!(r#" n{i}="u""#)).collect();
    assert_eq!(
        metadata(&packet(&format!("<a{attributes}/>"))),
        Metadata::default()
    );
    let deep = "<rdf:li>".repeat(40_000);
    assert_eq!(metadata(&packet(&deep)), Metadata::default());
    let broad = packet(&"<rdf:li/>".repeat(60_000));
    assert_eq!(metadata(&broad), Metadata::default());
}

#[test]
fn texts_are_bounded_in_number_and_length() {
    let words: String = (0..500)
        .map(|i| format!("<rdf:li>{i}{}</rdf:li>", "k".repeat(500)))
        .collect();
    let found = metadata(&packet(&format!(
        "<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject><dc:rights>{}</dc:rights>",
        "r".repeat(9_000)
    )));
    assert_eq!(found.keywords.len(), 100);
    assert!(found.keywords.iter().all(|word| word.len() == 64));
    assert_eq!(found.copyright.map(|text| text.len()), Some(2_000));
}

proptest::proptest! {
    #[test]
    fn any_bytes_and_any_mutation_are_read_without_a_panic(
        bytes: Vec<u8>, at in proptest::prelude::any::<proptest::sample::Index>(), run in 0_usize..20,
    ) {
        assert_eq!(metadata(&bytes), Metadata::default());
        let mut whole = packet(WHOLE);
        let at = at.index(whole.len());
        let end = (at + run).min(whole.len());
        whole.splice(at..end, bytes.into_iter().map(|byte| byte & 0x7f));
        let found = metadata(&whole);
        assert!(found.keywords.len() <= 100);
    }
}
