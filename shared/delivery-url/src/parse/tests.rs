use imaging::{
    Adjustments, Border, Colour, ColourSpace, Effort, Fit, Flip, Gravity, MetadataPolicy, OutputFormat,
    Quality, RenderOptions, Rotation,
};

use super::*;
use crate::canonical::FormatChoice;

fn canonical(text: &str) -> String {
    parse(text).unwrap().canonical()
}

fn options(text: &str) -> Options {
    match parse(text).unwrap().target {
        Target::Options(options) => options,
        other => panic!("{other:?}"),
    }
}

fn problem(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn every_option_reaches_the_engine() {
    let text = "width=800,ar=16:9,dpr=1.5,fit=cover,gravity=0.25x0.333,trim=7,rotate=90,flip=h,background=33669980,\
         border=4:fff,blur=2.5,sharpen=0.35,brightness=1.1,contrast=0.9,gamma=2.2,saturation=0,format=avif,quality=75,\
         effort=high,mb=200000,metadata=copyright,cs=p3,v=3,wm=logo";
    let parsed = options(text);
    let found = parsed.render_options(OutputFormat::Avif);
    let expected = RenderOptions {
        width: Some(800),
        height: None,
        aspect_ratio: Some((16, 9)),
        dpr: 1.5,
        fit: Fit::Cover,
        gravity: Gravity::Point { x: 0.25, y: 0.333 },
        trim: Some(7),
        rotate: Rotation::Quarter,
        flip: Flip::Horizontal,
        background: Some(Colour {
            red: 0x33,
            green: 0x66,
            blue: 0x99,
            alpha: 0x80,
        }),
        border: Some(Border {
            width: 4,
            colour: Colour::WHITE,
        }),
        adjustments: Adjustments {
            blur: 2.5,
            sharpen: 0.35,
            brightness: 1.1,
            contrast: 0.9,
            gamma: 2.2,
            saturation: 0.0,
        },
        format: OutputFormat::Avif,
        quality: Quality::Fixed(75),
        effort: Some(Effort::High),
        max_bytes: Some(200_000),
        metadata: MetadataPolicy::Copyright,
        colour_space: ColourSpace::DisplayP3,
        ..RenderOptions::default()
    };
    assert_eq!(found, expected);
    let frame = options("page=7").render_options(OutputFormat::Webp);
    assert_eq!((frame.animate, frame.page), (false, 7));
    assert_eq!(parse(text).unwrap().terms.version, Some(3));
    assert_eq!(parsed.format, FormatChoice::Fixed(OutputFormat::Avif));
    assert_eq!(parsed.watermark, Some("logo".parse().unwrap()));
    assert!(!parse(text).unwrap().signed);
    let height = options("height=600,q=auto");
    let height = height.render_options(OutputFormat::Jpeg);
    assert_eq!((height.height, height.quality), (Some(600), Quality::Auto));
}

#[test]
fn nothing_asked_for_is_the_engine_s_default() {
    assert_eq!(
        options("").render_options(OutputFormat::Jpeg),
        RenderOptions::default()
    );
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
        ("f=png,q=auto", "f=png"),
        ("f=png,effort=high", "f=png"),
        ("effort=high", "effort=high"),
        ("effort=normal", ""),
        ("q=auto,effort=high", "q=auto"),
        ("q=auto,effort=normal", "effort=normal,q=auto"),
        ("q=auto,mb=5000,effort=normal", "mb=5000,q=auto"),
        (
            "trim=border,rotate=0,blur=0,sharpen=0.0,brightness=1,contrast=1.00,gamma=1,saturation=1.0,metadata=none,\
             cs=srgb",
            "trim=10",
        ),
        ("blur=02.50,gamma=0.10", "blur=2.5,gamma=0.1"),
        ("bg=FFF", "bg=ffffff"),
        ("background=white,f=jpeg", "f=jpeg"),
        ("bg=fff0,f=webp", "f=webp"),
        ("border=04:1238", "border=4:11223388"),
        ("border=2:abc0,f=png", "border=2:00000000,f=png"),
        ("dpr=2,border=1:black", "border=1:000000,dpr=2"),
        // A ratio is one, however it is written, and two sides are one already.
        ("ar=1920:1080,w=800", "ar=16:9,w=800"),
        ("ar=1.91:1", "ar=191:100"),
        ("ar=4:3,w=8,h=9", "h=9,w=8"),
        ("ar=4:3,w=8,fit=crop,g=top", "ar=4:3,g=top,w=8"),
        ("ar=4:3,w=8,fit=cover", "ar=4:3,fit=cover,w=8"),
        ("ar=4:3,fit=cover,g=auto,dpr=3", "ar=4:3,g=auto"),
        ("ar=4:3,fit=contain,g=auto", ""),
        ("ar=4:3,fit=pad,g=left", "ar=4:3,fit=pad,g=left"),
        ("ar=4:3,fit=squeeze,g=left", "ar=4:3,fit=squeeze"),
        // Eight ways to lie, sixteen to say so.
        ("flip=hv", "rotate=180"),
        ("flip=hv,rotate=180", ""),
        ("flip=hv,rotate=270", "rotate=90"),
        ("flip=h,rotate=180", "flip=v"),
        ("flip=v,rotate=270", "flip=h,rotate=90"),
        ("flip=v,rotate=90", "flip=v,rotate=90"),
        ("w=800,kid=k1,sig=abc", "w=800"),
        // A frame is a still picture, whatever else is asked for; the first one is what every still picture shows.
        ("anim=true", ""),
        ("f=gif,q=50,anim=false", "anim=false,f=gif"),
        ("f=jpeg,anim=false", "f=jpeg"),
        ("page=3,anim=true,f=webp", "f=webp,page=3"),
        ("page=0", "anim=false"),
        ("preset=card", "p=card"),
        ("sig=x,v=02,original,kid=k1", "original,v=2"),
        (
            "wm=logo,w=800,alt=true,dl=a.jpg,onerror=placeholder",
            "alt=true,dl=a.jpg,onerror=placeholder,w=800,wm=logo",
        ),
        ("f=json,dl=true", "dl=true,f=json"),
        ("f=png,page=0", "f=png"),
        ("f=png,page=02", "f=png,page=2"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn the_canonical_form_is_sorted() {
    let text = canonical(
        "w=1,v=2,q=3,page=6,h=4,g=top,fit=pad,f=webp,dpr=5,trim=1,sharpen=1,saturation=0,rotate=90,metadata=keep,mb=5000,gamma=2,\
         flip=h,cs=p3,contrast=2,brightness=2,border=1:fff,blur=1,bg=000",
    );
    assert_eq!(
        text,
        "bg=000000,blur=1,border=1:ffffff,brightness=2,contrast=2,cs=p3,dpr=5,f=webp,fit=pad,flip=h,g=top,gamma=2,h=4,\
         mb=5000,metadata=keep,page=6,q=3,rotate=90,saturation=0,sharpen=1,trim=1,v=2,w=1"
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
        ("q=best", "q", "best", QUALITY, None),
        ("v=0", "v", "0", VERSION, None),
        ("ar=16x9", "ar", "16x9", RATIO, None),
        ("ar=0:9", "ar", "0:9", RATIO, None),
        ("trim=256", "trim", "256", TRIM, None),
        ("trim=10;20", "trim", "10;20", TRIM, None),
        ("rotate=45", "rotate", "45", ROTATION, None),
        ("flip=x", "flip", "x", FLIP, None),
        ("background=#fff", "background", "#fff", COLOUR, None),
        ("bg=blak", "bg", "blak", COLOUR, Some("black")),
        ("border=4", "border", "4", BORDER, None),
        ("border=0:fff", "border", "0:fff", BORDER, None),
        ("border=4:red", "border", "4:red", BORDER, None),
        ("blur=250.01", "blur", "250.01", BLUR, None),
        ("sharpen=10.5", "sharpen", "10.5", SHARPEN, None),
        ("brightness=2.01", "brightness", "2.01", FACTOR, None),
        ("contrast=-1", "contrast", "-1", FACTOR, None),
        ("saturation=1.005", "saturation", "1.005", FACTOR, None),
        ("gamma=0", "gamma", "0", GAMMA, None),
        ("effort=hihg", "effort", "hihg", EFFORT, Some("high")),
        ("effort=6", "effort", "6", EFFORT, None),
        ("mb=999", "mb", "999", MAX_BYTES, None),
        ("mb=200k", "mb", "200k", MAX_BYTES, None),
        ("metadata=exif", "metadata", "exif", METADATA_KINDS, None),
        ("cs=sRGB", "cs", "sRGB", COLOUR_SPACE, Some("srgb")),
        ("anim=ture", "anim", "ture", ANIMATED, Some("true")),
        ("anim=1", "anim", "1", ANIMATED, None),
        ("page=-1", "page", "-1", PAGE, None),
        ("page=10000", "page", "10000", PAGE, None),
        ("p=Card", "p", "Card", PRESET, None),
        ("wm=", "wm", "", PRESET, None),
        ("original=1", "original", "1", NOTHING, None),
        ("dl=a/b", "dl", "a/b", DOWNLOAD, None),
        ("dl= a", "dl", " a", DOWNLOAD, None),
        (
            "onerror=placeholdr",
            "onerror",
            "placeholdr",
            ON_ERROR,
            Some("placeholder"),
        ),
        ("alt=1", "alt", "1", ALT_TEXT, None),
        ("exp=tomorrow", "exp", "tomorrow", EXPIRY, None),
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
         ar, dpr, fit, gravity (g), trim, rotate, flip, background (bg), border, blur, sharpen, brightness, contrast, \
         gamma, saturation, format (f), quality (q), effort, mb, metadata, cs, anim, page, wm, preset (p), original, \
         v, dl, onerror, alt, exp, kid, sig."
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
fn a_preset_and_the_original_stand_alone() {
    for (text, part) in [
        ("p=card,w=800", "\"w\" at position 8"),
        ("f=webp,original", "\"f\" at position 1"),
        ("original,p=card", "\"original\" at position 1"),
        ("wm=logo,p=card", "\"wm\" at position 1"),
    ] {
        let detail = problem(text);
        assert!(
            detail.contains(part) && detail.contains("cannot stand beside"),
            "{detail}"
        );
    }
    let terms = "v=3,dl=a.jpg,onerror=placeholder,alt=true,exp=1900000000,kid=k,sig=s";
    let request = parse(&format!("p=card,{terms}")).unwrap();
    assert_eq!(request.target, Target::Preset("card".parse().unwrap()));
    assert_eq!(parse(&format!("original,{terms}")).unwrap().terms, request.terms);
    let expected = Terms {
        version: Some(3),
        expires_at_s: Some(1_900_000_000),
        download: Some(Download::As("a.jpg".parse().unwrap())),
        placeholder_on_error: true,
        alt_text: true,
    };
    assert_eq!(request.terms, expected);
}

#[test]
fn an_end_without_a_signature_is_refused() {
    assert!(problem("w=1,exp=1900000000").contains("no \"sig\""));
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
        detail.len() < 600 && !detail.contains(['\r', '\n', '\u{1b}']),
        "{detail:.80}"
    );
}
