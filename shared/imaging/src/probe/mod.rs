//! What a file is, how large its picture is, and whether it is whole: found while it streams by.
//!
//! Owns the [`Scanner`]: fed chunks of any size, constant memory (AVIF keeps its `meta` box, capped), nothing is decoded.
//! Refuses a wrong type, a pixel bomb or one frame too many at the first byte that shows it, and a cut-off file at its end.
//! Does not find damage inside compressed pixels: that is the decoder's to say.

mod avif;
mod bmp;
mod gather;
mod gif;
mod inspect;
mod jpeg;
mod png;
mod refusal;
mod sniff;
mod svg;
mod tiff;
mod webp;

use domain::ImageFormat;

pub use self::inspect::{Inspected, Inspector};
use self::sniff::Sniffed;

/// What is refused before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Width × height; 100 megapixels unless configured.
    pub max_pixels: u64,
    /// The longer side; 65,535 unless configured, the most that a JPEG can say.
    pub max_side: u32,
    /// Frames of an animation; 200 unless configured.
    pub max_frames: u32,
    /// Width × height of an animation, times its frames; 100 megapixels unless configured. A still picture may have more.
    pub max_animation_pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Limits {
    /// Those that hold unless others are configured.
    pub const DEFAULT: Self = Self {
        max_pixels: 100_000_000,
        max_side: 65_535,
        max_frames: 200,
        max_animation_pixels: 100_000_000,
    };

    /// An error if a picture of this size is refused.
    pub(crate) fn check(&self, width: u32, height: u32) -> Result<(), ProbeError> {
        if width == 0 || height == 0 {
            return Err(ProbeError::NoPixels);
        }
        if width.max(height) > self.max_side {
            return Err(ProbeError::SideTooLong {
                width,
                height,
                max_side: self.max_side,
            });
        }
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(ProbeError::TooManyPixels {
                width,
                height,
                max_pixels: self.max_pixels,
            });
        }
        Ok(())
    }

    /// Whether a picture of this size may have so many frames. Asked for each frame when it is seen, so that a file
    /// without an end is refused in its middle.
    fn check_frames(&self, frames: u32, dimensions: Option<(u32, u32)>) -> Result<(), ProbeError> {
        if frames <= 1 {
            return Ok(());
        }
        if frames > self.max_frames {
            return Err(ProbeError::TooManyFrames {
                max_frames: self.max_frames,
            });
        }
        let (width, height) = dimensions.unwrap_or_default();
        if u64::from(width) * u64::from(height) * u64::from(frames) > self.max_animation_pixels {
            return Err(ProbeError::TooManyAnimationPixels {
                width,
                height,
                max_animation_pixels: self.max_animation_pixels,
            });
        }
        Ok(())
    }
}

/// What the file's header says, before any orientation is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// By magic bytes; the file's name is never asked.
    pub format: ImageFormat,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Pictures that are shown one after the other: 1 for a still one. Counted, since what a file claims is not trusted, and
    /// so known at the end alone: until then, those that were seen.
    pub frames: u32,
}

/// Why a file was refused before anything was decoded; the text reads to the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// No bytes at all.
    #[error("the file is empty; choose a picture and send it again")]
    Empty,
    /// Not one of the formats that Tintype reads.
    #[error("this is {found}; send a JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or SVG picture")]
    UnsupportedFormat {
        /// With its article: `a PDF document`, `text`, `something unknown`.
        found: &'static str,
    },
    /// The file ends too early.
    #[error("the file ends too early: {what} of the {} is missing; it was probably cut off on its way, send it again", format.name().to_uppercase())]
    Truncated {
        /// What the file began as.
        format: ImageFormat,
        /// What is missing.
        what: &'static str,
    },
    /// More pixels than are decoded.
    #[error(
        "the picture has {width} × {height} pixels, {} megapixels, and at most {} are taken; make it smaller",
        (u64::from(*width) * u64::from(*height)).div_ceil(1_000_000),
        max_pixels / 1_000_000
    )]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// A side longer than is decoded.
    #[error(
        "the picture is {width} × {height} pixels, and no side may be longer than {max_side}; make it smaller"
    )]
    SideTooLong {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit.
        max_side: u32,
    },
    /// A side of 0 pixels.
    #[error("the picture has no pixels: its header says that a side is 0; save it anew")]
    NoPixels,
    /// An animation in a format whose animations are not read.
    #[error(
        "this {} is animated, and of this format only still pictures are taken; send the animation as a GIF or WebP, or one of its frames",
        format.name().to_uppercase()
    )]
    Animated {
        /// What the file is.
        format: ImageFormat,
    },
    /// More frames than are decoded, or no end to them.
    #[error(
        "the animation has more than {max_frames} frames, and no more are taken; shorten it, or leave every other frame out"
    )]
    TooManyFrames {
        /// The limit.
        max_frames: u32,
    },
    /// More pixels than are decoded, all frames together.
    #[error(
        "the animation has {width} × {height} pixels and so many frames that they come to more than {} megapixels, the most that are taken; make it smaller, or shorten it",
        max_animation_pixels / 1_000_000
    )]
    TooManyAnimationPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The limit, for all frames together.
        max_animation_pixels: u64,
    },
    /// The file contradicts its own format.
    #[error("the {} is damaged: {what}; open it in a picture program and save it anew", format.name().to_uppercase())]
    Damaged {
        /// What the file began as.
        format: ImageFormat,
        /// What is wrong.
        what: &'static str,
    },
}

/// One format's walk through a file. `push` sees every byte from the first one on, in order.
trait Walk {
    fn push(&mut self, chunk: &[u8]) -> Result<(), ProbeError>;
    /// Pixels across and down, as soon as they are known.
    fn dimensions(&self) -> Option<(u32, u32)>;
    /// The frames that were seen.
    fn frames(&self) -> u32 {
        1
    }

    /// The same of a file that has to be seen whole first.
    fn dimensions_at_end(&self) -> Result<Option<(u32, u32)>, ProbeError> {
        Ok(self.dimensions())
    }
    /// Whether the file was whole. Only called when dimensions are known or their lack is the error to report.
    fn finish(&self) -> Result<(), ProbeError>;
}

/// Reads a file as it streams by, in chunks of any size.
pub struct Scanner {
    limits: Limits,
    state: State,
}

enum State {
    /// Too few bytes yet to tell what the file is.
    Sniffing {
        bytes: [u8; sniff::LENGTH],
        filled: usize,
    },
    /// Boxed: the walks differ in size, and all of them are larger than the sniffing state.
    Walking {
        format: ImageFormat,
        walk: Box<dyn Walk + Send>,
        header: Option<Header>,
    },
    /// Refused; every further question has the same answer.
    Refused(ProbeError),
}

impl Scanner {
    /// A scanner that has seen nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: State::Sniffing {
                bytes: [0; sniff::LENGTH],
                filled: 0,
            },
        }
    }

    /// Reads on. The first error is final: later calls repeat it.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ProbeError> {
        let result = self.advance(chunk);
        if let Err(error) = &result {
            self.state = State::Refused(error.clone());
        }
        result
    }

    /// The header, as soon as it has been read.
    pub fn header(&self) -> Option<Header> {
        match &self.state {
            State::Walking { header, .. } => *header,
            _ => None,
        }
    }

    /// Says that the file has ended, which may be cut off if `accepts_damage`: the header, and whether it is cut off. What
    /// is there of a JPEG, PNG, WebP or GIF can be shown; of the others nothing can.
    pub fn finish_damaged(self, accepts_damage: bool) -> Result<(Header, bool), ProbeError> {
        use ImageFormat::{Gif, Jpeg, Png, Webp};
        let header = self.header();
        match (self.finish(), header) {
            (Ok(header), _) => Ok((header, false)),
            (Err(ProbeError::Truncated { .. }), Some(header))
                if accepts_damage && matches!(header.format, Jpeg | Png | Webp | Gif) =>
            {
                Ok((header, true))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Says that the file has ended: the header of a whole file, or what is wrong with it.
    pub fn finish(self) -> Result<Header, ProbeError> {
        match self.state {
            State::Sniffing { bytes, filled } => Err(sniff::too_short(&bytes[..filled])),
            State::Walking { format, walk, header } => {
                walk.finish()?;
                if let Some(header) = header {
                    return Ok(header);
                }
                let (width, height) = walk.dimensions_at_end()?.ok_or(ProbeError::Truncated {
                    format,
                    what: "the header",
                })?;
                self.limits.check(width, height)?;
                Ok(Header {
                    format,
                    width,
                    height,
                    frames: walk.frames(),
                })
            }
            State::Refused(error) => Err(error),
        }
    }

    fn advance(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        while let State::Sniffing { bytes, filled } = &mut self.state {
            let Some((&byte, rest)) = chunk.split_first() else {
                return Ok(());
            };
            bytes[*filled] = byte;
            *filled += 1;
            chunk = rest;
            let known = &bytes[..*filled];
            match sniff::sniff(known) {
                Sniffed::More => {}
                Sniffed::Other(found) => return Err(ProbeError::UnsupportedFormat { found }),
                Sniffed::Picture(format) => {
                    let mut walk: Box<dyn Walk + Send> = match format {
                        ImageFormat::Jpeg => Box::new(jpeg::JpegWalk::default()),
                        ImageFormat::Png => Box::new(png::PngWalk::new(self.limits)),
                        ImageFormat::Webp => Box::new(webp::WebpWalk::new(self.limits)),
                        ImageFormat::Gif => Box::new(gif::GifWalk::new(self.limits)),
                        ImageFormat::Avif => Box::new(avif::AvifWalk::default()),
                        ImageFormat::Tiff => Box::new(tiff::TiffWalk::default()),
                        ImageFormat::Bmp => Box::new(bmp::BmpWalk::default()),
                        ImageFormat::Svg => Box::new(svg::SvgWalk::default()),
                        ImageFormat::Heic => {
                            return Err(ProbeError::UnsupportedFormat { found: sniff::HEIC });
                        }
                    };
                    walk.push(known)?;
                    self.state = State::Walking {
                        format,
                        walk,
                        header: None,
                    };
                }
            }
        }
        match &mut self.state {
            State::Walking { format, walk, header } => {
                let pushed = walk.push(chunk);
                // The limits speak before whatever the walk found behind the header: a bomb is a bomb, truncated or not.
                if let (None, Some((width, height))) = (&header, walk.dimensions()) {
                    self.limits.check(width, height)?;
                    *header = Some(Header {
                        format: *format,
                        width,
                        height,
                        frames: 1,
                    });
                }
                if let Some(header) = header {
                    header.frames = walk.frames();
                }
                pushed
            }
            State::Refused(error) => Err(error.clone()),
            State::Sniffing { .. } => Ok(()),
        }
    }
}

/// The header of a whole file that is in memory.
pub(crate) fn probe(bytes: &[u8], limits: &Limits) -> Result<Header, ProbeError> {
    probe_damaged(bytes, limits, false).map(|(header, _)| header)
}

/// The same, of a file that may be cut off, and whether it is.
pub(crate) fn probe_damaged(
    bytes: &[u8],
    limits: &Limits,
    accepts_damage: bool,
) -> Result<(Header, bool), ProbeError> {
    let mut scanner = Scanner::new(*limits);
    scanner.push(bytes)?;
    scanner.finish_damaged(accepts_damage)
}

#[cfg(test)]
mod tests;
