//! Huffman codes as tables (ITU-T T.81, annexes C and F.2.2): one lookup for a code and the value behind it, and one for
//! several coefficients of which nobody wants the values.

use super::bits::{Next, Window};

/// Bits that are looked up at once where values are wanted.
const VALUE_BITS: u32 = 11;
/// The same where they are passed over.
const SKIP_BITS: u32 = 12;

/// A table as the file has it.
pub(super) struct Specification<'a> {
    /// Of each length from 1 on.
    counts: &'a [u8; 16],
    symbols: &'a [u8],
}

impl<'a> Specification<'a> {
    /// The table and what follows it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (counts, rest) = bytes.split_first_chunk::<16>()?;
        let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(total)?;
        (total <= 256).then_some((Self { counts, symbols }, rest))
    }
}

/// The codes by their lengths.
struct Codes<'a> {
    /// Of each length: behind the last code, with 16 bits.
    ends: [u32; 16],
    /// Of each length: what is added to a code for its place among the symbols.
    places: [i32; 16],
    symbols: &'a [u8],
}

impl<'a> Codes<'a> {
    fn new(specification: &Specification<'a>) -> Option<Self> {
        let mut codes = Self {
            ends: [0; 16],
            places: [0; 16],
            symbols: specification.symbols,
        };
        let (mut code, mut place) = (0_u32, 0_i32);
        for (i, count) in specification.counts.iter().enumerate() {
            codes.places[i] = place - code as i32;
            code += u32::from(*count);
            place += i32::from(*count);
            codes.ends[i] = code << (15 - i);
            // More codes than there are bits for.
            if codes.ends[i] > 1 << 16 {
                return None;
            }
            code <<= 1;
        }
        Some(codes)
    }

    /// The length and the symbol of the code that these 16 bits begin with.
    fn find(&self, bits: u32) -> Option<(u32, u8)> {
        let i = self.ends.iter().position(|end| bits < *end)?;
        let place = (bits >> (15 - i)) as i32 + self.places[i];
        Some((i as u32 + 1, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}

/// A difference or coefficient of `size` bits (ITU-T T.81, F.12).
#[inline(always)]
const fn extended(bits: i32, size: u32) -> i32 {
    if bits < (1 << size) >> 1 {
        bits - (1 << size) + 1
    } else {
        bits
    }
}

/// A code, and the value that follows it where it stands in the bits that were looked up: bits of both in the lowest
/// five, whether they are not known, the symbol in the second byte, and the value in the upper two.
#[derive(Clone, Copy)]
struct Entry(u32);

impl Entry {
    const LONG: Self = Self(1 << 5);

    const fn new(length: u32, symbol: u8, value: i32) -> Self {
        Self(length | (symbol as u32) << 8 | (value as u32) << 16)
    }

    const fn length(self) -> u32 {
        self.0 & 0x1f
    }

    const fn is_long(self) -> bool {
        self.0 & Self::LONG.0 != 0
    }

    const fn symbol(self) -> u8 {
        (self.0 >> 8) as u8
    }

    const fn value(self) -> i32 {
        self.0 as i32 >> 16
    }
}

/// A code whose symbols end with the size of a value: that of DC, and that of AC for values that are wanted.
pub(super) struct Table<'a> {
    codes: Codes<'a>,
    entries: Box<[Entry; 1 << VALUE_BITS]>,
}

impl<'a> Table<'a> {
    pub(super) fn new(specification: &Specification<'a>) -> Option<Self> {
        let codes = Codes::new(specification)?;
        let mut entries = Box::new([Entry::LONG; 1 << VALUE_BITS]);
        for (bits, entry) in (0_u32..).zip(entries.iter_mut()) {
            let Some((length, symbol)) = codes.find(bits << (16 - VALUE_BITS)) else {
                continue;
            };
            let size = u32::from(symbol & 0xf);
            if let Some(behind) = VALUE_BITS.checked_sub(length + size) {
                let value = bits >> behind & ((1 << size) - 1);
                *entry = Entry::new(length + size, symbol, extended(value as i32, size));
            }
        }
        Some(Self { codes, entries })
    }

    /// A symbol, and the value that follows it.
    #[inline(always)]
    fn read(&self, window: &Window, next: &mut Next) -> Option<(u8, i32)> {
        next.refill(window);
        let entry = self.entries[next.peek(VALUE_BITS)];
        if !entry.is_long() {
            next.consume(entry.length());
            return Some((entry.symbol(), entry.value()));
        }
        let (symbol, value, behind) = self.read_long(*next)?;
        *next = behind;
        Some((symbol, value))
    }

    #[cold]
    #[inline(never)]
    fn read_long(&self, mut next: Next) -> Option<(u8, i32, Next)> {
        let (length, symbol) = self.codes.find(next.peek(16) as u32)?;
        next.consume(length);
        let size = u32::from(symbol & 0xf);
        if size == 0 {
            return Some((symbol, 0, next));
        }
        let value = next.peek(size) as i32;
        next.consume(size);
        Some((symbol, extended(value, size), next))
    }

    /// The difference from the DC coefficient before.
    #[inline(always)]
    pub(super) fn difference(&self, window: &Window, next: &mut Next) -> Option<i32> {
        Some(self.read(window, next)?.1)
    }

    /// Whether no difference is larger than those of eight bits (ITU-T T.81, table F.1).
    pub(super) fn is_dc(&self) -> bool {
        self.codes.symbols.iter().all(|size| *size <= 11)
    }
}

/// Several symbols at once: bits in the lowest five, coefficients in the next seven, and whether the block ends with them.
#[derive(Clone, Copy, Default)]
struct Skip(u16);

impl Skip {
    const END: u16 = 1 << 12;

    const fn length(self) -> u32 {
        (self.0 & 0x1f) as u32
    }

    const fn coefficients(self) -> usize {
        (self.0 >> 5 & 0x7f) as usize
    }

    const fn ends(self) -> bool {
        self.0 & Self::END != 0
    }
}

/// The code of AC coefficients.
pub(super) struct AcTable<'a> {
    values: Table<'a>,
    skips: Box<[Skip; 1 << SKIP_BITS]>,
}

impl<'a> AcTable<'a> {
    pub(super) fn new(specification: &Specification<'a>) -> Option<Self> {
        let values = Table::new(specification)?;
        let mut codes = vec![(0_u32, 0_u8); 1 << SKIP_BITS];
        for (bits, code) in (0_u32..).zip(&mut codes) {
            *code = values.codes.find(bits << (16 - SKIP_BITS)).unwrap_or_default();
        }
        let mut skips = Box::new([Skip::default(); 1 << SKIP_BITS]);
        for (bits, skip) in skips.iter_mut().enumerate() {
            let (mut used, mut coefficients, mut end) = (0, 0, 0);
            while used < SKIP_BITS {
                let (length, symbol) = codes[bits << used & ((1 << SKIP_BITS) - 1)];
                // The bits of the last value need not stand in the window: how many they are is enough.
                if length == 0 || used + length > SKIP_BITS {
                    break;
                }
                let (run, size) = (u16::from(symbol >> 4), symbol & 0xf);
                if size == 0 && run < 15 {
                    used += length;
                    end = Skip::END;
                    break;
                }
                if coefficients + run + 1 > 63 {
                    break;
                }
                coefficients += run + 1;
                used += length + u32::from(size);
            }
            *skip = Skip(used as u16 | coefficients << 5 | end);
        }
        Some(Self { values, skips })
    }

    /// Reads the coefficients up to `last`, calling `put` with the place in the scan and the value of each, and passes over
    /// those behind it. None where the data are damaged. Says whether there was any.
    #[inline(always)]
    pub(super) fn read(
        &self,
        window: &Window,
        next: &mut Next,
        last: usize,
        mut put: impl FnMut(usize, i32),
    ) -> Option<bool> {
        let mut at = 1;
        while at <= last {
            let (symbol, value) = self.values.read(window, next)?;
            let run = usize::from(symbol >> 4);
            if symbol & 0xf == 0 {
                if run < 15 {
                    return Some(at > 1);
                }
                at += 16;
                continue;
            }
            at += run;
            if at > 63 {
                return None;
            }
            put(at, value);
            at += 1;
        }
        self.skip(window, next, at)?;
        Some(true)
    }

    /// Passes over the rest of the block from this coefficient on.
    #[inline(always)]
    fn skip(&self, window: &Window, next: &mut Next, mut at: usize) -> Option<()> {
        while at < 64 {
            next.refill(window);
            let skip = self.skips[next.peek(SKIP_BITS)];
            let after = at + skip.coefficients();
            // If the block could be full before the last of the symbols, one at a time.
            if skip.length() != 0 && after < 64 {
                next.consume(skip.length());
                if skip.ends() {
                    return Some(());
                }
                at = after;
                continue;
            }
            let symbol = self.values.read(window, next)?.0;
            if symbol & 0xf == 0 && symbol < 0xf0 {
                return Some(());
            }
            at += usize::from(symbol >> 4) + 1;
        }
        (at == 64).then_some(())
    }
}
