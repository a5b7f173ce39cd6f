//! The walk through a JPEG's markers, from SOI to EOI (ITU-T T.81, annex B).
//!
//! Entropy-coded data is only searched for the next marker. Bytes behind EOI are tolerated: phones append videos and
//! depth maps there. Fill bytes and stray bytes before a marker are tolerated as libjpeg does.

use domain::ImageFormat;

use super::{
    ProbeError, Walk,
    gather::{Gather, skip},
};

#[derive(Default)]
pub(super) struct JpegWalk {
    at: At,
    length: Gather<2>,
    frame: Gather<6>,
    dimensions: Option<(u32, u32)>,
    scanned: bool,
}

#[derive(Default, Clone, Copy)]
enum At {
    /// Looks for 0xFF; `ff` if the last byte was one.
    #[default]
    Marker,
    MarkerCode,
    /// The two length bytes of the segment with this marker.
    Length(u8),
    /// Precision, height, width, number of components; the rest of the segment is skipped.
    Frame {
        rest: u64,
    },
    Skip {
        left: u64,
        then_scan: bool,
    },
    Scan {
        ff: bool,
    },
    End,
}

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Jpeg,
        what,
    }
}

impl JpegWalk {
    fn marker(&mut self, code: u8) -> Result<At, ProbeError> {
        Ok(match code {
            0xff => At::MarkerCode,
            // SOI, TEM, RSTn and a stuffed zero stand alone.
            0x00 | 0x01 | 0xd0..=0xd8 => At::Marker,
            0xd9 if self.dimensions.is_none() => return Err(damaged("it ends before its header")),
            0xd9 if !self.scanned => return Err(damaged("it has a header, but no picture")),
            0xd9 => At::End,
            _ => At::Length(code),
        })
    }

    fn segment(&mut self, code: u8, length: u16) -> Result<At, ProbeError> {
        let rest = u64::from(length)
            .checked_sub(2)
            .ok_or(damaged("a segment is shorter than its own length"))?;
        Ok(match code {
            // Every SOF; C4, C8 and CC are tables and a reserved code.
            0xc0..=0xcf if !matches!(code, 0xc4 | 0xc8 | 0xcc) => {
                if self.dimensions.is_some() {
                    return Err(damaged("it has two headers"));
                }
                At::Frame {
                    rest: rest.checked_sub(6).ok_or(damaged("its header is too short"))?,
                }
            }
            0xda if self.dimensions.is_none() => return Err(damaged("its picture comes before its header")),
            0xda => At::Skip {
                left: rest,
                then_scan: true,
            },
            _ => At::Skip {
                left: rest,
                then_scan: false,
            },
        })
    }
}

impl Walk for JpegWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        while !chunk.is_empty() {
            self.at = match self.at {
                At::Marker => match chunk.iter().position(|&b| b == 0xff) {
                    Some(i) => {
                        chunk = &chunk[i + 1..];
                        At::MarkerCode
                    }
                    None => return Ok(()),
                },
                At::MarkerCode => {
                    let code = chunk[0];
                    chunk = &chunk[1..];
                    self.marker(code)?
                }
                At::Length(code) => match self.length.take(&mut chunk) {
                    Some(length) => self.segment(code, u16::from_be_bytes(length))?,
                    None => return Ok(()),
                },
                At::Frame { rest } => match self.frame.take(&mut chunk) {
                    Some([_, h1, h0, w1, w0, _]) => {
                        let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                        self.dimensions = Some((side(w1, w0), side(h1, h0)));
                        At::Skip {
                            left: rest,
                            then_scan: false,
                        }
                    }
                    None => return Ok(()),
                },
                At::Skip { mut left, then_scan } => {
                    if !skip(&mut left, &mut chunk) {
                        At::Skip { left, then_scan }
                    } else if then_scan {
                        self.scanned = true;
                        At::Scan { ff: false }
                    } else {
                        At::Marker
                    }
                }
                At::Scan { ff: false } => match chunk.iter().position(|&b| b == 0xff) {
                    Some(i) => {
                        chunk = &chunk[i + 1..];
                        At::Scan { ff: true }
                    }
                    None => return Ok(()),
                },
                At::Scan { ff: true } => {
                    let code = chunk[0];
                    chunk = &chunk[1..];
                    match code {
                        0x00 | 0xd0..=0xd7 => At::Scan { ff: false },
                        0xff => At::Scan { ff: true },
                        _ => self.marker(code)?,
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

    fn finish(&self) -> Result<(), ProbeError> {
        let what = match self.at {
            At::End => return Ok(()),
            // A segment of length 2 ends where the chunk does.
            At::Skip {
                left: 0,
                then_scan: true,
            }
            | At::Scan { .. } => "part of the picture",
            _ if self.scanned => "the end marker",
            _ => "the picture",
        };
        Err(ProbeError::Truncated {
            format: ImageFormat::Jpeg,
            what,
        })
    }
}
