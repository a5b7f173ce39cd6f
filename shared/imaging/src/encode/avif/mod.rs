//! AVIF: AV1 frames by libaom, in a container of our own.

mod aom;
mod container;

use domain::ImageFormat;

use self::{aom::Coding, container::Content};
use crate::{
    Effort, ImagingError,
    pixels::Pixels,
    planar::{Chroma, Planar, Plane},
};

/// Of alpha, whatever the colours have: a soft edge that rings is seen at once, and flat alpha costs nothing.
const ALPHA_QUALITY: u8 = 90;

fn failed(reason: impl Into<String>) -> ImagingError {
    ImagingError::encode(ImageFormat::Avif, reason)
}

/// What stands beside the pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    /// The colours, where they are not sRGB.
    pub(crate) icc: Option<&'a [u8]>,
    /// A TIFF structure.
    pub(crate) exif: Option<&'a [u8]>,
    /// A packet.
    pub(crate) xmp: Option<&'a [u8]>,
}

/// Writes a picture, with its alpha where it has one. Planes are written with the chroma that they have, a raster with the
/// one that is given. Quality is 0 to 100.
pub(crate) fn encode(
    pixels: &Pixels,
    quality: u8,
    chroma: Chroma,
    effort: Effort,
    beside: Beside<'_>,
) -> Result<Vec<u8>, ImagingError> {
    let quality = quality.min(100);
    let (width, height) = pixels.sides();
    let coding = Coding::of(width, height, effort);
    let (colour, alpha) = match pixels {
        Pixels::Planar(planar) => (aom::encode(planar, quality, &coding)?, None),
        Pixels::Raster(raster) => {
            let alpha = if raster.alpha {
                let samples = raster
                    .pixels
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|pixel| pixel[3])
                    .collect();
                let mask = Planar {
                    luma: Plane {
                        width,
                        height,
                        samples,
                    },
                    chroma: None,
                    step: (1, 1),
                };
                Some(aom::encode(&mask, quality.max(ALPHA_QUALITY), &coding.of_mask())?)
            } else {
                None
            };
            (
                aom::encode(&Planar::of_raster(raster, chroma), quality, &coding)?,
                alpha,
            )
        }
    };
    container::write(&Content {
        width,
        height,
        is_gray: matches!(pixels, Pixels::Planar(planar) if planar.chroma.is_none()),
        depth: coding.depth,
        colour: &colour,
        alpha: alpha.as_deref(),
        icc: beside.icc,
        exif: beside.exif,
        xmp: beside.xmp,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raster::Raster,
        testing::{decoded, photo, psnr},
    };

    const EFFORTS: [Effort; 2] = [Effort::Normal, Effort::High];

    fn written(raster: &Raster, quality: u8, chroma: Chroma, effort: Effort) -> Raster {
        let pixels = Pixels::Raster(raster.clone());
        decoded(&encode(&pixels, quality, chroma, effort, Beside::default()).unwrap())
    }

    #[test]
    fn what_is_written_is_read_again_at_any_size_and_with_any_chroma() {
        for (width, height) in [(1, 1), (17, 33), (64, 48), (101, 67)] {
            let raster = photo(width, height);
            for (chroma, least) in [(Chroma::Full, 36.0), (Chroma::Quarter, 29.0)] {
                for effort in EFFORTS {
                    let db = psnr(&written(&raster, 95, chroma, effort), &raster);
                    assert!(
                        db > least,
                        "{width} × {height}, {chroma:?}, {effort:?}: {db:.1} dB"
                    );
                }
            }
        }
    }

    #[test]
    fn alpha_is_kept() {
        let pixels = (0..64 * 64_u32).flat_map(|i| {
            if (i % 64) < 32 {
                [200, 60, 30, 255]
            } else {
                [200, 60, 30, 40]
            }
        });
        let raster = Raster::new(64, 64, true, pixels.collect()).unwrap();
        for effort in EFFORTS {
            let back = written(&raster, 80, Chroma::Quarter, effort);
            let at = |x: usize| back.pixels[(32 * 64 + x) * 4 + 3];
            assert!(at(8) > 250 && at(56).abs_diff(40) < 4, "{} and {}", at(8), at(56));
        }
    }

    #[test]
    fn gray_stays_gray() {
        let raster = photo(50, 40);
        let gray = Planar {
            chroma: None,
            ..Planar::of_raster(&raster, Chroma::Full)
        };
        let pixels = Pixels::Planar(gray.clone());
        let expected = gray.into_raster().unwrap();
        for effort in EFFORTS {
            let bytes = encode(&pixels, 95, Chroma::Quarter, effort, Beside::default()).unwrap();
            let db = psnr(&decoded(&bytes), &expected);
            assert!(db > 36.0, "{effort:?}: {db:.1} dB");
        }
    }

    #[test]
    fn less_quality_is_fewer_bytes() {
        let pixels = Pixels::Raster(photo(160, 120));
        let length = |quality| {
            encode(
                &pixels,
                quality,
                Chroma::Quarter,
                Effort::Normal,
                Beside::default(),
            )
            .unwrap()
            .len()
        };
        assert!(length(20) < length(60) && length(60) < length(100));
    }

    #[test]
    fn more_effort_is_fewer_bytes_and_the_same_ones_every_time() {
        let pixels = Pixels::Raster(photo(160, 120));
        let write = |effort| encode(&pixels, 80, Chroma::Quarter, effort, Beside::default()).unwrap();
        let bytes = write(Effort::High);
        assert_eq!(bytes, write(Effort::High));
        assert!(bytes.len() < write(Effort::Normal).len());
    }

    #[test]
    fn what_stands_beside_the_pixels_is_found_again() {
        let beside = Beside {
            icc: None,
            exif: Some(&crate::testing::orientation_tiff(1)),
            xmp: Some(b"<x:xmpmeta/>"),
        };
        let bytes = encode(
            &Pixels::Raster(photo(40, 30)),
            60,
            Chroma::Quarter,
            Effort::Normal,
            beside,
        )
        .unwrap();
        let demand = crate::decode::Demand::of_edge(40);
        let picture = crate::decode::decode(&bytes, demand, &crate::Allowance::UNHURRIED).unwrap();
        assert_eq!(picture.exif.as_deref(), beside.exif);
        assert!(bytes.windows(12).any(|part| part == b"<x:xmpmeta/>"));
    }
}
