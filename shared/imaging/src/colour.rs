//! Any colours to 8-bit sRGB.
//!
//! Profiles come from the file and are not trusted: one that cannot be read, or that is for another kind of pixel than
//! the file has, is passed over, and the pixels count as sRGB, as in browsers.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, ProfileText,
    TransferCharacteristics, TransformOptions, curve_from_gamma,
};

use crate::{
    ImagingError,
    raster::{Channels, Raster, Samples},
};

/// Where colours come from, when that is not sRGB.
pub(crate) struct Profile(Box<ColorProfile>);

/// Larger ones are not read: the largest of printers have about 2 MB.
const MAX_ICC_BYTES: usize = 8 * 1_024 * 1_024;

impl Profile {
    /// Reads an ICC profile.
    pub(crate) fn from_icc(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_ICC_BYTES {
            return None;
        }
        let profile = ColorProfile::new_from_slice(bytes).ok()?;
        matches!(
            profile.color_space,
            DataColorSpace::Rgb | DataColorSpace::Gray | DataColorSpace::Cmyk
        )
        .then(|| Self(Box::new(profile)))
    }

    /// What PNG's gAMA says (W3C PNG, section 11.3.2.2): the exponent of the encoding, 1/2.2 in ordinary files. None if
    /// that is near enough to sRGB, or absurd.
    pub(crate) fn from_gamma(encoding: f32, gray: bool) -> Option<Self> {
        if (encoding - 1.0 / 2.2).abs() < 0.02 || !(0.1..=2.0).contains(&encoding) {
            return None;
        }
        if gray {
            return Some(Self(Box::new(ColorProfile::new_gray_with_gamma(1.0 / encoding))));
        }
        let mut profile = ColorProfile::new_srgb();
        let curve = curve_from_gamma(1.0 / encoding);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
        profile.cicp = None;
        Some(Self(Box::new(profile)))
    }

    /// What AVIF's code points say (ITU-T H.273); none if that is sRGB, unspecified or unknown.
    pub(crate) fn from_cicp(primaries: u8, transfer: u8) -> Option<Self> {
        // Video's transfers 1, 6, 14 and 15 are shown as sRGB by every browser.
        let transfer = if matches!(transfer, 1 | 2 | 6 | 14 | 15) {
            13
        } else {
            transfer
        };
        let primaries = if primaries == 2 { 1 } else { primaries };
        if (primaries, transfer) == (1, 13) {
            return None;
        }
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        profile.red_trc.is_some().then(|| Self(Box::new(profile)))
    }

    /// Whether it changes nothing: most profiles are sRGB under one of its many names. Asked of the transform, not of the
    /// name.
    pub(crate) fn is_srgb(&self) -> bool {
        if !fits(self.0.color_space, Channels::Rgb) {
            return false;
        }
        let srgb = ColorProfile::new_srgb();
        let Ok(transform) =
            self.0
                .create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, TransformOptions::default())
        else {
            return false;
        };
        let steps = || (0..9_u32).map(|step| (step * 32).min(255) as u8);
        let lattice: Vec<u8> = steps()
            .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
            .collect();
        let mut converted = vec![0; lattice.len()];
        transform.transform(&lattice, &mut converted).is_ok()
            && lattice
                .iter()
                .zip(&converted)
                .all(|(from, to)| from.abs_diff(*to) <= 1)
    }

    /// The profile's own description.
    pub(crate) fn name(&self) -> Option<String> {
        let text = match self.0.description.as_ref()? {
            ProfileText::PlainString(text) => text.as_str(),
            ProfileText::Localizable(texts) => {
                let english = texts.iter().find(|text| text.language == "en");
                english.or(texts.first())?.value.as_str()
            }
            ProfileText::Description(text) => text.ascii_string.as_str(),
        };
        crate::analyse::clean(text, 100)
    }
}

const fn layout(channels: Channels) -> Layout {
    match channels {
        Channels::Gray => Layout::Gray,
        Channels::GrayAlpha => Layout::GrayAlpha,
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba | Channels::Cmyk => Layout::Rgba,
    }
}

const fn fits(space: DataColorSpace, channels: Channels) -> bool {
    match channels {
        Channels::Gray | Channels::GrayAlpha => matches!(space, DataColorSpace::Gray),
        Channels::Rgb | Channels::Rgba => matches!(space, DataColorSpace::Rgb),
        Channels::Cmyk => matches!(space, DataColorSpace::Cmyk),
    }
}

/// Converts a raster whose colours are the profile's.
pub(crate) fn convert(raster: &mut Raster, profile: &Profile) -> Result<(), ImagingError> {
    let channels = if raster.alpha {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    if !fits(profile.0.color_space, channels) {
        return Ok(());
    }
    let srgb = ColorProfile::new_srgb();
    let layout = layout(channels);
    let Ok(transform) = profile
        .0
        .create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return Ok(());
    };
    let mut row_before = vec![0; raster.width as usize * channels.count()];
    for row in raster.pixels.chunks_exact_mut(row_before.len()) {
        row_before.copy_from_slice(row);
        transform.transform(&row_before, row).map_err(refused)?;
    }
    Ok(())
}

fn refused(error: moxcms::CmsError) -> ImagingError {
    ImagingError::undecodable(format!(
        "the picture's colour profile cannot be applied ({error}); save it anew as sRGB"
    ))
}

/// Makes 8-bit sRGB of whatever a decoder gave.
pub(crate) fn to_srgb(
    width: u32,
    height: u32,
    channels: Channels,
    samples: Samples,
    profile: Option<&Profile>,
) -> Result<Raster, ImagingError> {
    let alpha = channels.has_alpha();
    let target = if alpha { Channels::Rgba } else { Channels::Rgb };
    let pixels = width as usize * height as usize;
    let srgb = ColorProfile::new_srgb();
    let profile = profile.filter(|profile| fits(profile.0.color_space, channels));
    let options = TransformOptions::default();
    let (from, to) = (layout(channels), layout(target));
    let row = width as usize;
    let (row_in, row_out) = (row * channels.count(), row * target.count());

    // Sixteen bits stay sixteen through the profile, and are rounded once.
    match samples {
        Samples::Eight(samples) => {
            let transform = profile.and_then(|p| p.0.create_transform_8bit(from, &srgb, to, options).ok());
            let pixels = match transform {
                Some(transform) => {
                    let mut out = vec![0; pixels * target.count()];
                    for (from, to) in samples.chunks_exact(row_in).zip(out.chunks_exact_mut(row_out)) {
                        transform.transform(from, to).map_err(refused)?;
                    }
                    out
                }
                None => plain(channels, &samples),
            };
            Raster::new(width, height, alpha, pixels)
        }
        Samples::Sixteen(samples) => {
            let transform = profile.and_then(|p| p.0.create_transform_16bit(from, &srgb, to, options).ok());
            let pixels = match transform {
                Some(transform) => {
                    let mut out = Vec::with_capacity(pixels * target.count());
                    let mut wide = vec![0; row_out];
                    for from in samples.chunks_exact(row_in) {
                        transform.transform(from, &mut wide).map_err(refused)?;
                        out.extend(wide.iter().map(|sample| narrow(*sample)));
                    }
                    out
                }
                None => plain(channels, &samples.into_iter().map(narrow).collect::<Vec<_>>()),
            };
            Raster::new(width, height, alpha, pixels)
        }
    }
}

/// 16 bits to 8, to the nearest.
const fn narrow(sample: u16) -> u8 {
    ((sample as u32 * 255 + 32_767) / 65_535) as u8
}

/// Without a profile.
fn plain(channels: Channels, samples: &[u8]) -> Vec<u8> {
    match channels {
        Channels::Gray => samples.iter().flat_map(|gray| [*gray; 3]).collect(),
        Channels::GrayAlpha => samples
            .chunks_exact(2)
            .flat_map(|p| [p[0], p[0], p[0], p[1]])
            .collect(),
        Channels::Rgb | Channels::Rgba => samples.to_vec(),
        Channels::Cmyk => {
            // The naive formula of PostScript and CSS: each ink darkens its complement, black darkens all.
            let ink = |ink: u8, black: u8| ((255 - u32::from(ink)) * (255 - u32::from(black)) + 127) / 255;
            samples
                .chunks_exact(4)
                .flat_map(|p| [0, 1, 2].map(|i| ink(p[i], p[3]) as u8))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(profile: &ColorProfile, pixel: [u8; 3]) -> Vec<u8> {
        let profile = Profile::from_icc(&profile.encode().unwrap()).unwrap();
        let mut raster = Raster::new(1, 1, false, pixel.to_vec()).unwrap();
        convert(&mut raster, &profile).unwrap();
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
    fn srgb_under_any_name_is_known_as_srgb() {
        let read = |profile: &ColorProfile| Profile::from_icc(&profile.encode().unwrap()).unwrap();
        assert!(read(&ColorProfile::new_srgb()).is_srgb());
        assert!(!read(&ColorProfile::new_display_p3()).is_srgb());
        assert!(!read(&ColorProfile::new_gray_with_gamma(2.2)).is_srgb());
    }

    #[test]
    fn a_gray_profile_keeps_gray_gray_and_applies_its_gamma() {
        let profile = Profile::from_icc(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()).unwrap();
        let raster = to_srgb(
            3,
            1,
            Channels::Gray,
            Samples::Eight(vec![0, 55, 255]),
            Some(&profile),
        )
        .unwrap();
        // Linear 55/255 is 0.2157; sRGB encodes that as 0.5017.
        near(&raster.pixels, &[0, 0, 0, 128, 128, 128, 255, 255, 255], 2);
    }

    #[test]
    fn cmyk_without_a_profile_follows_the_plain_formula() {
        let inks = vec![
            0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 128,
        ];
        let raster = to_srgb(6, 1, Channels::Cmyk, Samples::Eight(inks), None).unwrap();
        let expected = [
            [255, 255, 255],
            [0, 255, 255],
            [255, 0, 255],
            [255, 255, 0],
            [0, 0, 0],
            [127, 127, 127],
        ];
        assert_eq!(raster.pixels, expected.concat());
    }

    #[test]
    fn a_profile_for_other_pixels_is_passed_over() {
        let gray = Profile::from_icc(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()).unwrap();
        let mut raster = Raster::new(1, 1, false, vec![10, 20, 30]).unwrap();
        convert(&mut raster, &gray).unwrap();
        assert_eq!(raster.pixels, [10, 20, 30]);
    }

    #[test]
    fn rubbish_is_no_profile() {
        assert!(Profile::from_icc(&[]).is_none());
        assert!(Profile::from_icc(&[7; 4_000]).is_none());
    }

    #[test]
    fn sixteen_bits_are_rounded_to_the_nearest() {
        assert_eq!(
            [0, 128, 129, 0x7fff, 0x8000, 0xff7f, 0xffff].map(narrow),
            [0, 0, 1, 127, 128, 255, 255]
        );
    }

    #[test]
    fn code_points_of_srgb_need_no_profile_and_those_of_p3_do() {
        assert!(Profile::from_cicp(1, 13).is_none());
        assert!(Profile::from_cicp(2, 2).is_none());
        assert!(Profile::from_cicp(12, 13).is_some());
        assert!(Profile::from_cicp(200, 13).is_none());
    }
}
