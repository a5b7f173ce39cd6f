//! The worker's step: one decode of an original, and everything that is made of it.

use domain::{Analysis, ImageFormat};

use crate::{
    Allowance, ImagingError, analyse,
    caught::caught,
    colour,
    decode::{self, Demand, Picture},
    encode::{
        jpeg::{self, Chroma},
        webp::{self, Effort},
    },
    raster::Raster,
    resize::{SourceBox, resize},
};

/// Version of the shape of [`Analysis`].
const ANALYSIS_VERSION: u32 = 1;

/// Of opaque mezzanines. High enough that a second encode at delivery's usual 80 decides what is seen.
const JPEG_QUALITY: u8 = 92;
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

        let has_alpha = picture.raster.alpha;
        let mut rung = top(&picture, top_edge)?;
        let (width, height) = picture
            .orientation
            .sides(picture.stored_width, picture.stored_height);
        let Picture {
            format,
            orientation,
            profile_name,
            exif,
            raster,
            damaged,
            ..
        } = picture;
        // The largest buffer by far, and nothing below needs it.
        drop(raster);

        let mut mezzanines = Vec::with_capacity(edges.len());
        for edge in edges {
            let (rung_width, rung_height) = sides(width, height, edge);
            // From the rung above, not from the original: a tenth of the work, and the loss is measured in the tests.
            if (rung.width, rung.height) != (rung_width, rung_height) {
                let whole = SourceBox::whole((f64::from(rung.width), f64::from(rung.height)));
                rung = resize(&rung, whole, rung_width, rung_height)?;
            }
            mezzanines.push(encode(&rung)?);
            allowance.time()?;
        }

        let small = analyse::small(&rung)?;
        let analysis = Analysis {
            v: ANALYSIS_VERSION,
            format,
            width,
            height,
            orientation: orientation.exif(),
            has_alpha,
            colour_profile: profile_name,
            thumbhash: analyse::thumbhash::thumbhash(&small),
            perceptual_hash: analyse::phash::perceptual_hash(&small),
            palette: analyse::palette::palette(&small),
            metadata: exif
                .as_deref()
                .map(analyse::metadata::metadata)
                .unwrap_or_default(),
            damaged,
        };
        Ok(Ingested { analysis, mezzanines })
    })
}

/// The sides of a picture whose longer one is `edge`.
fn sides(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let scale = f64::from(edge) / f64::from(width.max(height));
    let side = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
    (side(width), side(height))
}

/// The top rung: resized first, then converted and turned, when there are fewest pixels to do that to.
fn top(picture: &Picture, edge: u32) -> Result<Raster, ImagingError> {
    let (width, height) = sides(picture.stored_width, picture.stored_height, edge);
    let mut raster = resize(&picture.raster, SourceBox::whole(picture.extent), width, height)?;
    if let Some(profile) = &picture.profile {
        colour::convert(&mut raster, profile)?;
    }
    Ok(picture.orientation.apply(raster))
}

fn encode(rung: &Raster) -> Result<EncodedMezzanine, ImagingError> {
    let (format, bytes) = if rung.alpha {
        let pixels = u64::from(rung.width) * u64::from(rung.height);
        let quality = if pixels <= MAX_LOSSLESS_PIXELS {
            Effort::Lossless
        } else {
            Effort::Lossy(WEBP_QUALITY)
        };
        (ImageFormat::Webp, webp::encode(rung, quality)?)
    } else {
        // Without optimised tables: 3 % larger, and a third faster to write.
        (
            ImageFormat::Jpeg,
            jpeg::encode(rung, JPEG_QUALITY, Chroma::Full, false)?,
        )
    };
    Ok(EncodedMezzanine {
        edge: rung.longer_side(),
        width: rung.width,
        height: rung.height,
        format,
        bytes,
    })
}

#[cfg(test)]
mod tests;
