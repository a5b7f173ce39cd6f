//! Where the colours of a file come from, as it says itself: an ICC profile, code points, or PNG's numbers.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    MatrixCoefficients, ParsingOptions, ProfileText, TransferCharacteristics, XyY, curve_from_gamma,
};

use super::p3;
use crate::caught::caught;

/// Where colours come from, when that is not sRGB.
pub(crate) struct Profile {
    pub(super) parsed: Box<ColorProfile>,
    /// What an answer in these colours carries; none where they are not RGB, or there is no profile to carry.
    pub(super) icc: Option<Vec<u8>>,
}

/// White and the three primaries, each as x and y of CIE 1931.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chromaticities {
    pub(crate) white: (f32, f32),
    pub(crate) red: (f32, f32),
    pub(crate) green: (f32, f32),
    pub(crate) blue: (f32, f32),
}

impl Chromaticities {
    /// Those of sRGB, to what three digits can say.
    fn are_srgb(&self) -> bool {
        let near =
            |found: (f32, f32), x: f32, y: f32| (found.0 - x).abs() < 0.002 && (found.1 - y).abs() < 0.002;
        near(self.white, 0.3127, 0.3290)
            && near(self.red, 0.64, 0.33)
            && near(self.green, 0.30, 0.60)
            && near(self.blue, 0.15, 0.06)
    }
}

/// Larger ones are not read: the largest of printers have about 2 MB.
const MAX_ICC_BYTES: usize = 4 * 1_024 * 1_024;
/// Profiles have ten to thirty, and the standard knows about sixty.
const MAX_TAGS: usize = 100;
/// What all tags and texts of a profile may be together: they may overlap, so it is more than the file, but a table of
/// thousands that all point to the same megabytes is a bomb.
const MAX_TOUCHED_BYTES: usize = 32 * 1_024 * 1_024;

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*four)).ok()
}

/// Whether reading the profile costs what its size promises (ICC.1:2022, sections 7.3 and 10.15): moxcms copies each tag,
/// and each of the translations in a `mluc`.
fn is_bounded(icc: &[u8]) -> Option<bool> {
    let count = number(icc, 128)?;
    if icc.len() > MAX_ICC_BYTES || count > MAX_TAGS {
        return Some(false);
    }
    let mut touched = 0_usize;
    for tag in 0..count {
        let (start, size) = (number(icc, 136 + 12 * tag)?, number(icc, 140 + 12 * tag)?);
        touched = touched.checked_add(size)?;
        let Some(body) = start.checked_add(size).and_then(|end| icc.get(start..end)) else {
            continue;
        };
        if body.starts_with(b"mluc") {
            for record in 0..number(body, 8)? {
                let Some(length) = number(body, 20 + 12 * record) else {
                    break;
                };
                touched = touched.checked_add(length)?;
                if touched > MAX_TOUCHED_BYTES {
                    return Some(false);
                }
            }
        }
    }
    Some(touched <= MAX_TOUCHED_BYTES)
}

impl Profile {
    /// Reads an ICC profile.
    pub(crate) fn from_icc(bytes: &[u8]) -> Option<Self> {
        if is_bounded(bytes) != Some(true) {
            return None;
        }
        let limits = ParsingOptions {
            max_profile_size: MAX_ICC_BYTES + 1,
            max_allowed_clut_size: MAX_ICC_BYTES,
            ..ParsingOptions::default()
        };
        // A panic over a profile costs the profile, not the picture.
        let parsed = caught(|| Ok(ColorProfile::new_from_slice_with_options(bytes, limits).ok()))
            .ok()
            .flatten()?;
        let is_rgb = parsed.color_space == DataColorSpace::Rgb;
        (is_rgb || matches!(parsed.color_space, DataColorSpace::Gray | DataColorSpace::Cmyk)).then(|| Self {
            parsed: Box::new(parsed),
            icc: is_rgb.then(|| bytes.to_vec()),
        })
    }

    /// What PNG's gAMA and cHRM say (W3C PNG, third edition, sections 11.3.2.1 and 11.3.2.2): the exponent of the encoding,
    /// 1/2.2 in ordinary files, and the primaries. None if that is near enough to sRGB, or absurd.
    pub(crate) fn from_gamma(encoding: f32, primaries: Option<Chromaticities>) -> Option<Self> {
        let primaries = primaries.filter(|primaries| !primaries.are_srgb());
        if !(0.1..=2.0).contains(&encoding) || (encoding - 1.0 / 2.2).abs() < 0.02 && primaries.is_none() {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        let curve = curve_from_gamma(1.0 / encoding);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
        profile.cicp = None;
        if let Some(Chromaticities {
            white,
            red,
            green,
            blue,
        }) = primaries
        {
            // Real ones lie in the triangle of all colours; others make matrices without sense.
            let is_sound = |(x, y): (f32, f32)| x >= 0.0 && y >= 0.0 && x + y <= 1.0;
            if ![white, red, green, blue].into_iter().all(is_sound) || white.1 < 0.1 {
                return None;
            }
            let point = |(x, y)| Chromaticity { x, y };
            profile.update_rgb_colorimetry(
                XyY::new(f64::from(white.0), f64::from(white.1), 1.0),
                ColorPrimaries {
                    red: point(red),
                    green: point(green),
                    blue: point(blue),
                },
            );
            let matrix = profile.rgb_to_xyz_matrix();
            // Three primaries on one line span no colours.
            if !matrix.v.iter().flatten().all(|cell| cell.abs() < 4.0)
                || matrix.determinant().is_none_or(|volume| volume.abs() < 1e-3)
            {
                return None;
            }
        }
        Some(Self {
            parsed: Box::new(profile),
            icc: None,
        })
    }

    /// Whether code points (ITU-T H.273) say sRGB, or leave it open.
    pub(crate) const fn is_srgb_cicp(primaries: u8, transfer: u8) -> bool {
        // Video's transfers 1, 6, 14 and 15 are shown as sRGB by every browser.
        matches!(primaries, 1 | 2) && matches!(transfer, 1 | 2 | 6 | 13 | 14 | 15)
    }

    /// What the code points of AVIF and PNG say; none if that is sRGB, unspecified or unknown.
    pub(crate) fn from_cicp(primaries: u8, transfer: u8) -> Option<Self> {
        if Self::is_srgb_cicp(primaries, transfer) {
            return None;
        }
        let transfer = if Self::is_srgb_cicp(1, transfer) {
            13
        } else {
            transfer
        };
        let primaries = if primaries == 2 { 1 } else { primaries };
        if (primaries, transfer) == (12, 13) {
            return Some(Self::display_p3());
        }
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        profile.red_trc.is_some().then(|| Self {
            parsed: Box::new(profile),
            icc: None,
        })
    }

    /// Display P3.
    pub(crate) fn display_p3() -> Self {
        Self {
            parsed: Box::new(ColorProfile::new_display_p3()),
            icc: Some(p3::icc()),
        }
    }

    /// The profile's own description.
    pub(crate) fn name(&self) -> Option<String> {
        let text = match self.parsed.description.as_ref()? {
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
