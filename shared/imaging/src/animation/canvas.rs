//! The screen on which the frames of a GIF or an animated PNG are put together.

use crate::{ImagingError, raster::Raster};

/// RGBA with straight alpha; transparent at first, as browsers have it, whatever background colour a file names.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A rectangle inside a canvas; may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// What becomes of a frame before the next one is drawn.
#[derive(Default)]
pub(crate) enum Disposal {
    /// It stays.
    #[default]
    Keep,
    /// Its area becomes transparent.
    Clear(Area),
    /// Its area becomes what it was before; with these bytes.
    Restore(Area, Vec<u8>),
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        Self {
            width,
            height,
            pixels: vec![0; 4 * width * height],
        }
    }

    /// Bytes of a canvas with these sides.
    pub(crate) fn bytes(width: u32, height: u32) -> u64 {
        4 * u64::from(width) * u64::from(height)
    }

    /// The part of a rectangle that lies on the canvas.
    pub(crate) fn clip(&self, left: usize, top: usize, width: usize, height: usize) -> Area {
        let (left, top) = (left.min(self.width), top.min(self.height));
        Area {
            left,
            top,
            width: width.min(self.width - left),
            height: height.min(self.height - top),
        }
    }

    /// The rows of an area, from the upper one down.
    pub(crate) fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [u8]> {
        self.pixels
            .chunks_exact_mut(4 * self.width)
            .skip(area.top)
            .take(area.height)
            .map(move |row| &mut row[4 * area.left..4 * (area.left + area.width)])
    }

    /// What stands in an area.
    pub(crate) fn saved(&mut self, area: Area) -> Vec<u8> {
        let mut saved = Vec::with_capacity(4 * area.width * area.height);
        self.rows(area).for_each(|row| saved.extend_from_slice(row));
        saved
    }

    pub(crate) fn dispose(&mut self, disposal: Disposal) {
        match disposal {
            Disposal::Keep => {}
            Disposal::Clear(area) => self.rows(area).for_each(|row| row.fill(0)),
            Disposal::Restore(area, saved) if area.width > 0 => self
                .rows(area)
                .zip(saved.chunks_exact(4 * area.width))
                .for_each(|(row, saved)| row.copy_from_slice(saved)),
            Disposal::Restore(..) => {}
        }
    }

    /// A copy of what is seen.
    pub(crate) fn raster(&self) -> Result<Raster, ImagingError> {
        Raster::new(self.width as u32, self.height as u32, true, self.pixels.clone())
    }
}
