//! Tables that stand in the documentation as they were measured.

use std::{path::Path, process::Command};

use embedded::SystemClock;
use ports::Clock;

/// Prints `text`, and keeps it in `file` between the lines `<!-- NAME: … -->` and `<!-- end of NAME -->`, where that was asked for.
#[allow(clippy::print_stdout, reason = "the table is what the command is run for")]
pub fn tell(file: &str, name: &str, text: &str) {
    println!("\n{text}");
    if std::env::var_os("TINTYPE_TEST_BLESS").is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let old = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, put(&old, name, text)).unwrap();
}

fn put(document: &str, name: &str, text: &str) -> String {
    let begin = document.find(&format!("<!-- {name}: ")).unwrap();
    let begin = begin + document[begin..].find('\n').unwrap() + 1;
    let end = document.find(&format!("<!-- end of {name} -->")).unwrap();
    format!("{}\n{text}\n\n{}", &document[..begin], &document[end..])
}

/// When and on what, in a few words; how busy that was (proc(5), loadavg), and from which sources.
pub fn where_and_when() -> String {
    let cores = std::thread::available_parallelism().unwrap();
    let day = SystemClock.now().strftime("%F");
    let commit = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .output()
        .unwrap();
    let commit = String::from_utf8(commit.stdout).unwrap();
    let busy = std::fs::read_to_string("/proc/loadavg").unwrap();
    let busy: Vec<_> = busy.split(' ').take(3).collect();
    format!("{day}, {cores} cores, load {}, {}", busy.join(" "), commit.trim())
}

#[test]
fn a_table_is_put_between_its_lines_and_nothing_else_is_changed() {
    let document = "a\n<!-- x: by me -->\nold\n<!-- end of x -->\nb\n<!-- y: -->\n";
    let new = put(document, "x", "| new |");
    assert_eq!(
        new,
        "a\n<!-- x: by me -->\n\n| new |\n\n<!-- end of x -->\nb\n<!-- y: -->\n"
    );
    assert_eq!(put(&new, "x", "| new |"), new);
}
