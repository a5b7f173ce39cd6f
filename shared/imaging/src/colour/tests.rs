use moxcms::ColorProfile;

use super::*;
use crate::{
    options::ColourSpace,
    raster::{Channels, Raster, Samples},
    reference::colours,
};

fn converted(profile: &ColorProfile, pixel: [u8; 3]) -> Vec<u8> {
    let profile = Profile::from_icc(&profile.encode().unwrap()).unwrap();
    let mut raster = Raster::new(1, 1, false, pixel.to_vec()).unwrap();
    convert(&mut raster, &profile).unwrap();
    raster.pixels
}

fn rgb(channels: Channels, samples: Samples, profile: Option<Profile>) -> Vec<u8> {
    let count = match &samples {
        Samples::Eight(samples) => samples.len(),
        Samples::Sixteen(samples) => samples.len(),
    };
    let width = (count / channels.count()) as u32;
    let (mut raster, profile) = to_rgb((width, 1), channels, samples, profile, ColourSpace::Srgb).unwrap();
    assert_eq!(
        convert_to(&mut raster, profile.as_ref(), ColourSpace::Srgb).unwrap(),
        None
    );
    raster.pixels
}

fn near(found: &[u8], expected: &[u8], by: u8) {
    assert!(
        found.iter().zip(expected).all(|(f, e)| f.abs_diff(*e) <= by),
        "{found:?}, expected {expected:?}"
    );
}

#[test]
fn display_p3_becomes_srgb() {
    // Reference values by the matrices of CSS Color 4, clipped to the gamut.
    let p3 = ColorProfile::new_display_p3();
    near(&converted(&p3, [255, 0, 0]), &[255, 0, 0], 1);
    near(&converted(&p3, [128, 128, 128]), &[128, 128, 128], 1);
    near(&converted(&p3, [180, 120, 60]), &[190, 117, 44], 2);
    near(&converted(&p3, [200, 150, 130]), &[209, 147, 126], 2);
}

#[test]
fn srgb_under_any_name_is_left_as_it_is() {
    let srgb = ColorProfile::new_srgb();
    for pixel in [[1, 2, 3], [17, 130, 251], [255, 254, 253]] {
        assert_eq!(converted(&srgb, pixel), pixel);
    }
}

#[test]
fn a_gray_profile_keeps_gray_gray_and_applies_its_gamma() {
    let profile = Profile::from_icc(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap());
    let found = rgb(Channels::Gray, Samples::Eight(vec![0, 55, 255]), profile);
    // Linear 55/255 is 0.2157; sRGB encodes that as 0.5017.
    near(&found, &[0, 0, 0, 128, 128, 128, 255, 255, 255], 2);
}

#[test]
fn a_profile_of_rgb_on_gray_is_applied_as_on_three_equal_channels() {
    let profile = || Profile::from_gamma(1.0, None);
    for samples in [Samples::Eight(vec![55]), Samples::Sixteen(vec![55 * 257])] {
        near(&rgb(Channels::Gray, samples, profile()), &[128; 3], 2);
    }
    let alpha = Samples::Sixteen(vec![55 * 257, 99 * 257]);
    near(
        &rgb(Channels::GrayAlpha, alpha, profile()),
        &[128, 128, 128, 99],
        2,
    );
}

#[test]
fn cmyk_without_a_profile_follows_the_plain_formula() {
    let inks = vec![
        0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 128,
    ];
    let expected = [
        [255, 255, 255],
        [0, 255, 255],
        [255, 0, 255],
        [255, 255, 0],
        [0, 0, 0],
        [127, 127, 127],
    ];
    assert_eq!(rgb(Channels::Cmyk, Samples::Eight(inks), None), expected.concat());
}

#[test]
fn a_profile_for_other_pixels_is_passed_over() {
    let gray = || Profile::from_icc(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap());
    let mut raster = Raster::new(1, 1, false, vec![10, 20, 30]).unwrap();
    convert(&mut raster, &gray().unwrap()).unwrap();
    assert_eq!(raster.pixels, [10, 20, 30]);
    let inks = Samples::Eight(vec![0, 255, 255, 0]);
    assert_eq!(rgb(Channels::Cmyk, inks, gray()), [255, 0, 0]);
}

#[test]
fn rubbish_is_no_profile() {
    assert!(Profile::from_icc(&[]).is_none());
    assert!(Profile::from_icc(&[7; 4_000]).is_none());
}

#[test]
fn code_points_of_srgb_need_no_profile_and_those_of_p3_do() {
    assert!(Profile::from_cicp(1, 13).is_none());
    assert!(Profile::from_cicp(2, 2).is_none());
    assert!(Profile::from_cicp(12, 13).is_some());
    assert!(Profile::from_cicp(200, 13).is_none());
}

#[test]
fn primaries_count_with_a_gamma_unless_they_are_those_of_srgb_or_absurd() {
    let srgb = Chromaticities {
        white: (0.3127, 0.329),
        red: (0.64, 0.33),
        green: (0.3, 0.6),
        blue: (0.15, 0.06),
    };
    let wide = Chromaticities {
        green: (0.21, 0.71),
        ..srgb
    };
    let line = Chromaticities {
        green: (0.395, 0.195),
        ..srgb
    };
    assert!(Profile::from_gamma(0.45455, Some(srgb)).is_none());
    assert!(Profile::from_gamma(0.45455, Some(wide)).is_some());
    assert!(Profile::from_gamma(0.45455, Some(line)).is_none());
    let nought = Chromaticities {
        white: (0.0, 0.0),
        ..wide
    };
    assert!(Profile::from_gamma(1.0, Some(nought)).is_none());
}

#[test]
fn the_profile_of_display_p3_is_small_and_says_what_moxcms_says() {
    let written = Profile::display_p3().icc.unwrap();
    assert_eq!(written.len(), DISPLAY_P3_ICC_BYTES);
    let read = Profile::from_icc(&written).unwrap();
    assert_eq!(read.name().as_deref(), Some("Display P3"));
    for pixel in [[255, 0, 0], [0, 255, 0], [12, 130, 251], [1, 2, 3], [90, 90, 90]] {
        let mut ours = Raster::new(1, 1, false, pixel.to_vec()).unwrap();
        convert(&mut ours, &read).unwrap();
        near(
            &ours.pixels,
            &converted(&ColorProfile::new_display_p3(), pixel),
            1,
        );
    }
}

#[test]
fn the_answer_carries_the_profile_of_its_colours() {
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    let run = |profile: Option<&Profile>, wanted| {
        let mut raster = Raster::new(1, 1, false, vec![40, 200, 60]).unwrap();
        let icc = convert_to(&mut raster, profile, wanted).unwrap();
        (raster.pixels, icc)
    };
    let profile = Profile::from_icc(&adobe).unwrap();
    assert_eq!(
        run(Some(&profile), ColourSpace::Keep),
        (vec![40, 200, 60], Some(adobe))
    );
    assert_eq!(run(None, ColourSpace::Keep), (vec![40, 200, 60], None));
    let p3 = Profile::display_p3().icc;
    let (pixels, icc) = run(None, ColourSpace::DisplayP3);
    assert_eq!(icc, p3);
    let linear = [40, 200, 60].map(|v| colours::srgb_decode(f64::from(v) / 255.0));
    let xyz = colours::times(&colours::SRGB_TO_XYZ, linear);
    near(
        &pixels,
        &colours::to_bytes(colours::times(&colours::XYZ_TO_P3, xyz)),
        1,
    );
    let own = Profile::display_p3();
    assert_eq!(
        run(Some(&own), ColourSpace::DisplayP3),
        (vec![40, 200, 60], p3.clone())
    );
    assert_eq!(run(Some(&own), ColourSpace::Keep).1, p3);
    // Colours that only a gamma describes have no profile to keep.
    let gamma = Profile::from_gamma(1.0, None).unwrap();
    let (pixels, icc) = run(Some(&gamma), ColourSpace::Keep);
    assert_eq!(icc, None);
    assert!(pixels[0] > 100);
}
