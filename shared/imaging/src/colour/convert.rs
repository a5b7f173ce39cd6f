//! Pixels from a profile's colours to those of the answer.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor, TransformExecutor,
    TransformOptions,
};

use super::{Profile, dither, p3};
use crate::{
    ImagingError,
    caught::caught,
    options::ColourSpace,
    raster::{Channels, Raster, Samples},
};

const fn layout(channels: Channels) -> Layout {
    match channels {
        Channels::Gray => Layout::Gray,
        Channels::GrayAlpha => Layout::GrayAlpha,
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba | Channels::Cmyk => Layout::Rgba,
    }
}

const fn with_colour(channels: Channels) -> Channels {
    if channels.has_alpha() {
        Channels::Rgba
    } else {
        Channels::Rgb
    }
}

/// What the profile is applied to: its own kind of pixels. A profile of RGB on gray pixels, which cameras' black and white
/// has, is applied to the gray as three equal channels.
fn applied_to(profile: &Profile, channels: Channels) -> Option<Channels> {
    match (profile.parsed.color_space, channels) {
        (DataColorSpace::Gray, Channels::Gray | Channels::GrayAlpha)
        | (DataColorSpace::Cmyk, Channels::Cmyk)
        | (DataColorSpace::Rgb, Channels::Rgb | Channels::Rgba) => Some(channels),
        (DataColorSpace::Rgb, Channels::Gray | Channels::GrayAlpha) => Some(with_colour(channels)),
        _ => None,
    }
}

/// The transform by the first intent that the profile has a table for; none if it can be applied by none.
fn transform<T: ?Sized>(
    make: impl Fn(TransformOptions) -> Result<Arc<T>, moxcms::CmsError>,
    exact: bool,
) -> Option<Arc<T>> {
    let intents = [
        RenderingIntent::Perceptual,
        RenderingIntent::RelativeColorimetric,
        RenderingIntent::Saturation,
    ];
    intents.into_iter().find_map(|rendering_intent| {
        let options = TransformOptions {
            rendering_intent,
            // Its 13 bits are enough for eight, not for sixteen.
            prefer_fixed_point: !exact,
            ..TransformOptions::default()
        };
        // A panic over a profile costs the profile, not the picture.
        caught(|| Ok(make(options).ok())).ok().flatten()
    })
}

fn eight_bits(
    from: &ColorProfile,
    channels: Channels,
    to: &ColorProfile,
) -> Option<Arc<Transform8BitExecutor>> {
    let (source, target) = (layout(channels), layout(with_colour(channels)));
    transform(
        |options| from.create_transform_8bit(source, to, target, options),
        false,
    )
}

fn refused(error: moxcms::CmsError) -> ImagingError {
    ImagingError::undecodable(format!(
        "the picture's colour profile cannot be applied ({error}); save it anew as sRGB"
    ))
}

/// Converts a raster whose colours are the profile's to sRGB.
pub(crate) fn convert(raster: &mut Raster, profile: &Profile) -> Result<(), ImagingError> {
    between(raster, &profile.parsed, &ColorProfile::new_srgb())
}

/// Converts a raster to the colours of the answer, and says which ICC profile the answer has to carry. Without a profile
/// the raster is sRGB. `Keep` of colours that no ICC profile came with, but for Display P3, gives sRGB.
pub(crate) fn convert_to(
    raster: &mut Raster,
    profile: Option<&Profile>,
    wanted: ColourSpace,
) -> Result<Option<Vec<u8>>, ImagingError> {
    match (wanted, profile) {
        (ColourSpace::Keep, Some(Profile { icc: Some(icc), .. })) => Ok(Some(icc.clone())),
        (ColourSpace::Keep | ColourSpace::Srgb, None) => Ok(None),
        (ColourSpace::Keep | ColourSpace::Srgb, Some(profile)) => convert(raster, profile).map(|()| None),
        (ColourSpace::DisplayP3, profile) => {
            let srgb = ColorProfile::new_srgb();
            let from = profile.map_or(&srgb, |profile| &*profile.parsed);
            between(raster, from, &ColorProfile::new_display_p3())?;
            Ok(Some(p3::icc()))
        }
    }
}

fn between(raster: &mut Raster, from: &ColorProfile, to: &ColorProfile) -> Result<(), ImagingError> {
    let channels = if raster.alpha {
        Channels::Rgba
    } else {
        Channels::Rgb
    };
    if from.color_space != DataColorSpace::Rgb {
        return Ok(());
    }
    let Some(transform) = eight_bits(from, channels, to) else {
        return Ok(());
    };
    if changes_nothing(&*transform, channels) {
        return Ok(());
    }
    let mut row_before = vec![0; raster.width as usize * channels.count()];
    for row in raster.pixels.chunks_exact_mut(row_before.len()) {
        row_before.copy_from_slice(row);
        transform.transform(&row_before, row).map_err(refused)?;
    }
    Ok(())
}

/// Whether the colours of RGB pixels with this profile are sRGB: most profiles are, under one of its many names.
pub(crate) fn is_srgb(profile: &Profile) -> bool {
    profile.parsed.color_space == DataColorSpace::Rgb
        && eight_bits(&profile.parsed, Channels::Rgb, &ColorProfile::new_srgb())
            .is_some_and(|transform| changes_nothing(&*transform, Channels::Rgb))
}

/// Asked of the transform itself, not of a name: at nine levels of each channel.
fn changes_nothing(transform: &Transform8BitExecutor, channels: Channels) -> bool {
    let steps = || (0..9_u32).map(|step| (step * 32).min(255) as u8);
    let mut lattice = Vec::new();
    for (red, green, blue) in steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| (r, g, b))))
    {
        lattice.extend([red, green, blue, 255].into_iter().take(channels.count()));
    }
    let mut converted = vec![0; lattice.len()];
    transform.transform(&lattice, &mut converted).is_ok()
        && lattice
            .iter()
            .zip(&converted)
            .all(|(from, to)| from.abs_diff(*to) <= 1)
}

/// Makes 8-bit RGB of whatever a decoder gave, and says in which colours that is: none is sRGB.
///
/// What is RGB of 8 bits stays what it is, to be converted after the resize, when there are fewer pixels. Gray and inks are
/// converted here, to Display P3 where that is wanted; and so are 16 bits, which stay 16 through the profile.
pub(crate) fn to_rgb(
    (width, height): (u32, u32),
    channels: Channels,
    samples: Samples,
    profile: Option<Profile>,
    wanted: ColourSpace,
) -> Result<(Raster, Option<Profile>), ImagingError> {
    let profile = profile.filter(|profile| applied_to(profile, channels).is_some());
    let is_rgb = profile
        .as_ref()
        .is_none_or(|profile| profile.parsed.color_space == DataColorSpace::Rgb);
    let raster = |pixels| Raster::new(width, height, channels.has_alpha(), pixels);
    let stays = match &samples {
        Samples::Eight(_) => is_rgb,
        Samples::Sixteen(_) => match &profile {
            None => true,
            Some(profile) => wanted == ColourSpace::Keep && profile.icc.is_some(),
        },
    };
    if stays && channels != Channels::Cmyk {
        let pixels = match samples {
            Samples::Eight(samples) => plain(channels, samples),
            Samples::Sixteen(samples) => narrow(width, channels, &samples, None)?,
        };
        return Ok((raster(pixels)?, profile));
    }
    let (to, answer) = if wanted == ColourSpace::DisplayP3 {
        (ColorProfile::new_display_p3(), Some(Profile::display_p3()))
    } else {
        (ColorProfile::new_srgb(), None)
    };
    let used = profile.as_ref().and_then(|profile| applied_to(profile, channels));
    let from = profile.as_ref().zip(used);
    let pixels = match samples {
        Samples::Eight(samples) => {
            match from.and_then(|(profile, used)| eight_bits(&profile.parsed, used, &to)) {
                Some(transform) => through(&*transform, width, channels, &samples)?,
                None => return Ok((raster(plain(channels, samples))?, None)),
            }
        }
        Samples::Sixteen(samples) => {
            let made = from.and_then(|(profile, used)| {
                let (source, target) = (layout(used), layout(with_colour(used)));
                let from = &profile.parsed;
                transform(
                    |options| from.create_transform_16bit(source, &to, target, options),
                    true,
                )
            });
            match made {
                Some(made) => narrow(width, channels, &samples, from.map(|(_, used)| (&*made, used)))?,
                None => return Ok((raster(narrow(width, channels, &samples, None)?)?, None)),
            }
        }
    };
    Ok((raster(pixels)?, answer))
}

/// Gray or inks to RGB, row by row.
fn through(
    transform: &Transform8BitExecutor,
    width: u32,
    channels: Channels,
    samples: &[u8],
) -> Result<Vec<u8>, ImagingError> {
    let (row_in, row_out) = (
        width as usize * channels.count(),
        width as usize * with_colour(channels).count(),
    );
    let mut out = vec![0; samples.len() / channels.count() * with_colour(channels).count()];
    for (from, to) in samples.chunks_exact(row_in).zip(out.chunks_exact_mut(row_out)) {
        transform.transform(from, to).map_err(refused)?;
    }
    Ok(out)
}

/// A transform, and what it takes: `channels`, or those with three equal ones for gray.
type Wide<'a> = (&'a (dyn TransformExecutor<u16> + Send + Sync), Channels);

/// 16 bits to 8-bit RGB, row by row.
fn narrow(
    width: u32,
    channels: Channels,
    samples: &[u16],
    transform: Option<Wide<'_>>,
) -> Result<Vec<u8>, ImagingError> {
    let target = with_colour(channels);
    let mut out = Vec::with_capacity(samples.len() / channels.count() * target.count());
    let (mut spread, mut wide) = (Vec::new(), vec![0; width as usize * target.count()]);
    for (y, row) in samples
        .chunks_exact(width as usize * channels.count())
        .enumerate()
    {
        let spreads = match (transform, channels) {
            (Some((_, used)), _) => used != channels,
            // Inks are narrowed as they are, and mixed at 8 bits.
            (None, Channels::Gray | Channels::GrayAlpha) => true,
            (None, _) => false,
        };
        let row = if spreads {
            spread.clear();
            for pixel in row.chunks_exact(channels.count()) {
                spread.extend([pixel[0]; 3]);
                spread.extend(&pixel[1..]);
            }
            &spread
        } else {
            row
        };
        match transform {
            Some((transform, _)) => {
                transform.transform(row, &mut wide).map_err(refused)?;
                dither::narrow_row(&wide, y, target.count(), channels.has_alpha(), &mut out);
            }
            None if channels == Channels::Cmyk => {
                let mut inks = Vec::with_capacity(row.len());
                dither::narrow_row(row, y, channels.count(), false, &mut inks);
                out.extend(plain(channels, inks));
            }
            None => dither::narrow_row(row, y, target.count(), channels.has_alpha(), &mut out),
        }
    }
    Ok(out)
}

/// Without a profile.
fn plain(channels: Channels, samples: Vec<u8>) -> Vec<u8> {
    match channels {
        Channels::Gray => samples.iter().flat_map(|gray| [*gray; 3]).collect(),
        Channels::GrayAlpha => samples
            .chunks_exact(2)
            .flat_map(|p| [p[0], p[0], p[0], p[1]])
            .collect(),
        Channels::Rgb | Channels::Rgba => samples,
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
