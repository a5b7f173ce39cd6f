//! The table of all hostile files, in Markdown.

use std::{env, fmt::Write as _, fs, path::Path};

use crate::{groups, measure};

/// Measures every file, one after the other, and writes the table where `TINTYPE_HOSTILE_TABLE` says: a path from the top
/// of the repository.
pub(crate) fn write() {
    let Some(path) = env::var_os("TINTYPE_HOSTILE_TABLE") else {
        return;
    };
    let mut text = String::from(
        "# Hostile files\n\nWritten by `tests/hostile/run`: what each file took, read in a process of its own by the \
         worker's step (all mezzanines, damage accepted) and then by delivery's (640 pixels wide, WebP), with a budget of \
         256 MiB and the default limits. Memory is the peak above what the process had with the file in its memory; time \
         is the processor's. The same files are asserted to stay within 320 MiB and 10 s by \
         `cargo test -p imaging --test hostile`.\n",
    );
    for (group, cases) in groups() {
        write!(
            text,
            "\n## {group}\n\n| File | Size | Peak | Time | Worker's answer | Delivery's answer |\n|---|--:|--:|--:|---|---|\n"
        )
        .unwrap();
        for case in cases {
            let found = measure::measure(case.name, &(case.file)());
            found.assert_within_bounds();
            writeln!(
                text,
                "| {} | {} | {:.1} MiB | {:.2} s | {} | {} |",
                found.name,
                size(found.file_bytes),
                found.peak_bytes as f64 / 1_048_576.0,
                found.seconds,
                cell(&found.worker),
                cell(&found.delivery)
            )
            .unwrap();
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::write(top.join(path), text).unwrap();
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1_000.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_000_000.0),
    }
}

/// The reason up to where it says what to do.
fn cell(answer: &str) -> String {
    answer.split(';').next().unwrap_or_default().replace('|', "/")
}
