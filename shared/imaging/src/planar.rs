//! Luma and chroma apart: what JPEG, WebP and AVIF store, and what most renders never leave.
//!
//! A photograph that goes from JPEG to JPEG, WebP or AVIF needs no RGB between: its chroma planes are a quarter of the
//! pixels, and neither upsampling, nor two colour conversions, nor downsampling are paid for.

use std::borrow::{Borrow, Cow};

use crate::{
    ImagingError,
    raster::Raster,
    resize::{SourceBox, resize_plane},
};

/// One channel, row by row without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plane {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) samples: Vec<u8>,
}

impl Plane {
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.samples.chunks_exact(self.width as usize)
    }

    /// The plane with its last column and row repeated until it has these sides, which are no smaller.
    pub(crate) fn extended(&self, width: u32, height: u32) -> Self {
        let more = width.saturating_sub(self.width) as usize;
        let mut samples = Vec::with_capacity(width as usize * height as usize);
        let last = self.rows().next_back();
        let below = height.saturating_sub(self.height) as usize;
        for row in self.rows().chain(last.into_iter().cycle().take(below)) {
            samples.extend_from_slice(row);
            samples.extend(row.last().into_iter().cycle().take(more));
        }
        Self {
            width,
            height,
            samples,
        }
    }

    /// The plane as far as `source` reaches, its last column and row repeated where that is beyond it. By an eighth at
    /// most: so far reach only the chroma samples of answers of a few pixels.
    fn reaching(&self, source: SourceBox) -> Cow<'_, Self> {
        let reach = |end: f64, side: u32| {
            // A hair less, or a rounding error would copy the plane.
            let end = (end - 1e-6).ceil().max(1.0) as u32;
            end.clamp(side, side.saturating_add(side / 8))
        };
        let (width, height) = (
            reach(source.left + source.width, self.width),
            reach(source.top + source.height, self.height),
        );
        if (width, height) == (self.width, self.height) {
            Cow::Borrowed(self)
        } else {
            Cow::Owned(self.extended(width, height))
        }
    }
}

/// How many pixels share a chroma sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chroma {
    /// None (4:4:4).
    Full,
    /// Four, two across and two down (4:2:0).
    Quarter,
}

impl Chroma {
    /// The sides of a chroma plane beside a luma plane of these sides.
    pub(crate) const fn sides(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Full => (width, height),
            Self::Quarter => (width.div_ceil(2), height.div_ceil(2)),
        }
    }

    /// Pixels that share a sample, across and down.
    const fn step(self) -> (u32, u32) {
        match self {
            Self::Full => (1, 1),
            Self::Quarter => (2, 2),
        }
    }
}

/// An opaque picture in the Y'CbCr of JFIF: the matrix of ITU-R BT.601 in full range, chroma in the middle of the pixels
/// that share it. sRGB, unless a profile stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planar {
    pub(crate) luma: Plane,
    /// Blue and red difference; none for gray.
    pub(crate) chroma: Option<[Plane; 2]>,
    /// Pixels that share a chroma sample, across and down: 1, 2 or 4 each.
    pub(crate) step: (u32, u32),
}

impl Planar {
    /// The part in `source`, in pixels of luma, at another size and with this chroma.
    pub(crate) fn resized(
        &self,
        source: SourceBox,
        width: u32,
        height: u32,
        chroma: Chroma,
    ) -> Result<Self, ImagingError> {
        let planes = self.chroma.as_ref().map(|[blue, red]| [blue, red]);
        resize_planes(&self.luma, planes, self.step, source, (width, height), chroma)
    }

    /// The same of planes that nobody needs afterwards: each is freed once it is drawn.
    pub(crate) fn into_resized(
        self,
        source: SourceBox,
        width: u32,
        height: u32,
        chroma: Chroma,
    ) -> Result<Self, ImagingError> {
        resize_planes(self.luma, self.chroma, self.step, source, (width, height), chroma)
    }

    /// As RGB. The chroma must be full.
    pub(crate) fn into_raster(self) -> Result<Raster, ImagingError> {
        let (width, height) = (self.luma.width, self.luma.height);
        let Some([blue, red]) = &self.chroma else {
            let pixels = self.luma.samples.iter().flat_map(|luma| [*luma; 3]).collect();
            return Raster::new(width, height, false, pixels);
        };
        let mut pixels = vec![0; 3 * self.luma.samples.len()];
        let samples = self.luma.samples.iter().zip(&blue.samples).zip(&red.samples);
        for (pixel, ((luma, blue), red)) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(samples) {
            *pixel = rgb(*luma, *blue, *red);
        }
        Raster::new(width, height, false, pixels)
    }

    /// Of an opaque picture; what alpha there is, is passed over.
    pub(crate) fn of_raster(raster: &Raster, chroma: Chroma) -> Self {
        let channels = raster.channels();
        let pixels = || raster.pixels.chunks_exact(channels);
        let luma = Plane {
            width: raster.width,
            height: raster.height,
            samples: pixels().map(luma).collect(),
        };
        let (width, height) = chroma.sides(raster.width, raster.height);
        let planes = match chroma {
            Chroma::Full => pixels()
                .map(|p| differences([p[0], p[1], p[2]].map(i32::from), 1))
                .unzip(),
            Chroma::Quarter => {
                let (side_x, side_y) = (raster.width as usize, raster.height as usize);
                let at = |x: usize, y: usize| {
                    // A side that is odd ends with its last pixel twice.
                    let i = (y.min(side_y - 1) * side_x + x.min(side_x - 1)) * channels;
                    [raster.pixels[i], raster.pixels[i + 1], raster.pixels[i + 2]].map(i32::from)
                };
                (0..height as usize)
                    .flat_map(|y| (0..width as usize).map(move |x| (2 * x, 2 * y)))
                    .map(|(x, y)| {
                        let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                        differences([0, 1, 2].map(|i| four.iter().map(|p| p[i]).sum()), 4)
                    })
                    .unzip()
            }
        };
        let plane = |samples| Plane {
            width,
            height,
            samples,
        };
        Self {
            luma,
            chroma: Some([plane(planes.0), plane(planes.1)]),
            step: chroma.step(),
        }
    }
}

/// Planes or what leads to them, `step` pixels to a sample of chroma, at another size. The luma comes last, because beside it there are
/// the most rows between the two passes of the resize.
fn resize_planes<P: Borrow<Plane>>(
    luma: P,
    planes: Option<[P; 2]>,
    step: (u32, u32),
    source: SourceBox,
    sides: (u32, u32),
    chroma: Chroma,
) -> Result<Planar, ImagingError> {
    let resized = |plane: P| resize_chroma(plane.borrow(), step, source, sides, chroma);
    let planes = match planes {
        Some([blue, red]) => Some([resized(blue)?, resized(red)?]),
        None => None,
    };
    Ok(Planar {
        luma: resize_plane(luma.borrow(), source, sides.0, sides.1)?,
        chroma: planes,
        step: chroma.step(),
    })
}

/// A chroma plane, `step` pixels to a sample, for luma of these sides. `source` is in pixels of luma.
fn resize_chroma(
    plane: &Plane,
    step: (u32, u32),
    source: SourceBox,
    (width, height): (u32, u32),
    chroma: Chroma,
) -> Result<Plane, ImagingError> {
    let (across, down) = chroma.sides(width, height);
    let share = chroma.step();
    // The plane of an odd side reaches half a sample beyond the picture: so must its source, or the chroma would drift away from
    // the luma, by a whole pixel at the far edge.
    let reach = |samples: u32, share: u32, side: u32| f64::from(samples) * f64::from(share) / f64::from(side);
    let source = SourceBox {
        left: source.left / f64::from(step.0),
        top: source.top / f64::from(step.1),
        width: source.width / f64::from(step.0) * reach(across, share.0, width),
        height: source.height / f64::from(step.1) * reach(down, share.1, height),
    };
    resize_plane(&plane.reaching(source), source, across, down)
}

/// The fixed point of the conversions below: 16 bits behind the point.
const ONE: f32 = 65_536.0;
const HALF: i32 = 1 << 15;

const fn fixed(factor: f32) -> i32 {
    (factor * ONE + 0.5) as i32
}

/// JFIF 1.02, page 3.
fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    const RED: i32 = fixed(1.402);
    const GREEN_OF_BLUE: i32 = fixed(0.344_136);
    const GREEN_OF_RED: i32 = fixed(0.714_136);
    const BLUE: i32 = fixed(1.772);
    let (luma, blue, red) = (i32::from(luma) << 16, i32::from(blue) - 128, i32::from(red) - 128);
    [
        luma + RED * red,
        luma - GREEN_OF_BLUE * blue - GREEN_OF_RED * red,
        luma + BLUE * blue,
    ]
    .map(|c| ((c + HALF) >> 16).clamp(0, 255) as u8)
}

/// JFIF 1.02, page 3.
fn luma(p: &[u8]) -> u8 {
    const RED: i32 = fixed(0.299);
    const GREEN: i32 = fixed(0.587);
    const BLUE: i32 = fixed(0.114);
    ((RED * i32::from(p[0]) + GREEN * i32::from(p[1]) + BLUE * i32::from(p[2]) + HALF) >> 16) as u8
}

/// Both differences of the mean of `count` pixels, of which the sums of the channels are given (JFIF 1.02, page 3).
fn differences([red, green, blue]: [i32; 3], count: i32) -> (u8, u8) {
    let of = |weights: [f32; 3]| {
        let [r, g, b] = weights.map(|weight| (weight * ONE).round() as i32);
        let sum = r * red + g * green + b * blue;
        ((sum + (128 << 16) * count + HALF * count) / (count << 16)).clamp(0, 255) as u8
    };
    (
        of([-0.168_736, -0.331_264, 0.5]),
        of([0.5, -0.418_688, -0.081_312]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{photo, psnr};

    #[test]
    fn there_and_back_loses_a_rounding_and_no_more() {
        let raster = photo(61, 43);
        let back = Planar::of_raster(&raster, Chroma::Full).into_raster().unwrap();
        let worst = raster
            .pixels
            .iter()
            .zip(&back.pixels)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst <= Some(2), "{worst:?}");
    }

    #[test]
    fn gray_has_no_difference_and_comes_back_as_it_was() {
        let levels = (0..=255).flat_map(|level| [level; 3]).collect();
        let raster = Raster::new(16, 16, false, levels).unwrap();
        let planar = Planar::of_raster(&raster, Chroma::Quarter);
        let chroma = planar.chroma.as_ref().unwrap();
        assert!(
            chroma
                .iter()
                .all(|plane| plane.samples.iter().all(|sample| *sample == 128))
        );
        assert_eq!(
            Planar::of_raster(&raster, Chroma::Full).into_raster().unwrap(),
            raster
        );
    }

    #[test]
    fn chroma_of_an_odd_side_does_not_drift_away_from_luma() {
        // A red ramp down, so that a shift is a difference of level.
        let ramp = |width: u32, height: u32, slope: f64| Plane {
            width,
            height,
            samples: (0..height)
                .flat_map(|y| vec![((f64::from(y) + 0.5) * slope).round() as u8; width as usize])
                .collect(),
        };
        let planar = Planar {
            luma: ramp(128, 200, 1.0),
            chroma: Some([ramp(64, 100, 2.0), ramp(64, 100, 2.0)]),
            step: (2, 2),
        };
        let small = planar
            .resized(SourceBox::whole((128.0, 200.0)), 33, 51, Chroma::Quarter)
            .unwrap();
        let [blue, _] = small.chroma.unwrap();
        assert_eq!((blue.width, blue.height), (17, 26));
        // The last rows are where the plane ends.
        for (y, row) in blue.rows().enumerate().take(24) {
            let expected = (y as f64 + 0.5) * 2.0 * 200.0 / 51.0;
            assert!(
                (f64::from(row[8]) - expected).abs() < 1.0,
                "row {y}: {} for {expected}",
                row[8]
            );
        }
    }

    #[test]
    fn quartered_chroma_lies_where_the_pixels_lie() {
        // Odd sides: the last chroma samples reach beyond the picture.
        let raster = photo(101, 67);
        let planar = Planar::of_raster(&raster, Chroma::Quarter);
        let whole = SourceBox::whole((101.0, 67.0));
        let back = planar
            .resized(whole, 101, 67, Chroma::Full)
            .unwrap()
            .into_raster()
            .unwrap();
        let db = psnr(&raster, &back);
        assert!(db > 33.0, "{db:.1} dB");
        // Half a sample's shift would cost several dB on the disc's red edge.
        let shifted = SourceBox {
            left: 1.0,
            top: 1.0,
            ..whole
        };
        let off = planar
            .resized(shifted, 101, 67, Chroma::Full)
            .unwrap()
            .into_raster()
            .unwrap();
        assert!(psnr(&raster, &off) + 3.0 < db);
    }
}
