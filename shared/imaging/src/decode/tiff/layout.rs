//! What a directory says of its pixels: how they lie in the file, and what their numbers mean.

use super::{damaged, unsupported};
use crate::{
    ImagingError,
    raster::Channels,
    tiff::{Directory, Entry, Shape, tag},
};

/// Strips or tiles: those of 100 megapixels in tiles of 8 × 8.
const MAX_CHUNKS: usize = 2_000_000;
/// Numbers in a pixel; scientific files have hundreds.
const MAX_SAMPLES: u64 = 8;
/// A side of a tile; real ones are 128 to 1,024.
const MAX_TILE_SIDE: u64 = 65_535;

/// How pixels lie in the file.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) bits: usize,
    /// In a pixel, extra ones included.
    pub(super) samples: usize,
    /// Of a strip or tile.
    pub(super) chunk: (usize, usize),
    pub(super) tiled: bool,
    pub(super) planar: bool,
    pub(super) compression: u64,
    pub(super) differenced: bool,
    pub(super) reversed_bits: bool,
    pub(super) offsets: Vec<u64>,
    pub(super) lengths: Vec<u64>,
}

/// What the numbers of a pixel mean.
pub(super) struct Meaning {
    pub(super) channels: Channels,
    /// 0 is white.
    pub(super) inverted: bool,
    pub(super) premultiplied: bool,
    pub(super) palette: Option<Vec<[u8; 3]>>,
}

impl Meaning {
    /// How many numbers of a pixel are read.
    pub(super) fn used(&self) -> usize {
        if self.palette.is_some() {
            1
        } else {
            self.channels.count()
        }
    }
}

pub(super) struct File<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) shape: Shape,
    pub(super) directory: Directory,
}

impl File<'_> {
    pub(super) fn first(&self, tag: u16, default: u64) -> u64 {
        self.directory.first(tag).unwrap_or(default)
    }

    fn numbers(&self, tag: u16, max: usize) -> Option<Vec<u64>> {
        let entry: &Entry = self.directory.get(tag)?;
        entry.numbers(entry.value(self.bytes)?, max)
    }

    pub(super) fn layout(&self, (width, height): (u32, u32)) -> Result<Layout, ImagingError> {
        let (width, height) = (width as usize, height as usize);
        let bits = self.numbers(tag::BITS, 64).unwrap_or_else(|| vec![1]);
        if bits.iter().any(|depth| *depth != bits[0]) {
            return Err(unsupported("its channels have different depths"));
        }
        if !matches!(bits[0], 1 | 2 | 4 | 8 | 16) {
            return Err(unsupported(&format!("it has {} bits a channel", bits[0])));
        }
        let formats = self.numbers(tag::SAMPLE_FORMAT, 64).unwrap_or_default();
        // 4 is "undefined", which is read as whole numbers.
        if formats.iter().any(|format| !matches!(format, 1 | 4)) {
            return Err(unsupported("its numbers are not whole ones from 0 up"));
        }
        let samples = self.first(tag::SAMPLES, 1);
        if samples == 0 {
            return Err(damaged("its number of channels makes no sense"));
        }
        if samples > MAX_SAMPLES {
            return Err(unsupported("it has more than 8 channels"));
        }
        let tiled = self.directory.get(tag::TILE_OFFSETS).is_some();
        let chunk = if tiled {
            let sides = (self.first(tag::TILE_WIDTH, 0), self.first(tag::TILE_HEIGHT, 0));
            if !(1..=MAX_TILE_SIDE).contains(&sides.0) || !(1..=MAX_TILE_SIDE).contains(&sides.1) {
                return Err(damaged("the size of its tiles makes no sense"));
            }
            (sides.0 as usize, sides.1 as usize)
        } else {
            let rows = self.first(tag::ROWS_PER_STRIP, height as u64).min(height as u64);
            if rows == 0 {
                return Err(damaged("its strips have no rows"));
            }
            (width, rows as usize)
        };
        let (offsets, lengths) = if tiled {
            (tag::TILE_OFFSETS, tag::TILE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_COUNTS)
        };
        let offsets = self
            .numbers(offsets, MAX_CHUNKS)
            .ok_or_else(|| damaged("the table of its strips is missing"))?;
        let lengths = self.numbers(lengths, MAX_CHUNKS);
        let compression = self.first(tag::COMPRESSION, 1);
        let lengths = match lengths {
            Some(lengths) if lengths.len() >= offsets.len() => lengths,
            // Old files leave them out: up to the end, then. What is stored plainly says by itself how long it is.
            _ => vec![u64::MAX; offsets.len()],
        };
        Ok(Layout {
            width,
            height,
            bits: bits[0] as usize,
            samples: samples as usize,
            chunk,
            tiled,
            planar: self.first(tag::PLANAR, 1) == 2 && samples > 1,
            compression,
            differenced: match self.first(tag::PREDICTOR, 1) {
                1 => false,
                2 => true,
                _ => return Err(unsupported("its numbers are predicted as floating point")),
            },
            reversed_bits: self.first(tag::FILL_ORDER, 1) == 2,
            offsets,
            lengths,
        })
    }

    pub(super) fn meaning(&self, layout: &Layout) -> Result<Meaning, ImagingError> {
        let extra = self.numbers(tag::EXTRA_SAMPLES, 64).unwrap_or_default();
        let mut meaning = Meaning {
            channels: Channels::Gray,
            inverted: false,
            premultiplied: false,
            palette: None,
        };
        let colours = match self.first(tag::PHOTOMETRIC, 1) {
            photometric @ (0 | 1) => {
                meaning.inverted = photometric == 0;
                1
            }
            2 => 3,
            3 => {
                meaning.palette = Some(self.palette(layout.bits)?);
                1
            }
            5 => 4,
            6 => return Err(unsupported("its colours are YCbCr")),
            8..=10 => return Err(unsupported("its colours are Lab")),
            _ => return Err(unsupported("its colours are of an unknown kind")),
        };
        if layout.samples < colours {
            return Err(damaged("it has too few channels"));
        }
        // Some writers leave the entry out where the fourth channel of RGB is alpha.
        let extra = match (layout.samples - colours, extra.first()) {
            (0, _) => None,
            (_, Some(extra)) => Some(*extra),
            (1, None) if colours == 3 => Some(2),
            _ => None,
        };
        let has_alpha = matches!(extra, Some(1 | 2));
        meaning.premultiplied = extra == Some(1);
        meaning.channels = match (colours, has_alpha) {
            (_, _) if meaning.palette.is_some() => Channels::Rgb,
            (1, false) => Channels::Gray,
            (1, true) => Channels::GrayAlpha,
            (3, false) => Channels::Rgb,
            (3, true) => Channels::Rgba,
            _ => Channels::Cmyk,
        };
        meaning.premultiplied &= meaning.channels.has_alpha();
        Ok(meaning)
    }

    fn palette(&self, bits: usize) -> Result<Vec<[u8; 3]>, ImagingError> {
        if bits > 8 {
            return Err(unsupported("its palette has more than 256 colours"));
        }
        let size = 1 << bits;
        let map = self
            .numbers(tag::COLOUR_MAP, 3 * size)
            .filter(|map| map.len() == 3 * size)
            .ok_or_else(|| damaged("its palette is missing"))?;
        // 16 bits by the standard; some writers put 8 there.
        let shift = if map.iter().any(|value| *value > 255) {
            8
        } else {
            0
        };
        let value = |i: usize| (map[i] >> shift) as u8;
        Ok((0..size)
            .map(|i| [value(i), value(size + i), value(2 * size + i)])
            .collect())
    }
}
