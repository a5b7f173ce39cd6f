//! What people call a colour: the nearest of a few everyday names, so that a library can be searched for "red".
//!
//! The basic colour terms of English (Berlin and Kay 1969) with what people add to them, "dark" and "light", and those
//! further words that name a colour better than any of them ("beige", "navy blue"). A name ends in its basic term where it
//! has one, so that a search for the term finds its shades too. A name has several anchors where one does not cover what
//! it means. The anchors are our own choice, set by eye and by a grid of 216 colours.

use std::sync::LazyLock;

use super::oklab::{Oklab, to_oklab};

/// Differences in lightness count less than those in hue and chroma: people call a colour by its hue first.
const LIGHTNESS_WEIGHT: f32 = 0.6;

/// Colours of less chroma than this look gray, whatever colour is near.
const GRAY_CHROMA: f32 = 0.018;

/// Names, and typical colours of them in sRGB.
const NAMES: &[(&str, &[u32])] = &[
    ("black", &[0x0a0a0a, 0x1c1c1c]),
    ("dark gray", &[0x363636, 0x505050]),
    ("gray", &[0x707070, 0x979797]),
    ("light gray", &[0xb8b8b8, 0xd3d3d3]),
    ("white", &[0xffffff, 0xf0f0f0]),
    ("dark red", &[0x8b0000, 0x6b1414, 0x3d0606]),
    ("red", &[0xe01010, 0xc81e1e, 0xff2a2a]),
    ("light red", &[0xf26b6b, 0xcc6060]),
    ("pink", &[0xffb6c1, 0xf7a1c4]),
    ("hot pink", &[0xff1493, 0xff5cab]),
    ("dark pink", &[0xb03a6e, 0xc75b7a]),
    ("orange", &[0xff8c00, 0xf28020]),
    ("dark orange", &[0xcc5500]),
    ("red orange", &[0xff4a12]),
    ("light orange", &[0xffb347, 0xff9a5c]),
    ("salmon", &[0xfa8072, 0xe9967a]),
    ("peach", &[0xffcba4]),
    ("gold", &[0xd4a520, 0xc9a227]),
    ("yellow", &[0xffe600, 0xffd21a]),
    ("light yellow", &[0xfff59a]),
    ("dark yellow", &[0x9b870c, 0xc4bc10, 0xcccc66]),
    ("cream", &[0xfff4d6]),
    ("beige", &[0xe6d8b8, 0xd9c7a3]),
    ("tan", &[0xc8a878, 0xb8956a]),
    ("brown", &[0x8b5a2b, 0x7b4a26, 0x96663f]),
    ("dark brown", &[0x4a2c17, 0x35210f]),
    ("light brown", &[0xb07a45, 0xa98866]),
    ("gray brown", &[0x7d6b5a, 0x5e5145]),
    ("olive green", &[0x6b7a1e, 0x808000, 0x556b2f, 0x3a3c10]),
    ("lime green", &[0xa4e01e, 0x7ee02a, 0xc8f860]),
    (
        "green",
        &[0x18a018, 0x2e9e4a, 0x00c800, 0x4b9b3a, 0x00f020, 0x5cc45c],
    ),
    ("dark green", &[0x0a4d0a, 0x1b4d2b, 0x2e4d1e, 0x0a6633, 0x336633]),
    ("light green", &[0x90ee90, 0xa8d89a]),
    ("gray green", &[0x8a9a85, 0x5f6f5c]),
    ("mint green", &[0x98ffc8, 0xb5ead0]),
    ("teal", &[0x008080, 0x0f6f72]),
    ("dark teal", &[0x0b4a4d, 0x073838]),
    ("turquoise", &[0x40e0d0, 0x20c4b8]),
    ("cyan", &[0x00e5ff, 0x00ffff]),
    ("light cyan", &[0xccffff, 0xa0ffff]),
    ("sky blue", &[0x87ceeb, 0x6bb8e8]),
    ("light blue", &[0xadd8e6, 0xb8d0ee]),
    (
        "blue",
        &[
            0x1e50e0, 0x143cb4, 0x0000ff, 0x2f74d0, 0x1a8fcc, 0x3c94cc, 0x5a8fc8, 0x0c659c, 0x336699,
        ],
    ),
    ("dark blue", &[0x12247a, 0x1b3a6b]),
    ("navy blue", &[0x0a1240, 0x14213d]),
    ("gray blue", &[0x7a8ca0, 0x536878]),
    ("indigo", &[0x4b0082]),
    ("purple", &[0x800080, 0x7b2fb5, 0x8a3fc8]),
    ("dark purple", &[0x3a1248]),
    ("light purple", &[0xb58ad8]),
    ("violet", &[0x8f5cf0, 0x6a1cff]),
    ("lavender", &[0xd8d0f4, 0xc8bce8]),
    ("magenta", &[0xff00ff, 0xd81ec8]),
    ("mauve", &[0xa8829a, 0xc4a0bc]),
];

static ANCHORS: LazyLock<Vec<(Oklab, &'static str)>> = LazyLock::new(|| {
    let channels = |rgb: u32| [16, 8, 0].map(|shift| ((rgb >> shift) & 0xff) as f32);
    NAMES
        .iter()
        .flat_map(|(name, colours)| colours.iter().map(|rgb| (to_oklab(channels(*rgb)), *name)))
        .collect()
});

/// The name of the nearest anchor.
pub(super) fn name(colour: Oklab) -> &'static str {
    let distance = |anchor: &Oklab| {
        let [lightness, a, b] = [0, 1, 2].map(|i| anchor[i] - colour[i]);
        LIGHTNESS_WEIGHT * lightness * lightness + a * a + b * b
    };
    let chroma = |[_, a, b]: Oklab| a.hypot(b);
    ANCHORS
        .iter()
        .filter(|(anchor, _)| chroma(colour) > GRAY_CHROMA || chroma(*anchor) < 1e-3)
        .min_by(|(one, _), (other, _)| distance(one).total_cmp(&distance(other)))
        .map_or("gray", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rgb: [u8; 3]) -> &'static str {
        name(to_oklab(rgb.map(f32::from)))
    }

    #[test]
    fn every_anchor_has_its_own_name_and_none_is_close_to_another() {
        for (colour, expected) in ANCHORS.iter() {
            assert_eq!(name(*colour), *expected);
        }
        for (i, (one, first)) in ANCHORS.iter().enumerate() {
            for (other, second) in &ANCHORS[i + 1..] {
                let apart = super::super::oklab::distance(*one, *other).sqrt();
                // A just noticeable difference.
                assert!(first == second || apart > 0.02, "{first} and {second}: {apart}");
            }
        }
    }

    #[test]
    fn colours_that_are_no_anchors_are_called_as_people_call_them() {
        for (rgb, expected) in [
            ([215, 25, 30], "red"),
            ([120, 10, 15], "dark red"),
            ([135, 195, 230], "sky blue"),
            ([228, 214, 180], "beige"),
            ([25, 60, 190], "blue"),
            ([5, 5, 8], "black"),
            ([250, 250, 248], "white"),
            ([130, 128, 126], "gray"),
            ([70, 150, 60], "green"),
            ([20, 60, 25], "dark green"),
            ([255, 225, 30], "yellow"),
            ([250, 135, 20], "orange"),
            ([125, 40, 170], "purple"),
            ([250, 175, 195], "pink"),
            ([110, 70, 35], "brown"),
            ([10, 18, 60], "navy blue"),
        ] {
            assert_eq!(of(rgb), expected, "{rgb:?}");
        }
    }

    #[test]
    fn grays_of_every_lightness_are_called_gray() {
        for level in 0..=255_u8 {
            let name = of([level; 3]);
            assert!(
                ["black", "dark gray", "gray", "light gray", "white"].contains(&name),
                "{level}: {name}"
            );
        }
    }
}
