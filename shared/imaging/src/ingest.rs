//! The worker's step: one decode of an original, and everything that is made of it.

use domain::{Analysis, ImageFormat};

use crate::{
    Allowance, ImagingError,
    analyse::{self, Facts, codes::is_searchable},
    caught::caught,
    colour,
    decode::{self, Demand, Picture},
    encode::{
        jpeg::{self, Coding},
        webp,
    },
    pixels::Pixels,
    planar::{Chroma, Planar},
    resize::SourceBox,
};

/// Of opaque mezzanines. High enough that a second encode at delivery's usual 80 decides what is seen.
const JPEG_QUALITY: u8 = 92;
/// Of opaque mezzanines: what nearly every answer is stored with, so that nothing is lost by it that is not lost later.
const CHROMA: Chroma = Chroma::Quarter;
/// Of mezzanines with alpha that are too large to be lossless.
const WEBP_QUALITY: u8 = 95;
/// Up to so many pixels a mezzanine with alpha is lossless: about half a second of encoding.
const MAX_LOSSLESS_PIXELS: u64 = 1_000_000;
/// A rung is left out if the one above is less than this times as large: it would cost more room than it saves time.
const MIN_STEP: f64 = 1.2;

/// The longer sides of mezzanines, in pixels, the largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder(pub Vec<u32>);

impl Default for Ladder {
    /// 2560, 1280 and 640: what screens, columns and thumbnails ask for, doubled for their pixel density.
    fn default() -> Self {
        Self(vec![2_560, 1_280, 640])
    }
}

impl Ladder {
    /// The rungs for a picture with this longer side, the largest first and never none. A picture that is no larger than
    /// the top rung gets one at its own size.
    pub fn edges(&self, longer_side: u32) -> Vec<u32> {
        let mut rungs: Vec<u32> = self
            .0
            .iter()
            .copied()
            .filter(|rung| (1..longer_side).contains(rung))
            .collect();
        rungs.sort_unstable_by(|a, b| b.cmp(a));
        rungs.dedup();
        if self.0.iter().all(|rung| *rung >= longer_side)
            || self.0.iter().max().is_none_or(|top| *top >= longer_side)
        {
            rungs.insert(0, longer_side);
        }
        let mut edges: Vec<u32> = Vec::new();
        for rung in rungs {
            if edges
                .last()
                .is_none_or(|above| f64::from(*above) >= MIN_STEP * f64::from(rung))
            {
                edges.push(rung);
            }
        }
        edges
    }
}

/// What the worker decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IngestOptions {
    /// Which mezzanines are made.
    pub ladder: Ladder,
    /// Whether what can be shown of a damaged or cut-off original is taken. Otherwise it is refused.
    pub accepts_damage: bool,
}

/// All that is made of an original.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// What was found in the picture.
    pub analysis: Analysis,
    /// The ladder, the largest first, at least one.
    pub mezzanines: Vec<EncodedMezzanine>,
}

/// An intermediate that delivery renders from: upright, sRGB, without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedMezzanine {
    /// The longer side, in pixels.
    pub edge: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// JPEG (4:4:4) if opaque, otherwise WebP.
    pub format: ImageFormat,
    /// The whole file.
    pub bytes: Vec<u8>,
}

/// Decodes the original once, and makes the ladder and the analysis of it.
///
/// # Errors
///
/// `Probe`, `Undecodable` and `OverBudget` speak of the original; trying again changes nothing. `OutOfTime` is the caller's.
pub fn ingest(
    original: &[u8],
    options: &IngestOptions,
    allowance: &Allowance<'_>,
) -> Result<Ingested, ImagingError> {
    caught(|| {
        // The probe inside `decode` is the one that refuses; here it only tells how large the top rung is.
        let (header, _) = crate::probe::probe_damaged(original, &allowance.limits, options.accepts_damage)?;
        let longer_side = header.width.max(header.height);
        let edges = options.ladder.edges(longer_side);
        let top_edge = edges.first().copied().unwrap_or(longer_side);
        let demand = Demand {
            accepts_damage: options.accepts_damage,
            ..Demand::of_edge(top_edge)
        };
        let picture = decode::decode(original, demand, allowance)?;
        allowance.time()?;

        let has_alpha = picture.pixels.has_alpha();
        let (width, height) = picture
            .orientation
            .sides(picture.stored_width, picture.stored_height);
        let mut rung = top(&picture, sides(width, height, top_edge))?;
        let Picture {
            format,
            orientation,
            profile_name,
            exif,
            frames,
            damaged,
            pixels,
            ..
        } = picture;
        // The largest buffer by far, and nothing below needs it.
        drop(pixels);

        let mut codes = None;
        let mut mezzanines = Vec::with_capacity(edges.len());
        for edge in edges {
            let (rung_width, rung_height) = sides(width, height, edge);
            // From the rung above, not from the original: a tenth of the work, and the loss is measured in the tests.
            if rung.sides() != (rung_width, rung_height) {
                rung = rung.resized(whole(&rung), rung_width, rung_height, CHROMA)?;
            }
            mezzanines.push(encode(&rung)?);
            // In the largest rung that is searched as it is: a code needs more pixels than anything else.
            if codes.is_none() && is_searchable(&rung) {
                codes = Some(analyse::codes::codes(&rung)?);
            }
            allowance.time()?;
        }

        let facts = Facts {
            format,
            width,
            height,
            orientation,
            has_alpha,
            frames,
            damaged,
            profile_name,
            exif,
            codes,
        };
        let analysis = analyse::analyse(original, &rung, facts)?;
        Ok(Ingested { analysis, mezzanines })
    })
}

/// The sides of a picture whose longer one is `edge`.
fn sides(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let scale = f64::from(edge) / f64::from(width.max(height));
    let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
    (side(width), side(height))
}

fn whole(pixels: &Pixels) -> SourceBox {
    let (width, height) = pixels.sides();
    SourceBox::whole((f64::from(width), f64::from(height)))
}

/// The top rung with these upright sides: resized first, then converted and turned, when there are fewest pixels to do that
/// to.
fn top(picture: &Picture, (width, height): (u32, u32)) -> Result<Pixels, ImagingError> {
    let (width, height) = picture.orientation.sides(width, height);
    let source = SourceBox::whole(picture.extent);
    let pixels = if picture.profile.is_none() && picture.orientation.keeps_quarters(width, height) {
        picture.pixels.resized(source, width, height, CHROMA)?
    } else {
        let mut raster = picture.pixels.resized_raster(source, width, height)?;
        if let Some(profile) = &picture.profile {
            colour::convert(&mut raster, profile)?;
        }
        if raster.alpha {
            Pixels::Raster(raster)
        } else {
            // Rungs below are made of planes, and every encoder would make them of the raster anyway.
            let upright = picture.orientation.apply(raster);
            return Ok(Pixels::Planar(Planar::of_raster(&upright, CHROMA)));
        }
    };
    Ok(pixels.oriented(picture.orientation))
}

fn encode(rung: &Pixels) -> Result<EncodedMezzanine, ImagingError> {
    let (width, height) = rung.sides();
    let (format, bytes) = if rung.has_alpha() {
        let coding = if u64::from(width) * u64::from(height) <= MAX_LOSSLESS_PIXELS {
            webp::Coding::Lossless
        } else {
            webp::Coding::Lossy(WEBP_QUALITY)
        };
        (ImageFormat::Webp, webp::encode(rung, coding)?)
    } else {
        (
            ImageFormat::Jpeg,
            jpeg::encode(rung, JPEG_QUALITY, CHROMA, Coding::Quick)?,
        )
    };
    Ok(EncodedMezzanine {
        edge: rung.longer_side(),
        width,
        height,
        format,
        bytes,
    })
}

#[cfg(test)]
mod tests;
