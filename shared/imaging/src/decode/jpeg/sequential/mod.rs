//! Our own decoder for what most JPEGs are: baseline, in one scan, gray or YCbCr; at a half, a quarter or an eighth of the
//! size. There libjpeg-turbo spends its time on coefficients that nobody wants: here they are passed over, several with one
//! lookup, and the inverse DCT has no more points than there are samples.
//!
//! It decodes what is sound. Whatever is unusual, damaged or doubtful is left to libjpeg-turbo, which has the last word
//! about errors.

mod bits;
mod channel;
mod header;
mod huffman;
mod idct;

use self::{bits::Bits, channel::Channel, header::Header};
use crate::{Allowance, ImagingError, planar::Planar};

/// Rows of MCUs between two looks at the clock: a few milliseconds of the widest picture.
const ROWS_A_LOOK: u32 = 8;

/// What libjpeg-turbo has found out about a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) stored: (u32, u32),
    /// Pixels that share a chroma sample, across and down; none for gray.
    pub(super) step: Option<(u32, u32)>,
    /// The reduction: 2, 4 or 8.
    pub(super) by: u32,
}

/// The planes of a sound and ordinary file, each side a `by`th, rounded up. None for any other.
///
/// Asks for the planes' memory, and answers none where there is too little: libjpeg-turbo may need less.
pub(super) fn decode(
    bytes: &[u8],
    expected: Expected,
    allowance: &Allowance<'_>,
) -> Result<Option<Planar>, ImagingError> {
    let Some(header) = Header::read(bytes).filter(|header| header.is(&expected)) else {
        return Ok(None);
    };
    match Decoder::new(&header, &expected, allowance) {
        Some(decoder) => decoder.run(&header, allowance),
        None => Ok(None),
    }
}

struct Decoder<'a> {
    /// One, or luma and both differences.
    channels: Vec<Channel<'a>>,
    /// Across and down.
    mcus: (u32, u32),
    /// As in [`Planar`].
    step: (u32, u32),
}

impl<'a> Decoder<'a> {
    fn new(header: &Header<'a>, expected: &Expected, allowance: &Allowance<'_>) -> Option<Self> {
        let (width, height) = expected.stored;
        let (across, down) = expected.step.unwrap_or((1, 1));
        let mcus = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        // Chroma is reduced as much as luma: as fine as luma it would cost a fifth more time for 0.04 SSIMULACRA2.
        let scaled = (width.div_ceil(expected.by), height.div_ceil(expected.by));
        let chroma = (scaled.0.div_ceil(across), scaled.1.div_ceil(down));
        // A plane reaches to the end of its last chroma sample, as libjpeg-turbo's do.
        let luma = (chroma.0 * across, chroma.1 * down);
        let samples = 8 / expected.by;
        let planned = || header.components.iter().zip([luma, chroma, chroma]);
        let needed: u64 = planned()
            .map(|(component, sides)| Channel::bytes(component, mcus.0, sides, samples))
            .sum();
        allowance.memory(needed).ok()?;
        let channels = planned()
            .map(|(component, sides)| Channel::new(header, component, mcus.0, sides, samples))
            .collect::<Option<_>>()?;
        Some(Self {
            channels,
            mcus,
            step: (across, down),
        })
    }

    fn run(mut self, header: &Header<'_>, allowance: &Allowance<'_>) -> Result<Option<Planar>, ImagingError> {
        let mut bits = Bits::new(header.scan);
        let mut restarts = Restarts::new(header.restart_interval);
        for y in 0..self.mcus.1 {
            if y.is_multiple_of(ROWS_A_LOOK) {
                allowance.time()?;
            }
            if self.row(&mut bits, &mut restarts).is_none() {
                return Ok(None);
            }
        }
        // Nothing but the end: other scans are libjpeg-turbo's, and padding is its to judge.
        if !matches!(bits.marker(), Some([0xff, 0xd9, ..])) {
            return Ok(None);
        }
        let mut planes = self.channels.into_iter().map(Channel::into_plane);
        let Some(luma) = planes.next() else {
            return Ok(None);
        };
        Ok(Some(Planar {
            luma,
            chroma: planes.next().zip(planes.next()).map(|(blue, red)| [blue, red]),
            step: self.step,
        }))
    }

    /// A row of MCUs. None where the data are damaged.
    fn row(&mut self, bits: &mut Bits<'_>, restarts: &mut Restarts) -> Option<()> {
        for x in 0..self.mcus.0 as usize {
            if let Some(number) = restarts.next() {
                bits.restart(number)?;
                self.channels.iter_mut().for_each(Channel::restart);
            }
            bits.prepare();
            for channel in &mut self.channels {
                channel.mcu(bits, x)?;
            }
            if !bits.is_sound() {
                return None;
            }
        }
        self.channels.iter_mut().try_for_each(Channel::end_row)
    }
}

/// Counts MCUs between restart markers.
struct Restarts {
    interval: u32,
    /// MCUs until the next marker.
    left: u32,
    /// Of the next marker: 0 to 7, in turn.
    number: u8,
}

impl Restarts {
    const fn new(interval: u32) -> Self {
        Self {
            interval,
            left: interval,
            number: 0,
        }
    }

    /// The number of the marker that must stand before the next MCU.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        if self.interval == 0 {
            return None;
        }
        if self.left > 0 {
            self.left -= 1;
            return None;
        }
        let number = self.number;
        self.number = (number + 1) & 7;
        self.left = self.interval - 1;
        Some(number)
    }
}

#[cfg(test)]
mod tests;
