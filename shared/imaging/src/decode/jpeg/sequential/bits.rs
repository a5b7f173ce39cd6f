//! The bits of a scan, without the zeros that are stuffed behind each 0xFF.

/// The scan is unstuffed in pieces of so many bytes, of which few caches are too small.
const WINDOW: usize = 16 * 1_024;
/// An MCU has at most ten blocks of 64 coefficients, each of at most 16 bits of code and 15 of value: 2,480 bytes.
pub(super) const MAX_MCU: usize = 2_560;
/// At most so many bytes are copied at once.
const CHUNK: usize = 16;

/// Reads a scan from its first bit on.
pub(super) struct Bits<'a> {
    /// What is still to be unstuffed.
    rest: &'a [u8],
    window: Box<Window>,
    /// Bytes in the window; behind them stands what is never part of an answer.
    filled: usize,
    /// Whether `rest` begins with a marker, or ends.
    at_marker: bool,
    pub(super) next: Next,
}

pub(super) type Window = [u8; WINDOW + MAX_MCU + CHUNK];

/// What is read next. Handed around by value, so that it stays in registers.
#[derive(Clone, Copy, Default)]
pub(super) struct Next {
    /// The next bits, the first one uppermost.
    bits: u64,
    /// How many of them.
    count: u32,
    /// The byte of the window behind them.
    byte: usize,
}

impl Next {
    /// At least 32 bits in the buffer.
    #[inline(always)]
    pub(super) fn refill(&mut self, window: &Window) {
        if self.count < 32 {
            let Some(bytes) = window
                .get(self.byte..)
                .and_then(|window| window.first_chunk::<8>())
            else {
                // Cannot be, as each MCU is prepared for.
                self.count = 63;
                return;
            };
            // Bits below `count` are those of the bytes that follow, so it does no harm to set them twice.
            self.bits |= u64::from_be_bytes(*bytes) >> self.count;
            self.byte += ((63 - self.count) >> 3) as usize;
            self.count |= 56;
        }
    }

    /// The next bits, 1 to 16, which must be in the buffer.
    #[inline(always)]
    pub(super) fn peek(&self, bits: u32) -> usize {
        (self.bits >> (64 - bits)) as usize
    }

    /// Goes on by so many bits, which must be in the buffer.
    #[inline(always)]
    pub(super) fn consume(&mut self, bits: u32) {
        self.bits <<= bits & 63;
        self.count = self.count.wrapping_sub(bits);
    }
}

impl<'a> Bits<'a> {
    pub(super) fn new(scan: &'a [u8]) -> Self {
        Self {
            rest: scan,
            window: Box::new([0; _]),
            filled: 0,
            at_marker: false,
            next: Next::default(),
        }
    }

    #[inline(always)]
    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// Makes sure that a whole MCU can be read, or all that is left before the next marker.
    #[inline]
    pub(super) fn prepare(&mut self) {
        if self.next.byte + MAX_MCU > self.filled && !self.at_marker {
            self.fill();
        }
    }

    fn fill(&mut self) {
        // After a scan that is too short, `next` may stand behind the end.
        let kept = self.next.byte.min(self.filled)..self.filled;
        self.filled = kept.len();
        self.window.copy_within(kept, 0);
        self.next.byte = 0;
        while self.filled < WINDOW {
            if let Some((chunk, rest)) = self.rest.split_first_chunk::<CHUNK>()
                && !chunk.iter().fold(false, |any, byte| any | (*byte == 0xff))
            {
                self.window[self.filled..self.filled + CHUNK].copy_from_slice(chunk);
                self.filled += CHUNK;
                self.rest = rest;
                continue;
            }
            let (byte, length) = match self.rest {
                [0xff, 0, ..] => (0xff, 2),
                [0xff, ..] | [] => {
                    self.at_marker = true;
                    break;
                }
                [byte, ..] => (*byte, 1),
            };
            self.window[self.filled] = byte;
            self.filled += 1;
            self.rest = &self.rest[length..];
        }
    }

    /// Whether no more was read than there is.
    #[inline]
    pub(super) fn is_sound(&self) -> bool {
        8 * self.next.byte <= 8 * self.filled + self.next.count as usize
    }

    /// Goes behind the restart marker of this number, if it is what comes next.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        let [0xff, code, rest @ ..] = self.marker()? else {
            return None;
        };
        if *code != 0xd0 + number {
            return None;
        }
        self.rest = rest;
        (self.filled, self.next) = (0, Next::default());
        self.at_marker = false;
        Some(())
    }

    /// What follows, if it is a marker: less than a byte of padding is left before it.
    pub(super) fn marker(&mut self) -> Option<&'a [u8]> {
        if !self.at_marker {
            self.fill();
        }
        let left = (8 * self.filled + self.next.count as usize).checked_sub(8 * self.next.byte)?;
        if !self.at_marker || left > 7 {
            return None;
        }
        let mut rest = self.rest;
        while let [0xff, 0xff, ..] = rest {
            rest = &rest[1..];
        }
        Some(rest)
    }
}
