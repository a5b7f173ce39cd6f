//! Numbers and instants in words, for templates.

use domain::ImageState;
use jiff::Timestamp;

/// `3.4 MB`, in the decimal units that file managers of today show.
pub(crate) fn size(bytes: &u64) -> String {
    let (unit, name) = match *bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    let value = *bytes as f64 / unit;
    if value < 10.0 {
        format!("{value:.1} {name}")
    } else {
        format!("{value:.0} {name}")
    }
}

/// `17 May 2026, 14:03 UTC`; a module puts it into the reader's own zone.
pub(crate) fn instant(at: &Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// `4,032 × 3,024`.
pub(crate) fn dimensions(width: &u32, height: &u32) -> String {
    format!("{} × {}", grouped(*width), grouped(*height))
}

/// `12.2 MP`.
pub(crate) fn megapixels(width: &u32, height: &u32) -> String {
    format!("{:.1}\u{a0}MP", f64::from(*width) * f64::from(*height) / 1e6)
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a state is called where people read it.
pub(crate) fn state(state: ImageState) -> &'static str {
    match state {
        ImageState::Queued => "Waiting",
        ImageState::Processing => "Processing",
        ImageState::Ready => "Ready",
        ImageState::Failed => "Failed",
    }
}

/// A sentence of a problem about one field: its detail reads after the field's name.
pub(crate) fn field_problem(label: &str, detail: &str) -> String {
    let stop = if detail.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{label} {detail}{stop}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_figures_that_matter() {
        let sizes = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_500, "1.5 kB"),
            (34_000_000, "34 MB"),
            (2_100_000_000, "2.1 GB"),
        ];
        for (bytes, text) in sizes {
            assert_eq!(size(&bytes), text);
        }
    }

    #[test]
    fn dimensions_are_grouped_by_thousands() {
        assert_eq!(dimensions(&640, &12_000), "640 × 12,000");
    }
}
