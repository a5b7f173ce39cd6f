//! JPEG: at a half, a quarter or an eighth of the size where that is enough, by our own decoder where the file is an ordinary
//! one, otherwise by libjpeg-turbo.

mod sequential;
mod turbo;

use self::{
    sequential::Expected,
    turbo::{Colours, Handle, Plan, Tolerance},
};
use super::{Decoded, DecodedPixels, Demand};
use crate::{
    Allowance, ImagingError,
    colour::Profile,
    raster::{Channels, Samples},
};

/// What stands in a JPEG beside its pixels.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Segments {
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
    /// The packet of XMP.
    pub(crate) xmp: Option<Vec<u8>>,
    /// Photoshop's image resources, of all segments that they are spread over.
    pub(crate) photoshop: Option<Vec<u8>>,
    /// Whether Adobe's marker is there: its CMYK is stored inverted.
    pub(crate) adobe: bool,
}

/// Reads the segments before the first scan.
pub(crate) fn segments(bytes: &[u8]) -> Segments {
    let mut found = Segments::default();
    // ICC.1:2022, annex B.4: numbered pieces, counted from 1.
    let mut icc: Vec<(u8, &[u8])> = Vec::new();
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = rest.iter().position(|&b| b == 0xff) {
        rest = &rest[at + 1..];
        let Some((&code, after)) = rest.split_first() else {
            break;
        };
        if matches!(code, 0x00 | 0x01 | 0xd0..=0xd8) {
            rest = after;
            continue;
        }
        if code == 0xff {
            continue;
        }
        let Some((length, after)) = after.split_first_chunk::<2>() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes(*length)).saturating_sub(2);
        let Some((body, after)) = after.split_at_checked(length) else {
            break;
        };
        rest = after;
        match code {
            0xe1 => {
                let block = |name: &[u8]| body.strip_prefix(name).map(<[u8]>::to_vec);
                found.exif = found.exif.or_else(|| block(b"Exif\0\0"));
                found.xmp = found.xmp.or_else(|| block(b"http://ns.adobe.com/xap/1.0/\0"));
            }
            0xed => {
                if let Some(resources) = body.strip_prefix(b"Photoshop 3.0\0") {
                    found.photoshop.get_or_insert_default().extend(resources);
                }
            }
            0xe2 => {
                if let Some([number, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0") {
                    icc.push((*number, piece));
                }
            }
            0xee => found.adobe |= body.starts_with(b"Adobe"),
            0xda | 0xd9 => break,
            _ => {}
        }
    }
    icc.sort_by_key(|(number, _)| *number);
    let numbered = icc
        .iter()
        .zip(1..=u8::MAX)
        .all(|((number, _), expected)| *number == expected);
    if !icc.is_empty() && numbered {
        found.icc = Some(icc.into_iter().flat_map(|(_, piece)| piece).copied().collect());
    }
    found
}

/// The largest reduction of 1, 2, 4 or 8 after which the longer side still has `min_edge` pixels of its own.
fn reduction(longer_side: u32, min_edge: u32) -> u32 {
    [8, 4, 2]
        .into_iter()
        .find(|by| u64::from(min_edge) * u64::from(*by) <= u64::from(longer_side))
        .unwrap_or(1)
}

pub(super) fn decode(
    bytes: &[u8],
    demand: Demand,
    allowance: &Allowance<'_>,
) -> Result<Decoded, ImagingError> {
    let found = segments(bytes);
    let tolerance = if demand.accepts_damage {
        Tolerance::Accept
    } else {
        Tolerance::Refuse
    };
    let handle = Handle::open(bytes, tolerance)?;
    let stored = handle.sides()?;
    let by = if handle.is_lossless() {
        1
    } else {
        reduction(stored.0.max(stored.1), demand.min_edge)
    };
    let plan = Plan {
        by,
        stored,
        scaled: (stored.0.div_ceil(by), stored.1.div_ceil(by)),
    };
    let colours = match handle.colours() {
        // A gray picture with a profile has to be converted as gray.
        Colours::Gray if found.icc.is_some() => Colours::Interleaved(Channels::Gray),
        colours => colours,
    };
    let pixels = match colours {
        Colours::YCbCr(step) => planar(&handle, bytes, demand, &plan, Some(step), allowance)?,
        Colours::Gray => planar(&handle, bytes, demand, &plan, None, allowance)?,
        Colours::Interleaved(channels) => {
            let mut samples = turbo::interleaved(&handle, bytes, &plan, channels, allowance)?;
            if channels == Channels::Cmyk && found.adobe {
                samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
            }
            DecodedPixels::Interleaved(channels, Samples::Eight(samples))
        }
    };
    Ok(Decoded {
        width: plan.scaled.0,
        height: plan.scaled.1,
        extent: (
            f64::from(stored.0) / f64::from(by),
            f64::from(stored.1) / f64::from(by),
        ),
        pixels,
        profile: found.icc.as_deref().and_then(Profile::from_icc),
        orientation: None,
        exif: found.exif,
    })
}

/// By our own decoder where it can. At full size every coefficient is wanted, and libjpeg-turbo is as fast; and who accepts
/// damage has been told of it already.
fn planar(
    handle: &Handle,
    bytes: &[u8],
    demand: Demand,
    plan: &Plan,
    step: Option<(u32, u32)>,
    allowance: &Allowance<'_>,
) -> Result<DecodedPixels, ImagingError> {
    if plan.by > 1 && handle.may_be_sequential() && !demand.accepts_damage {
        let expected = Expected {
            stored: plan.stored,
            step,
            by: plan.by,
        };
        if let Some(planar) = sequential::decode(bytes, expected, allowance)? {
            return Ok(DecodedPixels::Planar(planar));
        }
    }
    Ok(DecodedPixels::Planar(turbo::planar(
        handle, bytes, plan, step, allowance,
    )?))
}

/// That libjpeg-turbo sees no fault in what our own decoder takes, and planes of the same sides.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn check_own_decoder(bytes: &[u8], allowance: &Allowance<'_>) {
    let Ok(handle) = Handle::open(bytes, Tolerance::Refuse) else {
        return;
    };
    let step = match handle.colours() {
        Colours::YCbCr(step) => Some(step),
        Colours::Gray => None,
        Colours::Interleaved(_) => return,
    };
    let Ok(stored) = handle.sides() else {
        return;
    };
    if !handle.may_be_sequential() || allowance.limits.check(stored.0, stored.1).is_err() {
        return;
    }
    for by in [2, 4, 8] {
        let expected = Expected { stored, step, by };
        if let Ok(Some(ours)) = sequential::decode(bytes, expected, allowance) {
            let plan = Plan {
                by,
                stored,
                scaled: (stored.0.div_ceil(by), stored.1.div_ceil(by)),
            };
            let theirs = Handle::open(bytes, Tolerance::Refuse)
                .and_then(|handle| turbo::planar(&handle, bytes, &plan, step, allowance));
            let sides = |planar: &crate::planar::Planar| {
                let chroma = planar.chroma.as_ref().map(|[blue, _]| (blue.width, blue.height));
                ((planar.luma.width, planar.luma.height), chroma, planar.step)
            };
            assert_eq!(theirs.as_ref().map(sides), Ok(sides(&ours)), "a {by}th");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reduction_never_goes_below_the_edge_that_is_needed() {
        for (side, edge, by) in [
            (4_000, 500, 8),
            (4_000, 501, 4),
            (4_000, 2_560, 1),
            (4_000, 2_000, 2),
            (9, 1, 8),
            (5, 9, 1),
        ] {
            assert_eq!(reduction(side, edge), by, "{side} px for {edge} px");
        }
    }

    #[test]
    fn pieces_of_a_profile_are_put_together_in_their_order() {
        let piece = |number: u8, body: &[u8]| {
            let mut segment = vec![0xff, 0xe2];
            segment.extend(((2 + 14 + body.len()) as u16).to_be_bytes());
            segment.extend(b"ICC_PROFILE\0");
            segment.extend([number, 2]);
            segment.extend(body);
            segment
        };
        let head = vec![0xff, 0xd8];
        let both = [head.clone(), piece(2, b"file"), piece(1, b"pro")].concat();
        assert_eq!(segments(&both).icc.as_deref(), Some(&b"profile"[..]));
        let half = [head, piece(2, b"file")].concat();
        assert_eq!(segments(&half).icc, None);
    }
}
