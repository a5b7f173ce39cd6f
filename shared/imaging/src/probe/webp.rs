//! The walk through a WebP's RIFF chunks (RFC 9649). Bytes behind the RIFF are tolerated.

use domain::ImageFormat;

use super::{
    Limits, ProbeError, Walk,
    gather::{Gather, skip},
};

pub(super) struct WebpWalk {
    limits: Limits,
    at: At,
    head: Gather<12>,
    chunk_head: Gather<8>,
    vp8: Gather<10>,
    vp8l: Gather<5>,
    vp8x: Gather<10>,
    /// Bytes of the RIFF's body that were announced and not yet walked.
    left: u64,
    dimensions: Option<(u32, u32)>,
    has_pixels: bool,
    /// Whether the extended header says that there are frames.
    animated: bool,
    /// Frames that were seen.
    frames: u32,
}

#[derive(Default, Clone, Copy)]
enum At {
    #[default]
    RiffHead,
    ChunkHead,
    /// The start of the bitstream or of the extended header; then the rest of the chunk.
    Vp8 {
        rest: u64,
    },
    Vp8l {
        rest: u64,
    },
    Vp8x {
        rest: u64,
    },
    Skip {
        left: u64,
    },
    End,
}

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Webp,
        what,
    }
}

impl WebpWalk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            at: At::default(),
            head: Gather::default(),
            chunk_head: Gather::default(),
            vp8: Gather::default(),
            vp8l: Gather::default(),
            vp8x: Gather::default(),
            left: 0,
            dimensions: None,
            has_pixels: false,
            animated: false,
            frames: 0,
        }
    }

    /// Where the walk goes on when a chunk has ended.
    fn next(&self) -> At {
        if self.left == 0 { At::End } else { At::ChunkHead }
    }

    fn after(&self, rest: u64) -> At {
        if rest == 0 {
            self.next()
        } else {
            At::Skip { left: rest }
        }
    }

    fn chunk(&mut self, head: [u8; 8]) -> Result<At, ProbeError> {
        let [k0, k1, k2, k3, size @ ..] = head;
        let size = u64::from(u32::from_le_bytes(size));
        let padded = size + size % 2;
        self.left = self.left.saturating_sub(8);
        // Some writers leave the last pad byte out of the RIFF's size.
        if size > self.left {
            return Err(damaged("a part is longer than the whole"));
        }
        let padded = padded.min(self.left);
        self.left -= padded;
        let rest = |needed: u64| {
            padded
                .checked_sub(needed)
                .ok_or(damaged("its header is too short"))
        };
        Ok(match &[k0, k1, k2, k3] {
            b"VP8 " if !self.has_pixels => At::Vp8 { rest: rest(10)? },
            b"VP8L" if !self.has_pixels => At::Vp8l { rest: rest(5)? },
            b"VP8X" if self.dimensions.is_none() => At::Vp8x { rest: rest(10)? },
            b"ANMF" if self.animated => {
                // What is inside is the decoder's to read: position, size and delay, then the bitstream.
                rest(16 + 8)?;
                self.has_pixels = true;
                self.frames += 1;
                self.limits.check_frames(self.frames, self.dimensions)?;
                self.after(padded)
            }
            _ => self.after(padded),
        })
    }

    fn found(&mut self, width: u32, height: u32) {
        self.has_pixels = true;
        // The canvas of VP8X stands; libwebp checks that both are equal.
        self.dimensions.get_or_insert((width, height));
    }
}

impl Walk for WebpWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        while !chunk.is_empty() {
            self.at = match self.at {
                At::RiffHead => match self.head.take(&mut chunk) {
                    Some([_, _, _, _, s0, s1, s2, s3, ..]) => {
                        self.left = u64::from(u32::from_le_bytes([s0, s1, s2, s3]))
                            .checked_sub(4)
                            .filter(|left| *left >= 8)
                            .ok_or(damaged("it says that it is empty"))?;
                        At::ChunkHead
                    }
                    None => return Ok(()),
                },
                At::ChunkHead => match self.chunk_head.take(&mut chunk) {
                    Some(head) => self.chunk(head)?,
                    None => return Ok(()),
                },
                // RFC 6386, section 9.1: frame tag, start code, 14 bits for each side.
                At::Vp8 { rest } => match self.vp8.take(&mut chunk) {
                    Some([tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1]) if tag & 1 == 0 => {
                        let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                        self.found(side(w0, w1), side(h0, h1));
                        self.after(rest)
                    }
                    Some(_) => return Err(damaged("its picture does not begin as it must")),
                    None => return Ok(()),
                },
                // RFC 9649, section 3.4: signature, then 14 bits for each side less one.
                At::Vp8l { rest } => match self.vp8l.take(&mut chunk) {
                    Some([0x2f, bits @ ..]) => {
                        let bits = u32::from_le_bytes(bits);
                        self.found((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
                        self.after(rest)
                    }
                    Some(_) => return Err(damaged("its picture does not begin as it must")),
                    None => return Ok(()),
                },
                // RFC 9649, section 2.7: flags, then 24 bits for each side less one.
                At::Vp8x { rest } => match self.vp8x.take(&mut chunk) {
                    Some([flags, _, _, _, w0, w1, w2, h0, h1, h2]) => {
                        self.animated = flags & 0x02 != 0;
                        self.dimensions = Some((
                            u32::from_le_bytes([w0, w1, w2, 0]) + 1,
                            u32::from_le_bytes([h0, h1, h2, 0]) + 1,
                        ));
                        self.after(rest)
                    }
                    None => return Ok(()),
                },
                At::Skip { mut left } => {
                    if skip(&mut left, &mut chunk) {
                        self.next()
                    } else {
                        At::Skip { left }
                    }
                }
                At::End => return Ok(()),
            };
        }
        Ok(())
    }

    fn dimensions(&self) -> Option<(u32, u32)> {
        self.dimensions
    }

    fn frames(&self) -> u32 {
        self.frames.max(1)
    }

    fn finish(&self) -> Result<(), ProbeError> {
        match self.at {
            At::End if self.has_pixels => Ok(()),
            At::End => Err(damaged("it has a header, but no picture")),
            _ => Err(ProbeError::Truncated {
                format: ImageFormat::Webp,
                what: "part of the picture",
            }),
        }
    }
}
