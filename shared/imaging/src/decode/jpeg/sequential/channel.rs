//! One component of the picture: its blocks, and the plane that they become.

use super::{
    bits::Bits,
    header::{Component, Header},
    huffman::{AcTable, Table},
    idct::{ROOM, flat, inverse},
};
use crate::planar::Plane;

/// Where each coefficient of a scan stands in its block, row by row (ITU-T T.81, figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// An eighth of the largest coefficient that is taken. Pictures have at most 1,024 in the corner and little more elsewhere;
/// what lies far beyond overflows in libjpeg-turbo, and nobody says how.
const LARGEST: f32 = 2_048.0;

type ReadBlock<'a> = fn(&mut Channel<'a>, &mut Bits<'_>, usize) -> Option<()>;

pub(super) struct Channel<'a> {
    /// In an MCU, across and down.
    blocks: (usize, usize),
    /// Of a block, across and down alike.
    samples: usize,
    /// The last coefficient that is wanted, in the order of the scan.
    last: usize,
    /// Of each coefficient, in that order: where it goes.
    places: [u8; 64],
    /// Of each coefficient, in that order: an eighth of its quantisation step, the eighth being the inverse DCT's.
    steps: [f32; 64],
    dc: Table<'a>,
    ac: AcTable<'a>,
    read_block: ReadBlock<'a>,
    coefficients: [f32; ROOM],
    /// The DC coefficient of the block before.
    dc_before: i32,
    /// The largest of all coefficients so far, without its sign.
    largest: f32,
    /// A row of MCUs, and the length of its rows.
    strip: Vec<u8>,
    stride: usize,
    plane: Plane,
}

impl<'a> Channel<'a> {
    /// The sides of a strip of `mcus` MCUs.
    fn strip(component: &Component, mcus: u32, samples: u32) -> (u64, u64) {
        (
            u64::from(mcus) * u64::from(component.blocks.0 * samples),
            u64::from(component.blocks.1 * samples),
        )
    }

    /// The memory that `new` and what follows will take.
    pub(super) fn bytes(component: &Component, mcus: u32, sides: (u32, u32), samples: u32) -> u64 {
        let (stride, rows) = Self::strip(component, mcus, samples);
        stride * rows + u64::from(sides.0) * u64::from(sides.1)
    }

    /// For rows of `mcus` MCUs whose blocks become 1, 2 or 4 samples a side, and a plane of these sides.
    pub(super) fn new(
        header: &Header<'a>,
        component: &Component,
        mcus: u32,
        (width, height): (u32, u32),
        samples: u32,
    ) -> Option<Self> {
        let side = samples as usize;
        let quantisation = header.steps(component)?;
        // What is not wanted goes behind everything.
        let mut places = [ROOM as u8 - 1; 64];
        let mut steps = [0.0; 64];
        let mut last = 0;
        for (k, (at, step)) in ZIGZAG.into_iter().zip(quantisation).enumerate() {
            let (u, v) = (at % 8, at / 8);
            if u < side && v < side {
                places[k] = (v * side + u) as u8;
                steps[k] = f32::from(*step) / 8.0;
                last = k;
            }
        }
        let dc = Table::new(header.dc(component.dc)?)?;
        if !dc.is_dc() {
            return None;
        }
        let (stride, rows) = Self::strip(component, mcus, samples);
        let stride = usize::try_from(stride).ok()?;
        Some(Self {
            blocks: (component.blocks.0 as usize, component.blocks.1 as usize),
            samples: side,
            last,
            places,
            steps,
            dc,
            ac: AcTable::new(header.ac(component.ac)?)?,
            read_block: match samples {
                1 => Self::block::<1>,
                2 => Self::block::<2>,
                4 => Self::block::<4>,
                _ => return None,
            },
            coefficients: [0.0; ROOM],
            dc_before: 0,
            largest: 0.0,
            strip: vec![0; stride * usize::try_from(rows).ok()?],
            stride,
            plane: Plane {
                width,
                height,
                samples: Vec::with_capacity(width as usize * height as usize),
            },
        })
    }

    /// Reads the blocks of an MCU. None where the data are damaged.
    #[inline]
    pub(super) fn mcu(&mut self, bits: &mut Bits<'_>, x: usize) -> Option<()> {
        for v in 0..self.blocks.1 {
            let row = v * self.samples * self.stride;
            for u in 0..self.blocks.0 {
                let at = row + (x * self.blocks.0 + u) * self.samples;
                (self.read_block)(self, bits, at)?;
            }
        }
        Some(())
    }

    fn block<const N: usize>(&mut self, bits: &mut Bits<'_>, at: usize) -> Option<()> {
        let window = bits.window();
        let mut next = bits.next;
        let difference = self.dc.difference(window, &mut next)?;
        self.dc_before = self.dc_before.checked_add(difference)?;
        let dc = self.dc_before as f32 * self.steps[0];
        let mut largest = self.largest.max(dc.abs());
        let (coefficients, places, steps) = (&mut self.coefficients, &self.places, &self.steps);
        coefficients[..N * N].fill(0.0);
        // Samples are stored less 128.
        coefficients[0] = dc + 128.0;
        let any = self.ac.read(window, &mut next, self.last, |k, value| {
            let coefficient = value as f32 * steps[k & 63];
            largest = largest.max(coefficient.abs());
            coefficients[usize::from(places[k & 63]) & (ROOM - 1)] = coefficient;
        })?;
        bits.next = next;
        self.largest = largest;
        let into = self.strip.get_mut(at..)?;
        if any && N > 1 {
            inverse::<N>(coefficients, into, self.stride);
        } else {
            flat::<N>(coefficients, into, self.stride);
        }
        Some(())
    }

    /// Forgets the block before.
    pub(super) const fn restart(&mut self) {
        self.dc_before = 0;
    }

    /// Moves what the picture shows of the strip to the plane. None where there were coefficients that no picture has.
    pub(super) fn end_row(&mut self) -> Option<()> {
        let width = self.plane.width as usize;
        let all = width * self.plane.height as usize;
        for row in self.strip.chunks_exact(self.stride) {
            // Below the picture there is nothing but what fills the last blocks.
            if self.plane.samples.len() < all {
                self.plane.samples.extend_from_slice(row.get(..width)?);
            }
        }
        (self.largest < LARGEST).then_some(())
    }

    pub(super) fn into_plane(self) -> Plane {
        self.plane
    }
}
