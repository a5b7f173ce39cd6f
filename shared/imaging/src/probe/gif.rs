//! The walk through a GIF's blocks, to the trailer (GIF89a specification). Bytes behind the trailer are tolerated.

use domain::ImageFormat;

use super::{
    Limits, ProbeError, Walk,
    gather::{Gather, skip},
};

pub(super) struct GifWalk {
    limits: Limits,
    at: At,
    screen: Gather<13>,
    frame: Gather<9>,
    dimensions: Option<(u32, u32)>,
    /// Pictures whose descriptor was seen.
    frames: u32,
}

#[derive(Clone, Copy)]
enum At {
    /// Signature and logical screen descriptor.
    Screen,
    Palette {
        left: u64,
    },
    Block,
    ExtensionLabel,
    /// Position, size and flags of the picture.
    Frame,
    FramePalette {
        left: u64,
    },
    CodeSize,
    SubBlock,
    SubBlockBody {
        left: u64,
    },
    End,
}

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Gif,
        what,
    }
}

/// Bytes of the colour table that these flags announce.
fn palette_bytes(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        0
    } else {
        3 * (2 << (flags & 7))
    }
}

fn side(low: u8, high: u8) -> u32 {
    u32::from(u16::from_le_bytes([low, high]))
}

impl GifWalk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            at: At::Screen,
            screen: Gather::default(),
            frame: Gather::default(),
            dimensions: None,
            frames: 0,
        }
    }

    fn block(&mut self, kind: u8) -> Result<At, ProbeError> {
        Ok(match kind {
            0x21 => At::ExtensionLabel,
            0x2c => {
                self.frames += 1;
                self.limits.check_frames(self.frames, self.dimensions)?;
                At::Frame
            }
            0x3b if self.frames == 0 => return Err(damaged("it has a header, but no picture")),
            0x3b => At::End,
            // Some writers put a needless terminator between blocks.
            0x00 => At::Block,
            _ => return Err(damaged("a block makes no sense")),
        })
    }
}

impl Walk for GifWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        while let Some(&byte) = chunk.first() {
            let rest = &chunk[1..];
            self.at = match self.at {
                At::Screen => match self.screen.take(&mut chunk) {
                    Some([_, _, _, _, _, _, w0, w1, h0, h1, flags, _, _]) => {
                        self.dimensions = Some((side(w0, w1), side(h0, h1)));
                        match palette_bytes(flags) {
                            0 => At::Block,
                            left => At::Palette { left },
                        }
                    }
                    None => return Ok(()),
                },
                At::Palette { mut left } => {
                    if skip(&mut left, &mut chunk) {
                        At::Block
                    } else {
                        At::Palette { left }
                    }
                }
                At::Block => {
                    chunk = rest;
                    self.block(byte)?
                }
                At::ExtensionLabel => {
                    chunk = rest;
                    At::SubBlock
                }
                At::Frame => match self.frame.take(&mut chunk) {
                    Some([_, _, _, _, w0, w1, h0, h1, flags]) => {
                        // A frame may be larger than the screen, and the decoder makes room for the frame.
                        self.limits.check(side(w0, w1), side(h0, h1))?;
                        match palette_bytes(flags) {
                            0 => At::CodeSize,
                            left => At::FramePalette { left },
                        }
                    }
                    None => return Ok(()),
                },
                At::FramePalette { mut left } => {
                    if skip(&mut left, &mut chunk) {
                        At::CodeSize
                    } else {
                        At::FramePalette { left }
                    }
                }
                At::CodeSize => {
                    chunk = rest;
                    At::SubBlock
                }
                At::SubBlock => {
                    chunk = rest;
                    match byte {
                        0 => At::Block,
                        left => At::SubBlockBody {
                            left: u64::from(left),
                        },
                    }
                }
                At::SubBlockBody { mut left } => {
                    if skip(&mut left, &mut chunk) {
                        At::SubBlock
                    } else {
                        At::SubBlockBody { left }
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
            At::End => Ok(()),
            _ if self.frames > 0 => Err(ProbeError::Truncated {
                format: ImageFormat::Gif,
                what: "the end",
            }),
            _ => Err(ProbeError::Truncated {
                format: ImageFormat::Gif,
                what: "the picture",
            }),
        }
    }
}
