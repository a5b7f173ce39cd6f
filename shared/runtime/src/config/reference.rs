//! The page that tells every key: `docs/configuration.md`, made out of the commented defaults so that the two never differ.

use super::load::{DEFAULTS, variable_of};

const HEAD: &str = "\
# Configuration

Made by `tintype config --reference` from [`default.toml`](../shared/runtime/src/config/default.toml); change it there.

None is needed for one process. A file of this shape (`--config FILE`, or `TINTYPE_CONFIG`) goes before the defaults, the
environment before the file, and the flags `--listen` and `--data` before all. A key that is not known stops the start and is
named. `tintype config` prints what is in force, and where each value came from.
";

/// Every key with its variable, its default and its meaning, as Markdown: a table for each section.
pub fn configuration_reference() -> String {
    let mut page = HEAD.to_owned();
    let mut section = String::new();
    let mut meaning: Vec<&str> = Vec::new();
    start_table(&mut page, "All roles");
    for line in DEFAULTS.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            meaning.push(comment.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
            start_table(&mut page, &format!("`[{name}]`"));
            meaning.clear();
        } else if let Some((name, value)) = line.split_once(" = ") {
            let key = format!("{section}{name}");
            page.push_str(&format!(
                "| `{key}` | `{}` | `{value}` | {} |\n",
                variable_of(&key),
                cell(&meaning.join(" "))
            ));
            meaning.clear();
        } else {
            // What stands above an empty line is about the file, not about a key.
            meaning.clear();
        }
    }
    page
}

fn start_table(page: &mut String, title: &str) {
    page.push_str(&format!(
        "\n## {title}\n\n| Key | Variable | Default | Meaning |\n|---|---|---|---|\n"
    ));
}

/// Text that neither ends its cell nor looks like a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::configuration_reference;
    use crate::config::{ConfigSource, LoadedConfig};

    #[test]
    fn every_key_stands_in_it_once_with_its_default_and_a_meaning() {
        let page = configuration_reference();
        for value in LoadedConfig::load(&ConfigSource::default()).unwrap().effective {
            let rows: Vec<&str> = page
                .lines()
                .filter(|line| line.starts_with(&format!("| `{}` |", value.key)))
                .collect();
            let [row] = rows[..] else {
                panic!("{} stands in {} rows", value.key, rows.len());
            };
            let meaning = row.rsplit(" | ").next().unwrap();
            assert!(meaning.len() > 10, "no meaning: {row}");
        }
    }

    /// `cargo run -p tintype -- config --reference >docs/configuration.md` mends it.
    #[test]
    fn the_page_in_docs_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            configuration_reference(),
            "make docs/configuration.md anew: tintype config --reference >docs/configuration.md"
        );
    }
}
