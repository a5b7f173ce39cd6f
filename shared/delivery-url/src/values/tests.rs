use super::*;

#[test]
fn numbers_are_exact_and_their_text_is_the_shortest() {
    for (text, steps, shown) in [
        ("0", 0, "0"),
        ("1", 100, "1"),
        ("01.50", 150, "1.5"),
        ("0.07", 7, "0.07"),
        ("250.000", 25_000, "250"),
    ] {
        let found = Hundredths::read(text, 0..=25_000).unwrap();
        assert_eq!(found, Hundredths::of_steps(steps), "{text}");
        assert_eq!(found.to_string(), shown);
    }
    for text in [
        "",
        ".5",
        "1.",
        "1.005",
        "-1",
        "+1",
        "1e2",
        "250.01",
        "99999999999",
        "1,5",
        "१",
    ] {
        assert_eq!(Hundredths::read(text, 0..=25_000), None, "{text}");
    }
}

#[test]
fn a_ratio_is_in_lowest_terms() {
    for (text, expected) in [
        ("16:9", (16, 9)),
        ("1920:1080", (16, 9)),
        ("1.91:1", (191, 100)),
        ("1:1.50", (2, 3)),
        ("10000:1", (10_000, 1)),
        ("0.5:0.25", (2, 1)),
    ] {
        assert_eq!(ratio(text), Some(expected), "{text}");
    }
    for text in [
        "16", "16/9", "16x9", "0:9", "16:0", "0:0", "10001:1", "1:100.01", "1.001:1", ":", "-1:2",
    ] {
        assert_eq!(ratio(text), None, "{text}");
    }
}

#[test]
fn a_colour_has_one_text_however_it_is_written() {
    for (text, shown) in [
        ("fff", "ffffff"),
        ("white", "ffffff"),
        ("000F", "000000"),
        ("black", "000000"),
        ("1a2B3c", "1a2b3c"),
        ("11223380", "11223380"),
        ("1238", "11223388"),
        ("11223300", "00000000"),
        ("transparent", "00000000"),
    ] {
        assert_eq!(Hex(colour(text).unwrap()).to_string(), shown, "{text}");
    }
    for text in [
        "",
        "#fff",
        "ff",
        "fffff",
        "fffffff",
        "ffffffff0",
        "ggg",
        "ÿÿÿ",
        "red",
    ] {
        assert!(colour(text).is_err(), "{text}");
    }
    assert_eq!(colour("wite"), Err(Some("white")));
}
