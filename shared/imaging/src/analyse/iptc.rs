//! What editors wrote before XMP: IPTC's Information Interchange Model 4.2, records of tag, length and bytes.

use domain::Metadata;

use super::{
    clean,
    metadata::{MAX_NAME_CHARS, MAX_TEXT_CHARS, keywords, place_name},
    moment::moment,
};

/// A file has about twenty.
const MAX_RECORDS: usize = 2_000;
/// Of record 1, dataset 90: the rest is UTF-8 (ISO 2022).
const UTF8: &[u8] = b"\x1b%G";

/// The records inside Photoshop's image resources ("Photoshop File Formats", image resource 0x0404).
pub(crate) fn of_photoshop(resources: &[u8]) -> Option<&[u8]> {
    let mut rest = resources;
    while let Some(after) = rest.strip_prefix(b"8BIM") {
        let (id, after) = after.split_first_chunk::<2>()?;
        // A name with its length before it, together an even number of bytes.
        let name = (usize::from(*after.first()?) + 1).next_multiple_of(2);
        let (length, after) = after.get(name..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        if *id == [0x04, 0x04] {
            return after.get(..length);
        }
        rest = after.get(length.checked_add(length % 2)?..)?;
    }
    None
}

/// Record, dataset and bytes, in the order of the file, up to what cannot be read.
fn records(block: &[u8]) -> Vec<(u8, u8, &[u8])> {
    let mut found = Vec::new();
    let mut rest = block;
    while let [0x1c, record, dataset, l1, l0, after @ ..] = rest
        && found.len() < MAX_RECORDS
    {
        // The top bit announces lengths above 32 KiB, which no text has.
        let length = usize::from(u16::from_be_bytes([*l1, *l0]));
        let Some((bytes, after)) = after.split_at_checked(length) else {
            break;
        };
        found.push((*record, *dataset, bytes));
        rest = after;
    }
    found
}

/// What the records say.
pub(crate) fn metadata(block: &[u8]) -> Metadata {
    let records = records(block);
    let is_utf8 = records
        .iter()
        .any(|(record, dataset, bytes)| (*record, *dataset) == (1, 90) && *bytes == UTF8);
    let texts: Vec<(u8, String)> = records
        .iter()
        .filter(|(record, ..)| *record == 2)
        .map(|(_, dataset, bytes)| (*dataset, decoded(bytes, is_utf8)))
        .collect();
    let all = |dataset: u8| {
        texts
            .iter()
            .filter(move |(found, _)| *found == dataset)
            .map(|(_, text)| text.as_str())
    };
    let text = |dataset, max_chars| all(dataset).find_map(|text| clean(text, max_chars));
    let name = |dataset| text(dataset, MAX_NAME_CHARS);
    Metadata {
        taken_at: taken_at(all(55).next(), all(60).next()),
        place_name: place_name([name(90), name(95), name(101)]),
        title: text(5, MAX_TEXT_CHARS),
        description: text(120, MAX_TEXT_CHARS),
        keywords: keywords(all(25)),
        artist: clean(&all(80).collect::<Vec<_>>().join(", "), MAX_NAME_CHARS),
        credit: name(110),
        copyright: text(116, MAX_TEXT_CHARS),
        ..Metadata::default()
    }
}

/// Latin-1 unless it says or is UTF-8: many programs write UTF-8 without saying so, and Latin-1 text with letters beyond
/// ASCII is hardly ever valid UTF-8.
fn decoded(bytes: &[u8], is_utf8: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// `20260517` and `140312+0200`.
fn taken_at(date: Option<&str>, time: Option<&str>) -> Option<String> {
    let (date, time) = (date?, time?);
    let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..8)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..6)?);
    let zone = time.get(6..).unwrap_or_default();
    moment(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}"), zone)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A block of these records.
    pub(in crate::analyse) fn block(records: &[(u8, u8, &[u8])]) -> Vec<u8> {
        records
            .iter()
            .flat_map(|(record, dataset, bytes)| {
                let length = (bytes.len() as u16).to_be_bytes();
                [&[0x1c, *record, *dataset], &length[..], bytes].concat()
            })
            .collect()
    }

    /// The block among Photoshop's resources, behind another one with a name of odd length.
    pub(in crate::analyse) fn in_photoshop(block: &[u8]) -> Vec<u8> {
        let mut all = b"8BIM\x04\x0d\x04name\0\0\0\0\x03abc\0".to_vec();
        all.extend(b"8BIM\x04\x04\0\0");
        all.extend((block.len() as u32).to_be_bytes());
        all.extend(block);
        all.resize(all.len().next_multiple_of(2), 0);
        all
    }

    #[test]
    fn every_record_that_is_asked_for_is_read() {
        let found = metadata(&block(&[
            (1, 90, UTF8),
            (2, 5, "Boats".as_bytes()),
            (2, 25, b"sea"),
            (2, 25, b"harbour"),
            (2, 25, b"sea"),
            (2, 55, b"20260517"),
            (2, 60, b"140312+0200"),
            (2, 80, "Ada Lovelace".as_bytes()),
            (2, 80, b"Grace Hopper"),
            (2, 90, b"Lisbon"),
            (2, 101, b"Portugal"),
            (2, 110, b"Agency"),
            (2, 116, "© Ada".as_bytes()),
            (2, 120, "Boats in the harbour".as_bytes()),
        ]));
        assert_eq!(found.title.as_deref(), Some("Boats"));
        assert_eq!(found.keywords, ["sea", "harbour"]);
        assert_eq!(found.taken_at.as_deref(), Some("2026-05-17T14:03:12+02:00"));
        assert_eq!(found.artist.as_deref(), Some("Ada Lovelace, Grace Hopper"));
        assert_eq!(found.place_name.as_deref(), Some("Lisbon, Portugal"));
        assert_eq!(found.credit.as_deref(), Some("Agency"));
        assert_eq!(found.copyright.as_deref(), Some("© Ada"));
        assert_eq!(found.description.as_deref(), Some("Boats in the harbour"));
    }

    #[test]
    fn texts_are_latin_1_unless_they_say_or_are_utf_8() {
        let title = |records: &[(u8, u8, &[u8])]| metadata(&block(records)).title.unwrap();
        assert_eq!(title(&[(2, 5, b"Gr\xfc\xdfe")]), "Grüße");
        assert_eq!(title(&[(2, 5, "Grüße".as_bytes())]), "Grüße");
        assert_eq!(title(&[(1, 90, UTF8), (2, 5, b"Gr\xfc")]), "Gr\u{fffd}");
    }

    #[test]
    fn keywords_are_bounded_in_number_and_length() {
        let long = "k".repeat(500);
        let words: Vec<String> = (0..500).map(|i| format!("{i}{long}")).collect();
        let records: Vec<(u8, u8, &[u8])> = words.iter().map(|word| (2, 25, word.as_bytes())).collect();
        let found = metadata(&block(&records)).keywords;
        assert_eq!(found.len(), 100);
        assert!(found.iter().all(|word| word.chars().count() == 64));
    }

    #[test]
    fn the_records_are_found_among_the_resources_of_photoshop() {
        let records = block(&[(2, 5, b"odd")]);
        assert_eq!(of_photoshop(&in_photoshop(&records)), Some(&records[..]));
        assert_eq!(of_photoshop(b"8BIM\x04\x04\0\0\xff\xff\xff\xff"), None);
        assert_eq!(of_photoshop(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, head in 0_usize..3) {
            let all = [[&b""[..], b"\x1c\x02\x19", b"8BIM\x04\x04\0\0\0\0"][head], &bytes[..]].concat();
            let found = metadata(&all);
            assert!(found.keywords.len() <= 100);
            let _ = of_photoshop(&all);
        }
    }
}
