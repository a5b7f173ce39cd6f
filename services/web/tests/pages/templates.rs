use std::{fs, path::Path};

fn folder(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn no_template_has_inline_styles_or_scripts() {
    for (name, text) in folder("templates") {
        assert!(!text.contains("<style"), "{name}");
        assert!(!text.contains("javascript:"), "{name}");
        for tag in text.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let attributes = tag.split_whitespace().skip(1);
            for attribute in attributes {
                let attribute = attribute.to_lowercase();
                let key = attribute.split('=').next().unwrap();
                let handler = key.len() < attribute.len() && key.starts_with("on");
                assert!(key != "style" && !handler, "{name}: <{tag}>");
            }
            assert!(
                !tag.starts_with("script") || tag.contains(" src="),
                "{name}: <{tag}>"
            );
        }
        for body in text.split("<script").skip(1) {
            let body = body.split_once('>').unwrap().1;
            assert!(body.starts_with("</script>"), "{name}: a script has a body");
        }
    }
}

#[test]
fn nothing_unescaped_but_fragments_of_our_own() {
    for (name, text) in folder("templates") {
        let unescaped = text.matches("|safe").count();
        let tiles = text.matches("{{ tile|safe }}").count();
        assert_eq!(unescaped, tiles, "{name}");
    }
}

#[test]
fn modules_write_no_markup_from_text() {
    for (name, text) in folder("static")
        .into_iter()
        .filter(|(name, _)| name.ends_with(".js"))
    {
        for word in [
            "eval(",
            "document.write",
            "outerHTML",
            "insertAdjacentHTML",
            "setAttribute(\"style\"",
        ] {
            assert!(!text.contains(word), "{name}: {word}");
        }
        // The one place takes the server's own fragment, which is escaped there.
        assert_eq!(
            text.matches("innerHTML").count(),
            usize::from(name == "grid.js"),
            "{name}"
        );
    }
}

#[test]
fn the_style_sheet_has_a_class_for_every_ratio() {
    let css = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("static/style.css")).unwrap();
    for hundredths in (50..=300).step_by(5) {
        assert!(
            css.contains(&format!(".r{hundredths}{{--ratio:")),
            "r{hundredths}"
        );
    }
}
