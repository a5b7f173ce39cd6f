//! What the makers of hostile files share.

/// Bits from the least significant one on, as deflate and WebP pack them.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    kept: u64,
    count: u32,
}

impl Bits {
    /// At most 32 of them.
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        self.kept |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.kept as u8);
            self.kept >>= 8;
            self.count -= 8;
        }
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.put(0, 7);
        self.bytes
    }
}

/// A zlib stream (RFC 1950, 1951) of at least `count` zeros, in a 158th of their size.
pub(crate) fn zlib_of_zeros(count: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(1, 1); // The last block,
    bits.put(1, 2); // of fixed codes. Their first bit is the most significant one, so they stand here backwards.
    bits.put(0b0000_1100, 8); // A zero,
    for _ in 0..count.div_ceil(258) {
        bits.put(0b1010_0011, 13); // and 258 bytes as the one before them.
    }
    bits.put(0, 7); // The end.
    let mut stream = vec![0x78, 0x01];
    stream.extend(bits.bytes());
    stream.extend([0; 4]); // The checksum: nobody asks for it.
    stream
}
