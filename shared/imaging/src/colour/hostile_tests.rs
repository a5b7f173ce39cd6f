//! Profiles that were made to harm.

use std::time::{Duration, Instant};

use moxcms::ColorProfile;
use proptest::prelude::*;

use super::{Profile, convert, to_rgb};
use crate::{
    options::ColourSpace,
    raster::{Channels, Raster, Samples},
    reference::cmyk,
};

/// Far more than any profile takes here, far less than a bomb.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything that is ever done with a profile; true if it was one.
fn used(icc: &[u8]) -> bool {
    let started = Instant::now();
    let is_profile = Profile::from_icc(icc).is_some_and(|profile| {
        let mut raster = Raster::new(2, 1, false, vec![0, 90, 255, 3, 200, 77]).unwrap();
        convert(&mut raster, &profile).unwrap();
        let _ = profile.name();
        true
    });
    for (channels, samples) in [
        (Channels::Cmyk, Samples::Eight(vec![0, 99, 255, 1])),
        (Channels::Gray, Samples::Eight(vec![77])),
        (Channels::Rgba, Samples::Sixteen(vec![0, 65_535, 9, 300])),
        (Channels::GrayAlpha, Samples::Sixteen(vec![60_000, 9])),
    ] {
        let _ = to_rgb(
            (1, 1),
            channels,
            samples,
            Profile::from_icc(icc),
            ColourSpace::DisplayP3,
        )
        .unwrap();
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    is_profile
}

fn sound() -> Vec<Vec<u8>> {
    vec![
        ColorProfile::new_display_p3().encode().unwrap(),
        ColorProfile::new_gray_with_gamma(2.2).encode().unwrap(),
        cmyk::profile(cmyk::Table::Sixteen, b"A2B0"),
        cmyk::profile(cmyk::Table::Eight, b"A2B1"),
        cmyk::profile(cmyk::Table::Curves, b"A2B0"),
    ]
}

#[test]
fn the_profiles_that_are_damaged_below_are_sound() {
    assert!(sound().iter().all(|icc| used(icc)));
}

#[test]
fn a_thousand_tags_on_the_same_bytes_and_texts_in_a_million_tongues_are_refused() {
    let mut icc = ColorProfile::new_srgb().encode().unwrap();
    let start = icc.len() as u32;
    // A `mluc` whose records all point to the same long text.
    let records = 20_000_u32;
    let mut text = [
        &b"mluc\0\0\0\0"[..],
        &records.to_be_bytes(),
        &12_u32.to_be_bytes(),
    ]
    .concat();
    for _ in 0..records {
        text.extend([&b"enUS"[..], &200_000_u32.to_be_bytes(), &16_u32.to_be_bytes()].concat());
    }
    let count = u32::from_be_bytes(icc[128..132].try_into().unwrap());
    let tag = (0..count as usize)
        .map(|tag| 132 + 12 * tag)
        .find(|at| &icc[*at..at + 4] == b"desc")
        .unwrap();
    icc[tag + 4..tag + 8].copy_from_slice(&start.to_be_bytes());
    icc[tag + 8..tag + 12].copy_from_slice(&(text.len() as u32).to_be_bytes());
    icc.extend(text);
    assert!(!used(&icc));

    let mut icc = ColorProfile::new_srgb().encode().unwrap();
    icc[128..132].copy_from_slice(&1_000_u32.to_be_bytes());
    icc.resize(20_000, 0);
    assert!(!used(&icc));

    assert!(!used(&vec![0; 5 * 1_024 * 1_024]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_are_no_profile_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
        prop_assert!(!used(&bytes));
    }

    #[test]
    fn damaged_profiles_are_passed_over_or_applied(
        which in 0_usize..5,
        // Half of the damage hits the header and the table of tags, where most of the sense is.
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<u8>()), 1..12),
    ) {
        let mut icc = sound().swap_remove(which);
        for (at, is_near, value) in damage {
            let length = if is_near { icc.len().min(400) } else { icc.len() };
            let at = at.index(length);
            icc[at] = value;
        }
        used(&icc);
    }
}
