//! The walk through an AVIF's top-level boxes (ISO/IEC 14496-12, 23008-12; AV1 Image File Format 1.1).
//!
//! Only `ftyp` and `meta` are kept, each up to a cap; `mdat` streams by. At the end every top-level box must be whole,
//! and every extent that `iloc` names must lie inside the file.

use domain::ImageFormat;

use super::{ProbeError, Walk, gather::Gather};
use crate::heif::Meta;

/// Of `ftyp`: brands are four bytes each, and real files have fewer than ten.
const MAX_FTYP_BYTES: u64 = 1_024;
/// Of `meta`: it holds tables, a colour profile (seldom over 600 kB, for printers) and small items.
const MAX_META_BYTES: u64 = 2 * 1_024 * 1_024;

#[derive(Default)]
pub(super) struct AvifWalk {
    at: At,
    head: Gather<8>,
    large: Gather<8>,
    kept: Vec<u8>,
    seen: u64,
    brand_checked: bool,
    dimensions: Option<(u32, u32)>,
    /// Where the last extent ends, from the start of the file.
    items_end: u64,
}

#[derive(Default, Clone, Copy)]
enum At {
    #[default]
    Head,
    LargeSize([u8; 4]),
    Keep {
        kind: [u8; 4],
        left: u64,
    },
    Skip {
        left: u64,
    },
    /// A box that reaches to the end of the file.
    Rest,
}

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Avif,
        what,
    }
}

impl AvifWalk {
    fn open(&mut self, kind: [u8; 4], body: Option<u64>) -> Result<At, ProbeError> {
        if !self.brand_checked && &kind != b"ftyp" {
            return Err(damaged("it does not begin with its type"));
        }
        let cap = match &kind {
            b"ftyp" if self.brand_checked => return Err(damaged("it has two types")),
            b"ftyp" => MAX_FTYP_BYTES,
            b"meta" if self.dimensions.is_some() => return Err(damaged("it has two headers")),
            b"meta" => MAX_META_BYTES,
            b"moov" => {
                return Err(ProbeError::Animated {
                    format: ImageFormat::Avif,
                });
            }
            _ => return Ok(body.map_or(At::Rest, |left| At::Skip { left })),
        };
        match body {
            Some(left) if left <= cap => Ok(At::Keep { kind, left }),
            _ => Err(damaged("its header is larger than any real one")),
        }
    }

    fn close(&mut self, kind: [u8; 4]) -> Result<(), ProbeError> {
        let body = std::mem::take(&mut self.kept);
        if &kind == b"ftyp" {
            let (major, rest) = body
                .split_first_chunk::<4>()
                .ok_or(damaged("its type is too short"))?;
            // Behind the major brand stands its version; then the compatible brands.
            let compatible = rest.get(4..).unwrap_or_default().chunks_exact(4);
            if major == b"avis" {
                return Err(ProbeError::Animated {
                    format: ImageFormat::Avif,
                });
            }
            if major != b"avif" && !compatible.into_iter().any(|brand| brand == b"avif") {
                return Err(ProbeError::UnsupportedFormat {
                    found: super::sniff::HEIC,
                });
            }
            self.brand_checked = true;
        } else {
            let meta = Meta::parse(&body).map_err(damaged)?;
            self.dimensions = Some(meta.dimensions().map_err(damaged)?);
            self.items_end = meta.items_end();
        }
        Ok(())
    }
}

impl Walk for AvifWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        self.seen += chunk.len() as u64;
        loop {
            // A box without a body ends where it begins, even if no byte follows.
            if let At::Keep { kind, left: 0 } = self.at {
                self.close(kind)?;
                self.at = At::Head;
            }
            if let At::Skip { left: 0 } = self.at {
                self.at = At::Head;
            }
            if chunk.is_empty() {
                return Ok(());
            }
            self.at = match self.at {
                At::Head => match self.head.take(&mut chunk) {
                    Some([s3, s2, s1, s0, kind @ ..]) => match u32::from_be_bytes([s3, s2, s1, s0]) {
                        0 => self.open(kind, None)?,
                        1 => At::LargeSize(kind),
                        size @ 8.. => self.open(kind, Some(u64::from(size) - 8))?,
                        _ => return Err(damaged("a part is shorter than its own length")),
                    },
                    None => return Ok(()),
                },
                At::LargeSize(kind) => match self.large.take(&mut chunk) {
                    Some(size) => {
                        let body = u64::from_be_bytes(size).checked_sub(16);
                        self.open(
                            kind,
                            Some(body.ok_or(damaged("a part is shorter than its own length"))?),
                        )?
                    }
                    None => return Ok(()),
                },
                At::Keep { kind, left } => {
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
                    self.kept.extend_from_slice(&chunk[..n]);
                    chunk = &chunk[n..];
                    At::Keep {
                        kind,
                        left: left - n as u64,
                    }
                }
                At::Skip { mut left } => {
                    super::gather::skip(&mut left, &mut chunk);
                    At::Skip { left }
                }
                At::Rest => return Ok(()),
            };
        }
    }

    fn dimensions(&self) -> Option<(u32, u32)> {
        self.dimensions
    }

    fn finish(&self) -> Result<(), ProbeError> {
        let truncated = |what| {
            Err(ProbeError::Truncated {
                format: ImageFormat::Avif,
                what,
            })
        };
        match self.at {
            _ if self.dimensions.is_none() => truncated("the header"),
            // `Head` with bytes in hand is a box cut inside its head; trailing junk shorter than a head is not ours to judge.
            At::Head | At::Rest if self.seen >= self.items_end => Ok(()),
            _ => truncated("part of the picture"),
        }
    }
}
