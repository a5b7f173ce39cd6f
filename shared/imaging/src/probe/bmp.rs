//! The walk through a BMP: its headers, and whether as many bytes follow as they promise.

use domain::ImageFormat;

use super::{ProbeError, Walk};
use crate::bmp::{Compression, Header, MAX_HEAD, head};

#[derive(Default)]
pub(super) struct BmpWalk {
    seen: u64,
    head: Vec<u8>,
    header: Option<Header>,
}

impl Walk for BmpWalk {
    fn push(&mut self, chunk: &[u8]) -> Result<(), ProbeError> {
        self.seen += chunk.len() as u64;
        if self.header.is_none() {
            let n = (MAX_HEAD - self.head.len()).min(chunk.len());
            // Byte by byte, so that the answer does not depend on how the file was cut.
            for byte in &chunk[..n] {
                self.head.push(*byte);
                self.header = head(&self.head).map_err(|what| ProbeError::Damaged {
                    format: ImageFormat::Bmp,
                    what,
                })?;
                if self.header.is_some() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn dimensions(&self) -> Option<(u32, u32)> {
        self.header.map(|header| (header.width, header.height))
    }

    fn finish(&self) -> Result<(), ProbeError> {
        let truncated = |what| {
            Err(ProbeError::Truncated {
                format: ImageFormat::Bmp,
                what,
            })
        };
        let Some(header) = self.header else {
            return truncated("the header");
        };
        let rows = match header.compression {
            Compression::None => header.row_bytes() * u64::from(header.height),
            // How long runs are is for the decoder to say; there is an end mark at least.
            Compression::Rle8 | Compression::Rle4 => 2,
        };
        if self.seen < u64::from(header.pixels_at) + rows {
            return truncated("part of the picture");
        }
        Ok(())
    }
}
