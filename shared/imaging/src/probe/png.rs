//! The walk through a PNG's chunks, from IHDR to IEND (W3C PNG, third edition, section 5).
//!
//! Checksums are left to the decoder. Bytes behind IEND are tolerated. Frames of an animation (section 11.3.2) are those
//! that have an fcTL, and no more than acTL announces: neither alone is trusted, and decoders show no others.

use domain::ImageFormat;

use super::{
    Limits, ProbeError, Walk,
    gather::{Gather, skip},
};

pub(super) struct PngWalk {
    limits: Limits,
    at: At,
    signature: Gather<8>,
    head: Gather<8>,
    header: Gather<13>,
    announced: Gather<8>,
    dimensions: Option<(u32, u32)>,
    has_pixels: bool,
    /// What acTL says, where it stands before the pixels.
    announced_frames: Option<u32>,
    /// Frame controls that were seen.
    frames: u32,
}

#[derive(Default, Clone, Copy)]
enum At {
    #[default]
    Signature,
    ChunkHead,
    Header,
    AnimationControl,
    /// The rest of a chunk with its checksum.
    Skip {
        left: u64,
        last: bool,
    },
    End,
}

const CHECKSUM: u64 = 4;

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Png,
        what,
    }
}

impl PngWalk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            at: At::default(),
            signature: Gather::default(),
            head: Gather::default(),
            header: Gather::default(),
            announced: Gather::default(),
            dimensions: None,
            has_pixels: false,
            announced_frames: None,
            frames: 0,
        }
    }

    fn chunk(&mut self, head: [u8; 8]) -> Result<At, ProbeError> {
        let [l3, l2, l1, l0, kind @ ..] = head;
        let length = u32::from_be_bytes([l3, l2, l1, l0]);
        if length > i32::MAX as u32 || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(damaged("a chunk makes no sense"));
        }
        match (&kind, self.dimensions) {
            (b"IHDR", None) if length == 13 => return Ok(At::Header),
            (b"IHDR", None) => return Err(damaged("its header has a wrong length")),
            (b"IHDR", Some(_)) => return Err(damaged("it has two headers")),
            (b"CgBI", None) => return Err(damaged("it is Apple's private variant, which only iOS reads")),
            (_, None) => return Err(damaged("it does not begin with its header")),
            (b"acTL", _) if length != 8 => {
                return Err(damaged("its animation has a header of a wrong length"));
            }
            // Behind the pixels it has no meaning.
            (b"acTL", _) if !self.has_pixels => return Ok(At::AnimationControl),
            (b"fcTL", dimensions) if self.announced_frames.is_some() => {
                self.frames += 1;
                self.limits.check_frames(self.frames, dimensions)?;
            }
            (b"IDAT", _) => self.has_pixels = true,
            (b"IEND", _) if !self.has_pixels => return Err(damaged("it has a header, but no picture")),
            _ => {}
        }
        Ok(At::Skip {
            left: u64::from(length) + CHECKSUM,
            last: &kind == b"IEND",
        })
    }

    fn header(&mut self, header: [u8; 13]) -> Result<At, ProbeError> {
        let [
            w3,
            w2,
            w1,
            w0,
            h3,
            h2,
            h1,
            h0,
            depth,
            colour,
            compression,
            filter,
            interlace,
        ] = header;
        // Table 12 of the standard: which depths each colour type allows.
        let depths: &[u8] = match colour {
            0 => &[1, 2, 4, 8, 16],
            3 => &[1, 2, 4, 8],
            2 | 4 | 6 => &[8, 16],
            _ => &[],
        };
        if !depths.contains(&depth) || compression != 0 || filter != 0 || interlace > 1 {
            return Err(damaged("its header makes no sense"));
        }
        let (width, height) = (
            u32::from_be_bytes([w3, w2, w1, w0]),
            u32::from_be_bytes([h3, h2, h1, h0]),
        );
        if width > i32::MAX as u32 || height > i32::MAX as u32 {
            return Err(damaged("its header makes no sense"));
        }
        self.dimensions = Some((width, height));
        Ok(At::Skip {
            left: CHECKSUM,
            last: false,
        })
    }
}

impl Walk for PngWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        while !chunk.is_empty() {
            self.at = match self.at {
                // Its value was checked when the format was told by it.
                At::Signature => match self.signature.take(&mut chunk) {
                    Some(_) => At::ChunkHead,
                    None => return Ok(()),
                },
                At::ChunkHead => match self.head.take(&mut chunk) {
                    Some(head) => self.chunk(head)?,
                    None => return Ok(()),
                },
                At::Header => match self.header.take(&mut chunk) {
                    Some(header) => self.header(header)?,
                    None => return Ok(()),
                },
                At::AnimationControl => match self.announced.take(&mut chunk) {
                    Some([n3, n2, n1, n0, ..]) => {
                        self.announced_frames = Some(u32::from_be_bytes([n3, n2, n1, n0]));
                        At::Skip {
                            left: CHECKSUM,
                            last: false,
                        }
                    }
                    None => return Ok(()),
                },
                At::Skip { mut left, last } => match (skip(&mut left, &mut chunk), last) {
                    (false, _) => At::Skip { left, last },
                    (true, false) => At::ChunkHead,
                    (true, true) => At::End,
                },
                At::End => return Ok(()),
            };
        }
        Ok(())
    }

    fn dimensions(&self) -> Option<(u32, u32)> {
        self.dimensions
    }

    fn frames(&self) -> u32 {
        self.announced_frames.unwrap_or(1).min(self.frames).max(1)
    }

    fn finish(&self) -> Result<(), ProbeError> {
        match self.at {
            At::End => Ok(()),
            _ if self.has_pixels => Err(ProbeError::Truncated {
                format: ImageFormat::Png,
                what: "the end",
            }),
            _ => Err(ProbeError::Truncated {
                format: ImageFormat::Png,
                what: "the picture",
            }),
        }
    }
}
