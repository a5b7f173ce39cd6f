//! The walk through a TIFF: its header, its first directory wherever that is, and where its strips or tiles end.
//!
//! Kept are the directory and the two tables of strips, as far as they stand behind it; pixels stream by. Tables that stand
//! before their directory have passed unseen: then only the decoder finds out that strips are missing.

use domain::ImageFormat;

use super::{ProbeError, Walk};
use crate::tiff::{Directory, Entry, MAX_ENTRIES, Shape, head, tag};

/// Of both tables: enough for 100 megapixels in strips of one row, or tiles of 64 pixels.
const MAX_TABLE_BYTES: u64 = 512 * 1_024;

const CAMERA_RAW: ProbeError = ProbeError::UnsupportedFormat {
    found: "a camera raw picture",
};

#[derive(Default)]
pub(super) struct TiffWalk {
    seen: u64,
    head: Vec<u8>,
    shape: Option<Shape>,
    /// What is kept on its way by: the directory first, then the tables of offsets and of lengths.
    pieces: Vec<Piece>,
    directory: Option<Directory>,
    dimensions: Option<(u32, u32)>,
    /// Where the last byte is that the directory speaks of.
    end: u64,
}

/// A part of the file that is kept when it streams by.
struct Piece {
    at: u64,
    length: u64,
    bytes: Vec<u8>,
}

impl Piece {
    const fn new(at: u64, length: u64) -> Self {
        Self {
            at,
            length,
            bytes: Vec::new(),
        }
    }

    /// Takes what is its own of a chunk that begins at `from`.
    fn take(&mut self, chunk: &[u8], from: u64) {
        let want = self.at + self.bytes.len() as u64;
        let left = self.length - self.bytes.len() as u64;
        let Some(skip) = want.checked_sub(from).and_then(|skip| usize::try_from(skip).ok()) else {
            return;
        };
        if let Some(rest) = chunk.get(skip..) {
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
            self.bytes.extend_from_slice(&rest[..n]);
        }
    }

    fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.length
    }
}

const fn damaged(what: &'static str) -> ProbeError {
    ProbeError::Damaged {
        format: ImageFormat::Tiff,
        what,
    }
}

impl TiffWalk {
    /// Reads on in the header, and says whether it is whole.
    fn take_head(&mut self, chunk: &mut &[u8]) -> Result<bool, ProbeError> {
        while self.shape.is_none() {
            let Some((byte, rest)) = chunk.split_first() else {
                return Ok(false);
            };
            self.head.push(*byte);
            self.seen += 1;
            *chunk = rest;
            if let Some((shape, at)) = head(&self.head).map_err(damaged)? {
                self.shape = Some(shape);
                self.pieces.push(Piece::new(at, shape.count_bytes() as u64));
                // Between the header and a directory at 16 Canon's raw files say what they are.
                if at == 16 && !shape.big {
                    self.pieces.push(Piece::new(8, 2));
                }
            }
        }
        Ok(true)
    }

    /// Goes on when a piece is whole; whether another one may begin in the same bytes.
    fn advance(&mut self) -> Result<bool, ProbeError> {
        let (Some(shape), Some(piece)) = (self.shape, self.pieces.first_mut()) else {
            return Ok(false);
        };
        if self.directory.is_some() || !piece.is_whole() {
            return Ok(false);
        }
        let count_bytes = shape.count_bytes();
        let count = shape.number(&piece.bytes[..count_bytes]);
        if count == 0 || count > MAX_ENTRIES {
            return Err(damaged("its directory makes no sense"));
        }
        let length = count_bytes as u64 + count * shape.entry_bytes() as u64;
        if piece.length < length {
            piece.length = length;
            return Ok(true);
        }
        let directory = Directory::parse(shape, &piece.bytes[count_bytes..]);
        let behind = piece.at + piece.length;
        self.read(directory, behind)?;
        Ok(true)
    }

    /// Notes what the directory says.
    fn read(&mut self, directory: Directory, behind: u64) -> Result<(), ProbeError> {
        if directory.is_camera_raw() {
            return Err(CAMERA_RAW);
        }
        self.dimensions = Some(directory.dimensions().map_err(damaged)?);
        self.end = behind;
        let tables = table(&directory, tag::STRIP_OFFSETS, tag::STRIP_COUNTS)
            .or_else(|| table(&directory, tag::TILE_OFFSETS, tag::TILE_COUNTS))
            .ok_or(damaged("it has a header, but no picture"))?;
        // Colour maps and profiles too: without them the colours would be wrong.
        let needed = [tag::BITS, tag::COLOUR_MAP, tag::ICC]
            .into_iter()
            .filter_map(|tag| directory.get(tag));
        let tables = [Some(tables.0), tables.1].into_iter().flatten();
        for entry in tables.clone().copied().chain(needed.copied()) {
            if let (Some(at), Some(length)) = (entry.offset(), entry.bytes()) {
                self.end = self.end.max(at.saturating_add(length));
            }
        }
        let lengths = tables.clone().filter_map(Entry::bytes);
        let small = lengths.fold(0_u64, u64::saturating_add) <= MAX_TABLE_BYTES;
        for entry in tables.filter(|_| small) {
            let inside = |at: &u64| *at >= behind;
            if let (Some(at), Some(length)) = (entry.offset().filter(inside), entry.bytes()) {
                self.pieces.push(Piece::new(at, length));
            }
        }
        self.directory = Some(directory);
        Ok(())
    }

    /// Where the last strip or tile ends, as far as the tables were seen.
    fn strips_end(&self) -> Option<u64> {
        let directory = self.directory.as_ref()?;
        let (offsets, counts) = table(directory, tag::STRIP_OFFSETS, tag::STRIP_COUNTS)
            .or_else(|| table(directory, tag::TILE_OFFSETS, tag::TILE_COUNTS))?;
        let numbers = |entry: &Entry| match entry.offset() {
            None => entry.numbers(entry.inline()?, usize::MAX),
            Some(at) => {
                let piece = self.pieces.iter().skip(1).find(|piece| piece.at == at);
                entry.numbers(&piece.filter(|piece| piece.is_whole())?.bytes, usize::MAX)
            }
        };
        let (offsets, counts) = (numbers(offsets)?, numbers(counts?)?);
        let ends = offsets
            .iter()
            .zip(&counts)
            .map(|(at, length)| at.saturating_add(*length));
        ends.max()
    }
}

/// The tables of offsets and lengths.
fn table(directory: &Directory, offsets: u16, counts: u16) -> Option<(&Entry, Option<&Entry>)> {
    Some((directory.get(offsets)?, directory.get(counts)))
}

impl Walk for TiffWalk {
    fn push(&mut self, mut chunk: &[u8]) -> Result<(), ProbeError> {
        if !self.take_head(&mut chunk)? {
            return Ok(());
        }
        let from = self.seen;
        self.seen += chunk.len() as u64;
        loop {
            self.pieces.iter_mut().for_each(|piece| piece.take(chunk, from));
            if self
                .pieces
                .iter()
                .any(|piece| piece.at == 8 && piece.bytes == b"CR")
            {
                return Err(CAMERA_RAW);
            }
            if !self.advance()? {
                return Ok(());
            }
        }
    }

    fn dimensions(&self) -> Option<(u32, u32)> {
        self.dimensions
    }

    fn finish(&self) -> Result<(), ProbeError> {
        let truncated = |what| {
            Err(ProbeError::Truncated {
                format: ImageFormat::Tiff,
                what,
            })
        };
        if self.dimensions.is_none() {
            return truncated("the header");
        }
        if self.seen < self.end.max(self.strips_end().unwrap_or(0)) {
            return truncated("part of the picture");
        }
        Ok(())
    }
}
