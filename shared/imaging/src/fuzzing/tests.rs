use std::{fs, path::PathBuf};

use super::*;

const DECODERS: [&str; 8] = ["jpeg", "png", "webp", "gif", "avif", "tiff", "bmp", "svg"];

/// What the target of this name does with its input.
fn run(target: &str, bytes: &[u8]) {
    match target {
        "scanner" => scanner(bytes),
        "metadata" => metadata(bytes),
        "profile" => profile(bytes),
        "rendering" => rendering(bytes, &|| false),
        "options" => {} // Delivery's own tests run them.
        _ => {
            let format = target.strip_prefix("decode_").expect("a target of tests/fuzz");
            picture(format, bytes, &|| false);
        }
    }
}

#[test]
fn every_file_that_once_broke_something_is_an_answer_or_an_error() {
    let cases = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/cases"));
    for target in fs::read_dir(cases).into_iter().flatten() {
        let target = target.unwrap().path();
        let name = target.file_name().unwrap().to_str().unwrap().to_owned();
        for case in fs::read_dir(&target).into_iter().flatten() {
            let case = case.unwrap().path();
            eprintln!("{}", case.display());
            run(&name, &fs::read(case).unwrap());
        }
    }
}

#[test]
fn what_the_fuzzer_begins_with_keeps_its_promises() {
    for format in DECODERS {
        let target = format!("decode_{format}");
        let files = seeds(&target);
        assert!(!files.is_empty());
        for (i, file) in files.iter().enumerate() {
            run(&target, file);
            let taken = checked(ingest(file, &IngestOptions::default(), &allowance(&|| false)));
            // The others may be odd on purpose.
            assert!(i > 0 || taken.is_ok(), "the first seed of {format}: {taken:?}");
        }
    }
    for target in ["scanner", "metadata", "profile", "rendering"] {
        let files = seeds(target);
        assert!(!files.is_empty());
        files.iter().for_each(|file| run(target, file));
    }
}
