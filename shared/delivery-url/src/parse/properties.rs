//! What holds for all options.

use imaging::OutputFormat;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

fn canonical(text: &str) -> String {
    parse(text).unwrap().canonical()
}

fn options_of(text: &str) -> Options {
    match parse(text).unwrap().target {
        Target::Options(options) => options,
        other => unreachable!("{other:?} was not among the options"),
    }
}

type Spelling = (Vec<&'static str>, String);

/// One option in every spelling, with the short name first.
fn spellings() -> impl Strategy<Value = Vec<Spelling>> {
    let one = |names: &[&'static str], value: BoxedStrategy<String>| {
        let names = names.to_vec();
        option::of(value.prop_map(move |value| (names.clone(), value)))
    };
    let side = || (1..=MAX_SIDE).prop_map(|side| side.to_string());
    let part = || (0..=1_000_u32).prop_map(|part| format!("{}.{:03}", part / 1_000, part % 1_000));
    let gravity = prop_oneof![
        select(GRAVITIES.map(|(name, _)| name).to_vec()).prop_map(str::to_owned),
        (part(), part()).prop_map(|(x, y)| format!("{x}x{y}")),
    ];
    let hundredths = |steps: std::ops::RangeInclusive<u32>| {
        steps
            .prop_map(|steps| format!("{}.{:02}", steps / 100, steps % 100))
            .boxed()
    };
    let colour = || "[0-9a-fA-F]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}|black|white|transparent";
    let named = |names: &[&'static str]| select(names.to_vec()).prop_map(str::to_owned).boxed();
    let shape = (
        one(&["w", "width"], side().boxed()),
        one(&["h", "height"], side().boxed()),
        one(
            &["ar"],
            (1..=100_u32, 1..=100_u32)
                .prop_map(|(w, h)| format!("{w}:{h}.0"))
                .boxed(),
        ),
        one(
            &["dpr"],
            (10..=50_u8)
                .prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))
                .boxed(),
        ),
        one(&["fit"], named(&FITS.map(|(name, _)| name))),
        one(&["g", "gravity"], gravity.boxed()),
        one(
            &["trim"],
            prop_oneof![
                Just("border".to_owned()),
                (0..=255_u8).prop_map(|t| t.to_string())
            ]
            .boxed(),
        ),
        one(&["rotate"], named(&ROTATIONS.map(|(name, _)| name))),
        one(&["flip"], named(&FLIPS.map(|(name, _)| name))),
    );
    let paint = (
        one(&["bg", "background"], colour().boxed()),
        one(
            &["border"],
            (1..=1_000_u32, colour())
                .prop_map(|(width, colour)| format!("{width}:{colour}"))
                .boxed(),
        ),
        one(&["blur"], hundredths(0..=25_000)),
        one(&["sharpen"], hundredths(0..=1_000)),
        one(&["brightness"], hundredths(0..=200)),
        one(&["contrast"], hundredths(0..=200)),
        one(&["gamma"], hundredths(10..=1_000)),
        one(&["saturation"], hundredths(0..=200)),
    );
    let file = (
        one(&["f", "format"], named(&FORMATS.map(|(name, _)| name))),
        one(
            &["q", "quality"],
            prop_oneof![Just("auto".to_owned()), (1..=100_u8).prop_map(|q| q.to_string())].boxed(),
        ),
        one(&["effort"], named(&EFFORTS.map(|(name, _)| name))),
        one(
            &["mb"],
            (1_000..=100_000_000_u32)
                .prop_map(|bytes| bytes.to_string())
                .boxed(),
        ),
        one(&["metadata"], named(&METADATA.map(|(name, _)| name))),
        one(&["cs"], named(&COLOUR_SPACES.map(|(name, _)| name))),
        one(&["anim"], named(&["true", "false"])),
        one(
            &["page"],
            (0..=MAX_PAGE).prop_map(|page| page.to_string()).boxed(),
        ),
        one(&["wm"], "[a-z0-9_-]{1,32}".boxed()),
        one(&["dl"], "true|[a-zA-Z0-9][a-zA-Z0-9 ._=-]{0,20}[a-z]".boxed()),
        one(
            &["v"],
            (1..=u32::MAX).prop_map(|version| version.to_string()).boxed(),
        ),
    );
    (shape, paint, file).prop_map(|(shape, paint, file)| {
        let (w, h, ar, dpr, fit, g, trim, rotate, flip) = shape;
        let (bg, border, blur, sharpen, brightness, contrast, gamma, saturation) = paint;
        let (f, q, effort, mb, metadata, cs, anim, page, wm, dl, v) = file;
        [
            w, h, ar, dpr, fit, g, trim, rotate, flip, bg, border, blur, sharpen, brightness, contrast,
            gamma, saturation, f, q, effort, mb, metadata, cs, anim, page, wm, dl, v,
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}

fn text(options: &[Spelling], spelling: usize) -> String {
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
        let again = parse(&parsed.canonical()).unwrap();
        prop_assert_eq!(again.canonical(), parsed.canonical());
        prop_assert_eq!(again, parsed);
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
        let parsed = options_of(&text(&options, 0));
        for format in [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Png, OutputFormat::Avif] {
            let variant = parsed.of_variant(format);
            prop_assert_eq!(options_of(&variant.canonical()), variant);
        }
    }

    #[test]
    fn what_is_left_out_of_the_canonical_form_changes_no_size(
        options in spellings(), width in 1..5_000_u32, height in 1..5_000_u32
    ) {
        let mut found = Found::default();
        for (names, value) in &options {
            let Lookup::Known(name) = OptionName::look_up(names[0]) else { unreachable!() };
            let spanned = |text| Spanned { text, start: 0 };
            set(&mut found, name, spanned(names[0]), spanned(value)).unwrap();
        }
        let asked = found.options;
        let left = asked.clone().without_idle_options();
        let plan = |options: &Options| {
            imaging::geometry(imaging::Size { width, height }, &options.render_options(OutputFormat::Webp))
        };
        prop_assert_eq!(plan(&left), plan(&asked), "{} of {:?}", left.canonical(), asked);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_within_it(text in ".{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert_eq!(&text[error.span.clone()], error.text.as_str());
        }
    }

    #[test]
    fn near_misses_are_read_or_refused_at_a_place_within_them(
        pairs in vec(("[a-z]{0,3}|w|h|ar|dpr|fit|g|f|q|v|kid|sig|bg|border|trim|rotate|flip|gamma|mb|cs|p|wm|dl|exp|alt", "[0-9a-z.:x]{0,5}"), 0..4)
    ) {
        let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
        match parse(&text) {
            Ok(parsed) if parsed.terms.expires_at_s.is_none() => {
                prop_assert_eq!(parse(&parsed.canonical()).unwrap().target, parsed.target);
            }
            Ok(_) => {}
            Err(error) => prop_assert!(error.span.end <= text.len()),
        }
    }
}
