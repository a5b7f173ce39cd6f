//! From the decoded picture to the pixels of the answer: trim, crop, resize, colour, orientation, in that order.

use crate::{
    Allowance, Geometry, ImagingError, OutputFormat, Quality, RenderOptions, Size,
    adjust::{content_box, is_idle},
    colour::{self, Profile},
    decode::Picture,
    geometry,
    geometry::{trimmed, within},
    gravity,
    options::{ColourSpace, Gravity},
    orient::Orientation,
    pixels::Pixels,
    planar::Chroma,
    raster::Raster,
    resize::{SourceBox, resize},
};

/// From this quality on a colour is kept for each pixel: who asks for so much can see the difference.
const FULL_CHROMA_FROM: u8 = 90;

/// What is shown of a picture, and where. For an animation it is made of the first frame and holds for all.
pub(super) struct Plan {
    pub(super) geometry: Geometry,
    /// That of the file, and then that of the options.
    orientation: Orientation,
    /// What is shown of the stored pixels.
    shown: SourceBox,
}

impl Plan {
    pub(super) fn new(
        picture: &Picture,
        original: Size,
        options: &RenderOptions,
        allowance: &Allowance<'_>,
    ) -> Result<Self, ImagingError> {
        let orientation = picture
            .orientation
            .then(Orientation::of(options.rotate, options.flip));
        let content = match options.trim {
            Some(tolerance) => content(picture, tolerance, allowance)?,
            None => [0.0, 0.0, 1.0, 1.0],
        };
        let original = trimmed(original, picture.orientation.upright_box(content));
        let geometry = geometry(original, options);
        let source = |part: [f64; 4]| {
            let [left, top, width, height] = within(content, part);
            SourceBox {
                left: left * picture.extent.0,
                top: top * picture.extent.1,
                width: width * picture.extent.0,
                height: height * picture.extent.1,
            }
        };
        let detail = match options.gravity {
            Gravity::Auto if geometry.is_cut() => {
                let small = small(picture, source([0.0, 0.0, 1.0, 1.0]))?;
                Some(orientation.apply(small))
            }
            _ => None,
        };
        let (left, top) = gravity::corner(options.gravity, geometry.shown, detail.as_ref());
        let shown = source(orientation.stored_box([left, top, geometry.shown.0, geometry.shown.1]));
        Ok(Self {
            geometry,
            orientation,
            shown,
        })
    }
}

/// The pixels in their final size, with the profile that the answer has to carry. In planes only where nothing in RGB is
/// left to be done. The decoded ones are the largest buffer by far, and are gone afterwards.
pub(super) fn draw(
    pixels: Pixels,
    profile: Option<&Profile>,
    plan: &Plan,
    options: &RenderOptions,
    has_watermark: bool,
    allowance: &Allowance<'_>,
) -> Result<(Pixels, Option<Vec<u8>>), ImagingError> {
    let orientation = plan.orientation;
    let (width, height) = orientation.sides(plan.geometry.picture.width, plan.geometry.picture.height);
    let stays_as_it_is = match options.colour_space {
        ColourSpace::Srgb | ColourSpace::Keep => profile.is_none(),
        ColourSpace::DisplayP3 => false,
    };
    let planes = (stays_as_it_is && is_idle(options, has_watermark))
        .then(|| chroma(options))
        .flatten()
        .filter(|chroma| *chroma == Chroma::Full || orientation.keeps_quarters(width, height));
    allowance.memory(pixels.size_bytes() + drawn_bytes(&pixels, planes, orientation, width, height))?;
    let mut raster = match (pixels, planes) {
        (Pixels::Planar(planar), Some(chroma)) => {
            let resized = planar.into_resized(plan.shown, width, height, chroma)?;
            return Ok((Pixels::Planar(resized).oriented(orientation), None));
        }
        (Pixels::Planar(planar), None) => planar
            .into_resized(plan.shown, width, height, Chroma::Full)?
            .into_raster()?,
        (Pixels::Raster(raster), _) => resize(&raster, plan.shown, width, height)?,
    };
    let icc = colour::convert_to(&mut raster, profile, options.colour_space)?;
    Ok((Pixels::Raster(orientation.apply(raster)), icc))
}

/// The most that the drawn pixels take at once: in planes of this chroma, or in RGB, beside their full planes where the
/// picture has them; and twice where they are turned.
fn drawn_bytes(
    decoded: &Pixels,
    planes: Option<Chroma>,
    orientation: Orientation,
    width: u32,
    height: u32,
) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    let drawn = match (decoded, planes) {
        (Pixels::Planar(_), Some(Chroma::Quarter)) => pixels.saturating_mul(3).div_ceil(2),
        (Pixels::Planar(_), Some(Chroma::Full)) => pixels.saturating_mul(3),
        (Pixels::Planar(_), None) => pixels.saturating_mul(6),
        (Pixels::Raster(raster), _) => pixels.saturating_mul(if raster.alpha { 4 } else { 3 }),
    };
    if orientation == Orientation::default() {
        drawn
    } else {
        drawn.saturating_mul(2)
    }
}

/// The chroma of an opaque answer in planes; none where the format stores RGB.
pub(super) const fn chroma(options: &RenderOptions) -> Option<Chroma> {
    match (options.format, options.quality) {
        (OutputFormat::Jpeg | OutputFormat::Avif, Quality::Fixed(FULL_CHROMA_FROM..)) => Some(Chroma::Full),
        (OutputFormat::Jpeg | OutputFormat::Avif | OutputFormat::Webp, _) => Some(Chroma::Quarter),
        (OutputFormat::Png | OutputFormat::Gif, _) => None,
    }
}

/// What a trim leaves of the picture as it is stored.
fn content(picture: &Picture, tolerance: u8, allowance: &Allowance<'_>) -> Result<[f64; 4], ImagingError> {
    if let Pixels::Raster(raster) = &picture.pixels {
        return Ok(content_box(raster, tolerance));
    }
    // The planes with their full chroma stand beside their RGB.
    let (width, height) = picture.pixels.sides();
    allowance.memory(6 * u64::from(width) * u64::from(height))?;
    let whole = SourceBox::whole(picture.extent);
    let raster = picture.pixels.resized_raster(whole, width, height)?;
    Ok(content_box(&raster, tolerance))
}

/// A small copy of a part of the picture to look for detail in.
fn small(picture: &Picture, part: SourceBox) -> Result<Raster, ImagingError> {
    let scale = (f64::from(gravity::DETAIL_EDGE) / part.width.max(part.height)).min(1.0);
    let side = |length: f64| (length * scale).round().max(1.0) as u32;
    picture
        .pixels
        .resized_raster(part, side(part.width), side(part.height))
}
