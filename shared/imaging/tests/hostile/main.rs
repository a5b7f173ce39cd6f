//! Hostile files against the budget: each one is read in a process of its own, by the worker's step and by delivery's, and
//! must end in time and within its memory, whatever the answer is.
//!
//! `tests/hostile/run` writes the table of all of them.

#![allow(
    clippy::unwrap_used,
    reason = "a file that cannot be made or measured has failed"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the child answers its parent so, and a test that fails shows what it measured"
)]

mod avif;
mod bmp;
mod bytes;
mod colours;
mod cut;
mod exif;
mod gif;
mod jpeg;
mod measure;
mod png;
mod svg;
mod table;
mod tiff;
mod webp;
mod xmp;

/// A file and what is hostile about it.
struct Case {
    name: &'static str,
    /// Made when it is needed: some have several megabytes.
    file: Box<dyn Fn() -> Vec<u8> + Send>,
}

fn case(name: &'static str, file: impl Fn() -> Vec<u8> + Send + 'static) -> Case {
    Case {
        name,
        file: Box::new(file),
    }
}

/// All of them, by what they are.
fn groups() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("JPEG", jpeg::cases()),
        ("PNG", png::cases()),
        ("WebP", webp::cases()),
        ("GIF", gif::cases()),
        ("AVIF", avif::cases()),
        ("TIFF", tiff::cases()),
        ("BMP", bmp::cases()),
        ("SVG", svg::cases()),
        ("EXIF", exif::cases()),
        ("XMP", xmp::cases()),
        ("Colour profiles", colours::cases()),
        ("Cut off", cut::cases()),
    ]
}

fn assert_within_bounds(cases: Vec<Case>) {
    for case in cases {
        let found = measure::measure(case.name, &(case.file)());
        eprintln!("{found}");
        found.assert_within_bounds();
    }
}

#[test]
fn hostile_jpegs_stay_within_their_bounds() {
    assert_within_bounds(jpeg::cases());
}

#[test]
fn hostile_pngs_stay_within_their_bounds() {
    assert_within_bounds(png::cases());
}

#[test]
fn hostile_webps_stay_within_their_bounds() {
    assert_within_bounds(webp::cases());
}

#[test]
fn hostile_gifs_stay_within_their_bounds() {
    assert_within_bounds(gif::cases());
}

#[test]
fn hostile_avifs_stay_within_their_bounds() {
    assert_within_bounds(avif::cases());
}

#[test]
fn hostile_exif_blocks_stay_within_their_bounds() {
    assert_within_bounds(exif::cases());
}

#[test]
fn hostile_colour_profiles_stay_within_their_bounds() {
    assert_within_bounds(colours::cases());
}

#[test]
fn files_that_are_cut_off_stay_within_their_bounds() {
    assert_within_bounds(cut::cases());
}

#[test]
fn hostile_tiffs_stay_within_their_bounds() {
    assert_within_bounds(tiff::cases());
}

#[test]
fn hostile_bmps_stay_within_their_bounds() {
    assert_within_bounds(bmp::cases());
}

#[test]
fn hostile_svgs_stay_within_their_bounds() {
    assert_within_bounds(svg::cases());
}

#[test]
fn hostile_packets_of_xmp_stay_within_their_bounds() {
    assert_within_bounds(xmp::cases());
}

/// Only where `TINTYPE_HOSTILE_TABLE` names its file.
#[test]
fn the_table_is_written_where_one_is_asked_for() {
    table::write();
}

/// Not a test by itself: the process that the others start, which reads one file and says what that took.
#[test]
fn child() {
    measure::child();
}
