use imaging::{Fit, Quality};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

fn canonical(text: &str) -> String {
    parse(text).unwrap().options.canonical()
}

fn problem(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn every_option_reaches_the_engine() {
    let parsed =
        parse("width=800,height=600,dpr=1.5,fit=cover,gravity=0.25x0.333,format=webp,quality=75,v=3")
            .unwrap();
    let options = parsed.options.render_options(OutputFormat::Webp);
    assert_eq!((options.width, options.height), (Some(800), Some(600)));
    assert_eq!(options.dpr, 1.5);
    assert_eq!(options.fit, Fit::Cover);
    assert_eq!(options.gravity, Gravity::Point { x: 0.25, y: 0.333 });
    assert_eq!(
        (options.format, options.quality),
        (OutputFormat::Webp, Quality::Fixed(75))
    );
    assert_eq!((options.animate, options.page), (true, 0));
    let frame = parse("page=7")
        .unwrap()
        .options
        .render_options(OutputFormat::Webp);
    assert_eq!((frame.animate, frame.page), (false, 7));
    assert_eq!(parsed.options.version, Some(3));
    assert!(!parsed.signed);
}

#[test]
fn texts_that_mean_the_same_have_one_canonical_form() {
    for (text, expected) in [
        ("", ""),
        ("f=auto,q=80,fit=scale-down,g=center,dpr=1", ""),
        ("width=0800,format=jpg", "f=jpeg,w=800"),
        ("w=800,dpr=2.0", "dpr=2,w=800"),
        ("w=800,dpr=1.50", "dpr=1.5,w=800"),
        ("w=8,h=9,fit=cover,g=0.50x0.5", "fit=cover,h=9,w=8"),
        (
            "w=8,h=9,fit=cover,g=0.3333333333x1.0",
            "fit=cover,g=0.333x1,h=9,w=8",
        ),
        ("w=8,h=9,fit=crop,g=0x0.05", "fit=crop,g=0x0.05,h=9,w=8"),
        // What does not change the picture does not make a second one.
        ("w=800,g=top", "w=800"),
        ("w=800,fit=cover,g=top", "fit=cover,w=800"),
        ("dpr=3,fit=pad", ""),
        ("f=png,q=50", "f=png"),
        ("w=800,kid=k1,sig=abc", "w=800"),
        // A frame is a still picture, whatever else is asked for; the first one is what every still picture shows.
        ("anim=true", ""),
        ("f=gif,q=50,anim=false", "anim=false,f=gif"),
        ("f=jpeg,anim=false", "f=jpeg"),
        ("page=3,anim=true,f=webp", "f=webp,page=3"),
        ("page=0", "anim=false"),
        ("f=png,page=0", "f=png"),
        ("f=png,page=02", "f=png,page=2"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn the_canonical_form_is_sorted() {
    let text = canonical("w=1,v=2,q=3,page=6,h=4,g=top,fit=pad,f=webp,dpr=5");
    assert_eq!(text, "dpr=5,f=webp,fit=pad,g=top,h=4,page=6,q=3,v=2,w=1");
    assert_eq!(
        canonical("w=1,f=gif,anim=false,dpr=5"),
        "anim=false,dpr=5,f=gif,w=1"
    );
    let mut names: Vec<_> = text.split(',').collect();
    names.sort_unstable();
    assert_eq!(names.join(","), text);
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    for (text, name, value, expected, suggested) in [
        ("w=0", "w", "0", SIDE, None),
        ("f=webp,width=12001", "width", "12001", SIDE, None),
        ("h=800px", "h", "800px", SIDE, None),
        ("h=+8", "h", "+8", SIDE, None),
        ("h=99999999999", "h", "99999999999", SIDE, None),
        ("w=8.5", "w", "8.5", SIDE, None),
        ("dpr=0.9", "dpr", "0.9", DPR, None),
        ("dpr=5.1", "dpr", "5.1", DPR, None),
        ("dpr=1.25", "dpr", "1.25", DPR, None),
        ("dpr=2.", "dpr", "2.", DPR, None),
        ("fit=cver", "fit", "cver", FIT, Some("cover")),
        ("g=middle", "g", "middle", GRAVITY, None),
        ("g=topleft", "g", "topleft", GRAVITY, Some("top-left")),
        ("g=1.1x0", "g", "1.1x0", GRAVITY, None),
        ("g=0.5", "g", "0.5", GRAVITY, None),
        ("g=NaNx0", "g", "NaNx0", GRAVITY, None),
        ("f=JPEG", "f", "JPEG", FORMAT, Some("jpeg")),
        ("q=0", "q", "0", QUALITY, None),
        ("q=101", "q", "101", QUALITY, None),
        ("v=0", "v", "0", VERSION, None),
        ("anim=ture", "anim", "ture", ANIMATED, Some("true")),
        ("anim=1", "anim", "1", ANIMATED, None),
        ("page=-1", "page", "-1", PAGE, None),
        ("page=10000", "page", "10000", PAGE, None),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], value, "{text}");
        let fault = Fault::Value {
            name: name.to_owned(),
            expected: expected.to_owned(),
            nearest: suggested,
        };
        assert_eq!(error.fault, fault, "{text}");
        let detail = error.to_string();
        assert!(
            detail.contains(expected) && detail.contains(&format!("{name:?}")),
            "{detail}"
        );
    }
}

#[test]
fn the_words_tell_what_to_do() {
    assert_eq!(
        problem("w=800,fit=cver"),
        "The option \"fit\" cannot be \"cver\" (position 11): expected scale-down, contain, cover, crop, pad or \
         squeeze. Did you mean \"cover\"?"
    );
    assert_eq!(
        problem("wdith=800"),
        "The option \"wdith\" at position 1 is not known. Did you mean \"width\"? Known are width (w), height (h), \
         dpr, fit, gravity (g), format (f), quality (q), anim, page, v, kid, sig."
    );
    assert_eq!(
        problem("w=800,h=1,width=900"),
        "The option \"width\" at position 11 repeats \"w\" at position 1: give it once."
    );
    assert_eq!(
        problem("w="),
        "The option \"w\" has no value at position 3: expected a whole number of pixels from 1 to 12000."
    );
    assert!(problem("w=800,").starts_with("There is nothing before or after the comma at position 7"));
    assert!(problem("800x600").starts_with("\"800x600\" at position 1 is not an option"));
}

#[test]
fn options_of_a_later_release_are_refused_and_not_ignored() {
    for text in [
        "blur=5",
        "rotate=90",
        "original",
        "p=card",
        "exp=1",
        "f=avif",
        "f=json",
        "q=auto",
    ] {
        let detail = problem(text);
        assert!(
            detail.contains("this release of Tintype does not have it"),
            "{detail}"
        );
    }
}

#[test]
fn a_key_without_its_signature_is_refused() {
    assert!(problem("w=1,kid=k1").contains("no \"sig\""));
    assert!(parse("w=1,kid=k1,sig=x").unwrap().signed);
}

#[test]
fn hostile_text_is_quoted_short_and_without_control_characters() {
    let detail = problem(&format!("\r\n\u{1b}{}=1", "x".repeat(100_000)));
    assert!(
        detail.len() < 400 && !detail.contains(['\r', '\n', '\u{1b}']),
        "{detail:.80}"
    );
}

/// One option in every spelling, with the short name first.
fn spellings() -> impl Strategy<Value = Vec<(Vec<&'static str>, String)>> {
    let side = || (1..=MAX_SIDE).prop_map(|side| side.to_string());
    let part = || (0..=1_000_u32).prop_map(|part| format!("{}.{:03}", part / 1_000, part % 1_000));
    let gravity = prop_oneof![
        select(GRAVITIES.map(|(name, _)| name).to_vec()).prop_map(str::to_owned),
        (part(), part()).prop_map(|(x, y)| format!("{x}x{y}")),
    ];
    (
        option::of(side()).prop_map(|value| value.map(|value| (vec!["w", "width"], value))),
        option::of(side()).prop_map(|value| value.map(|value| (vec!["h", "height"], value))),
        option::of(10..=50_u8)
            .prop_map(|value| value.map(|tenths| (vec!["dpr"], format!("{}.{}", tenths / 10, tenths % 10)))),
        option::of(select(FITS.map(|(name, _)| name).to_vec()))
            .prop_map(|value| value.map(|value| (vec!["fit"], value.to_owned()))),
        option::of(gravity).prop_map(|value| value.map(|value| (vec!["g", "gravity"], value))),
        option::of(select(FORMATS.map(|(name, _)| name).to_vec()))
            .prop_map(|value| value.map(|value| (vec!["f", "format"], value.to_owned()))),
        option::of(1..=100_u8).prop_map(|value| value.map(|value| (vec!["q", "quality"], value.to_string()))),
        option::of(1..=u32::MAX).prop_map(|value| value.map(|value| (vec!["v"], value.to_string()))),
        option::of(any::<bool>()).prop_map(|value| value.map(|value| (vec!["anim"], value.to_string()))),
        option::of(0..=MAX_PAGE).prop_map(|value| value.map(|value| (vec!["page"], value.to_string()))),
    )
        .prop_map(|(w, h, dpr, fit, g, f, q, v, anim, page)| {
            [w, h, dpr, fit, g, f, q, v, anim, page]
                .into_iter()
                .flatten()
                .collect()
        })
}

fn text(options: &[(Vec<&'static str>, String)], spelling: usize) -> String {
    let pairs: Vec<_> = options
        .iter()
        .map(|(names, value)| format!("{}={value}", names[spelling % names.len()]))
        .collect();
    pairs.join(",")
}

proptest! {
    #[test]
    fn the_canonical_form_is_a_fixed_point(options in spellings()) {
        let parsed = parse(&text(&options, 0)).unwrap();
        let again = parse(&parsed.options.canonical()).unwrap();
        prop_assert_eq!(again, parsed);
        prop_assert_eq!(again.options.canonical(), parsed.options.canonical());
    }

    #[test]
    fn order_never_matters((options, shuffled) in spellings().prop_flat_map(|options| {
        (Just(options.clone()), Just(options).prop_shuffle())
    })) {
        prop_assert_eq!(parse(&text(&options, 0)), parse(&text(&shuffled, 0)));
    }

    #[test]
    fn aliases_give_one_key(options in spellings()) {
        prop_assert_eq!(canonical(&text(&options, 0)), canonical(&text(&options, 1)));
    }

    #[test]
    fn a_variant_s_options_are_their_own_canonical_form(options in spellings()) {
        let parsed = parse(&text(&options, 0)).unwrap().options;
        for format in [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Png, OutputFormat::Gif] {
            let variant = parsed.of_variant(format);
            prop_assert_eq!(parse(&variant.canonical()).unwrap().options, variant);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_within_it(text in ".{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert_eq!(&text[error.span.clone()], error.text.as_str());
        }
    }

    #[test]
    fn near_misses_are_read_or_refused_at_a_place_within_them(
        pairs in vec(("[a-z]{0,3}|w|h|dpr|fit|g|f|q|anim|page|v|kid|sig", "[0-9a-z.x]{0,5}"), 0..4)
    ) {
        let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
        match parse(&text) {
            Ok(parsed) => prop_assert_eq!(parse(&parsed.options.canonical()).unwrap().options, parsed.options),
            Err(error) => prop_assert!(error.span.end <= text.len()),
        }
    }
}
