//! The walk through an SVG: kept whole, up to a cap, and measured at its end.

use domain::ImageFormat;

use super::{ProbeError, Walk};
use crate::svg::{MAX_BYTES, Refusal, dimensions, parse, text};

#[derive(Default)]
pub(super) struct SvgWalk {
    bytes: Vec<u8>,
    /// Whether something but whitespace has come.
    begun: bool,
}

fn refused(refusal: Refusal) -> ProbeError {
    match refusal {
        Refusal::Truncated => ProbeError::Truncated {
            format: ImageFormat::Svg,
            what: "the end",
        },
        Refusal::Other(found) => ProbeError::UnsupportedFormat { found },
        Refusal::Damaged(what) => ProbeError::Damaged {
            format: ImageFormat::Svg,
            what,
        },
    }
}

impl Walk for SvgWalk {
    fn push(&mut self, chunk: &[u8]) -> Result<(), ProbeError> {
        let room = MAX_BYTES - self.bytes.len();
        self.bytes.extend_from_slice(&chunk[..room.min(chunk.len())]);
        if !self.begun {
            let rest = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
            if let Some(first) = rest.iter().find(|byte| !byte.is_ascii_whitespace()) {
                self.begun = true;
                if *first != b'<' {
                    return Err(ProbeError::UnsupportedFormat { found: "text" });
                }
            }
        }
        if chunk.len() > room {
            return Err(ProbeError::Damaged {
                format: ImageFormat::Svg,
                what: "it is larger than the 4 MiB that a drawing may have",
            });
        }
        Ok(())
    }

    /// Known at the end alone: the sizes may stand anywhere in the root element, and entities before it.
    fn dimensions(&self) -> Option<(u32, u32)> {
        None
    }

    fn dimensions_at_end(&self) -> Result<Option<(u32, u32)>, ProbeError> {
        let document = text(&self.bytes).and_then(parse).map_err(refused)?;
        dimensions(&document).map(Some).map_err(refused)
    }

    fn finish(&self) -> Result<(), ProbeError> {
        if self.begun {
            Ok(())
        } else {
            Err(ProbeError::UnsupportedFormat { found: "text" })
        }
    }
}
